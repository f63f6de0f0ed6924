/**
 * What a reader of YAML 1.1 (PyYAML, Ruby, Go's yaml.v2) makes of a plain scalar that we, by YAML 1.2, read differently;
 * undefined where both agree. The forms are those of the YAML 1.1 types bool, int, float, timestamp, merge and value.
 */
export function readElsewhere(source: string): string | undefined {
  if (words.has(source)) return words.get(source);
  if (!/^[-+.\d]/.test(source)) return undefined;
  const old = readOldNumber(source);
  if (old !== undefined) return newNumber.test(source) && Number(source) === old.value ? undefined : old.text;
  if (newNumber.test(source)) return 'text';
  return timestamp.test(source) ? 'a date' : undefined;
}

/**
 * The same of a key, whose name to us is what is written: what becomes of it where a key is read as a value and written
 * as JSON again.
 */
export function readKeyElsewhere(source: string): string | undefined {
  const constant = constants.get(source) ?? words.get(source);
  if (constant !== undefined) return constant;
  if (!/^[-+.\d]/.test(source)) return undefined;
  const old = readOldNumber(source);
  if (old === undefined) return timestamp.test(source) ? 'a date' : undefined;
  return source === old.text || source === `${old.text}.0` ? undefined : old.text;
}

const constants: ReadonlyMap<string, string> = new Map([
  ['True', 'true'],
  ['TRUE', 'true'],
  ['False', 'false'],
  ['FALSE', 'false'],
  ['~', 'null'],
  ['Null', 'null'],
  ['NULL', 'null'],
]);

const words: ReadonlyMap<string, string> = new Map([
  ...spelled('true', ['y', 'yes', 'on']),
  ...spelled('false', ['n', 'no', 'off']),
  ...spelled('infinity', ['.inf', '+.inf', '-.inf']),
  ['.nan', 'no number'],
  ['.NaN', 'no number'],
  ['.NAN', 'no number'],
  ['=', 'a default value'],
  ['<<', 'a merge'],
]);

/** As it is, with a capital, and in capitals. */
function spelled(meaning: string, all: readonly string[]): [string, string][] {
  return all.flatMap((word) =>
    [word, word.replace(/[a-z]/, (letter) => letter.toUpperCase()), word.toUpperCase()].map(
      (one): [string, string] => [one, meaning],
    ),
  );
}

/** The numbers of YAML 1.2, of which JavaScript reads the same; but an octal one has a sign of its own there. */
const newNumber = /^(?:[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?|0o[0-7]+|0x[\da-fA-F]+)$/;

/** As PyYAML has it: a timestamp begins with a whole date. */
const timestamp =
  /^\d{4}-(?:\d\d-\d\d|\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::\d\d)?))?)$/;

/** A number of YAML 1.1, and how to say it; undefined where it is none there. */
function readOldNumber(source: string): { value: number; text: string } | undefined {
  const sign = source.startsWith('-') ? -1 : 1;
  const digits = source.replace(/^[-+]/, '').replaceAll('_', '');
  const of = (number: number, more = '') => ({ value: sign * number, text: `${sign * number}${more}` });
  if (/^[-+]?0b[01_]*[01][01_]*$/.test(source)) return of(Number.parseInt(digits.slice(2), 2));
  if (/^[-+]?0[0-7_]+$/.test(source)) return of(Number.parseInt(digits, 8));
  if (/^[-+]?0x[\da-fA-F_]*[\da-fA-F][\da-fA-F_]*$/.test(source))
    return of(Number.parseInt(digits.slice(2), 16));
  if (/^[-+]?(?:0|[1-9][\d_]*)$/.test(source)) return of(Number(digits));
  if (/^(?:[-+]?\d[\d_]*\.[\d_]*(?:[eE][-+]\d+)?|\.\d[\d_]*(?:[eE][-+]\d+)?)$/.test(source))
    return of(Number(digits));
  if (/^[-+]?(?:[1-9][\d_]*(?::[0-5]?\d)+|\d[\d_]*(?::[0-5]?\d)+\.[\d_]*)$/.test(source))
    return of(
      digits.split(':').reduce((sum, part) => sum * 60 + Number(part), 0),
      ' (base 60)',
    );
  return undefined;
}
