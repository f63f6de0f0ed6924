import type { Json } from '../../../../rules/json.ts';
import { formatPython } from '../../../../rules/nova/python.ts';

const width = 72;

/** A JSON value as Python's `pprint.pformat(value, width=72)` prints it, names in order. Of texts it breaks none. */
export function prettyPython(value: Json): string {
  return format(value, 0, 0);
}

/** `allowance`: what stands behind it on its last line. */
function format(value: Json, indent: number, allowance: number): string {
  const flat = formatPython(sorted(value));
  if (typeof value !== 'object' || value === null || flat.length <= width - indent - allowance) return flat;
  const inner = indent + 1;
  const items = Array.isArray(value)
    ? value.map((item) => ({ label: '', item }))
    : Object.keys(value)
        .sort()
        .map((name) => ({ label: `${formatPython(name)}: `, item: value[name] ?? null }));
  const lines = items.map(({ label, item }, at) => {
    const behind = at === items.length - 1 ? allowance + 1 : 1;
    return label + format(item, inner + label.length, behind);
  });
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  return `${open}${lines.join(`,\n${' '.repeat(inner)}`)}${close}`;
}

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((name) => [name, sorted(value[name] ?? null)]),
  );
}
