/**
 * What a reader of YAML 1.1 (PyYAML, Ruby, Go's yaml.v2) makes of a plain scalar that YAML 1.2 reads differently;
 * undefined where both agree. The forms are those of the YAML 1.1 types bool, int and timestamp.
 */
export function readElsewhere(source: string): string | undefined {
  if (/^(y|yes|on)$/i.test(source)) return 'true';
  if (/^(n|no|off)$/i.test(source)) return 'false';
  if (/^[-+]?0[0-7_]+$/.test(source)) return String(Number.parseInt(source.replaceAll('_', ''), 8));
  if (/^[-+]?[1-9][0-9_]*_[0-9_]*$/.test(source)) return source.replaceAll('_', '');
  if (/^[-+]?[1-9][0-9_]*(:[0-5]?[0-9])+$/.test(source)) return `${sexagesimal(source)} (base 60)`;
  if (
    /^\d{4}-\d{2}-\d{2}$/.test(source) ||
    /^\d{4}-\d{1,2}-\d{1,2}([Tt]|\s+)\d{1,2}:\d{2}:\d{2}/.test(source)
  )
    return 'a date';
  return undefined;
}

function sexagesimal(source: string): number {
  return source
    .replaceAll('_', '')
    .split(':')
    .reduce((sum, part) => sum * 60 + Number(part), 0);
}
