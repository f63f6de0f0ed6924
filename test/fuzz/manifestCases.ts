/** Manifests that are almost right: examples of every rule, changed where readers of text go wrong; and hostile ones. */
import { parse } from 'yaml';
import { nameParts } from '../../server/manifests/kinds.ts';
import { rules } from '../../server/rules/evaluate.ts';
import type { Kind } from '../../server/rules/facts.ts';
import { type Random, randomOf } from './random.ts';

export interface Manifest {
  readonly path: string;
  readonly text: string;
}

interface Base extends Manifest {
  readonly kind: Kind;
}

/** The examples of the rules in YAML and JSON, lists of them, and files of several. */
export function manifestBases(): Base[] {
  const examples = rules.flatMap(({ example: { kind, bad, good } }) => [
    { kind, text: bad },
    { kind, text: good },
  ]);
  const short = examples.filter(({ text }) => text.length < 2000);
  const items = (wanted: Kind, count: number) =>
    short.filter(({ kind, text }) => kind === wanted && !text.startsWith('-')).slice(0, count);
  const list = items('image', 12).map(({ text }) => `- ${text.trimEnd().replaceAll('\n', '\n  ')}\n`);
  const documents = short.slice(0, 8).map(({ text }) => `---\n${text}`);
  const yaml = [
    ...examples,
    { kind: 'image' as const, text: list.join('') },
    { kind: 'image' as const, text: documents.join('') },
    { kind: 'image' as const, text: 'a: &a [x, y]\nb: *a\nc: |\n  text\n\n  more\nd: "two\n  lines"\n' },
  ];
  return yaml.flatMap(({ kind, text }): Base[] => [
    { kind, text, path: `/w/f.${nameParts[kind]}.yaml` },
    ...(text.startsWith('---') || text.includes('&')
      ? []
      : [{ kind, text: JSON.stringify(parse(text), null, 2), path: `/w/f.${nameParts[kind]}.json` }]),
  ]);
}

export function manifestCase(bases: readonly Base[], seed: number, number: number): Manifest {
  const random = randomOf(seed, number);
  if (number % 2000 === 1999) return hostile(random);
  const base = random.pick(bases);
  let { text } = base;
  if (random.once(20)) text += random.pick(bases).text;
  for (let times = 1 + random.below(6); times > 0; times--) text = changed(text, bases, random);
  return { path: random.once(30) ? base.path.replace('.json', '.jsonc') : base.path, text };
}

/** One small edit of a text. */
export function changed(text: string, bases: readonly Base[], random: Random): string {
  const at = random.below(text.length + 1);
  const end = Math.min(text.length, at + random.below(random.once(8) ? 400 : 8));
  const put = (piece: string) => text.slice(0, at) + piece + text.slice(end);
  switch (random.below(9)) {
    case 0:
      return put('');
    case 1:
      return text.slice(0, end) + text.slice(at, end).repeat(1 + random.below(3)) + text.slice(end);
    case 2:
      return text.slice(0, at);
    case 3:
      return text.replaceAll('\n', random.pick(['\r\n', '\r', '\u2028', '\n\n', ' \n']));
    case 4: {
      const { text: other } = random.pick(bases);
      const from = random.below(other.length);
      return put(other.slice(from, from + random.below(60)));
    }
    case 5:
      return put(String.fromCharCode(random.below(random.once(2) ? 0x1_0000 : 0x80)));
    default:
      return text.slice(0, at) + random.pick(signs) + text.slice(random.once(2) ? at : end);
  }
}

const signs = [
  ...'\'"[]{}:,-#&*!|>%@`?~\\/\t\n\r \0',
  ...[
    '\ufeff',
    '\u0085',
    '\u2028',
    '\u2029',
    '\ud800',
    '\udc00',
    '😀',
    '---',
    '\n---\n',
    '\n...\n',
    '%YAML 1.1\n',
    '- ',
    '? ',
  ],
  ...[
    ': ',
    '&a ',
    '*a',
    '<<: *a',
    '!!binary ',
    '!!set ',
    '|+\n',
    '>-2\n',
    '""',
    "''",
    '[[',
    '{{',
    '/*',
    '*/',
    '// ',
    '\\u00',
    '\\x',
  ],
  ...[
    'null',
    'yes',
    '012',
    '1:30',
    '.inf',
    '.nan',
    '-0',
    '1e999',
    '0x',
    '9'.repeat(400),
    '__proto__',
    'constructor',
    'toString',
  ],
  ...[
    '# cloud-images-ignore tag/url-safe',
    '# cloud-images-ignore-file x',
    '<<<<<<< a\n',
    '=======\n',
    '>>>>>>> b\n',
    '||||||| c\n',
  ],
];

/** Texts made to hang a reader or to fill its memory. */
function hostile(random: Random): Manifest {
  const yaml = '/w/f.image.yaml';
  const json = '/w/f.image.json';
  const line = 'x '.repeat(5 << 20);
  const deep = 100 + random.below(100_000);
  const many = (count: number, one: (at: number) => string) =>
    Array.from({ length: count }, (_, at) => one(at)).join('');
  return random.pick([
    () => ({
      path: yaml,
      text: `a0: &a0 [x, x]\n${many(40, (at) => `a${at + 1}: &a${at + 1} [*a${at}, *a${at}]\n`)}`,
    }),
    () => ({ path: yaml, text: `a: &a [${'x,'.repeat(9000)}]\n${many(5000, (at) => `b${at}: *a\n`)}` }),
    () => ({ path: yaml, text: many(3000, (at) => `- a${at}: &a\n    b: *a\n`) }),
    () => ({
      path: yaml,
      text: random.pick(['[', '{', '[{a: ', '- ', '? ', '- ? ', '!a ', '&a ', '"', '{? ']).repeat(deep),
    }),
    () => ({ path: json, text: random.pick(['[', '{"a":', '[{"a":', '"', '{', '/*']).repeat(deep) }),
    () => ({ path: yaml, text: many(1500, (at) => `${' '.repeat(at)}a:\n`) }),
    () => ({ path: yaml, text: many(10_000, (at) => `key${at}: value\n`) }),
    () => ({ path: yaml, text: many(10_000, () => 'key: value\n') }),
    () => ({ path: json, text: `{${many(10_000, (at) => `"key${at}": "value",`)}"last": 1}` }),
    () => ({ path: yaml, text: `tags: [${many(10_000, (at) => `t ${at}, `)}]\n` }),
    () => ({ path: yaml, text: many(3000, (at) => `- name: "a\n  tags: [b ${at}\n`) }),
    () => ({ path: yaml, text: many(3000, (at) => `--- # ${at}\nname: 'a\n`) }),
    () => ({
      path: yaml,
      text: random.pick([`name: ${line}\n`, `name: "${line}"\n`, `# ${line}\n`, `name: |\n  ${line}\n`]),
    }),
    () => ({
      path: json,
      text: random.pick([`{"name": "${line}"}`, `["${line}`, `// ${line}\n{}`, `${' '.repeat(10 << 20)}{}`]),
    }),
    () => ({
      path: yaml,
      text: random.pick(
        ['tags: [a,', '- a\n', '"', "'", '---\n', '\t', '\r', '\ud800', '\u2028', '#'].map((one) =>
          one.repeat(200_000),
        ),
      ),
    }),
    () => ({
      path: random.pick([yaml, json]),
      text: many(20_000, () => String.fromCharCode(random.below(0x1_0000))),
    }),
    () => ({
      path: random.pick([yaml, json]),
      text: Buffer.from(Array.from({ length: 20_000 }, () => random.below(256))).toString('latin1'),
    }),
  ])();
}
