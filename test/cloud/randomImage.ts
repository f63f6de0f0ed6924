import type { Json, JsonObject } from '../../server/rules/json.ts';
import type { Random } from '../fuzz/random.ts';

const texts: readonly string[] = [
  'web',
  'True',
  'yes',
  'null',
  '1e3',
  '0o17',
  '2026-01-02',
  '~',
  '',
  ' a ',
  'a: b',
  'a #b',
  '#a',
  '- a',
  '"',
  "'",
  "it's",
  '\n',
  'a\nb',
  '\u00a0',
  '\ufffd',
  'naïve',
  '日本',
  '=',
  '<<',
  '[a]',
  '{a}',
  '*a',
  '&a',
  '!a',
  '%a',
  '@a',
  '`a',
  '|',
  '>',
  '0x1F',
  '-',
  '...',
  '---',
  '1_000',
  '12:30:45',
  '.inf',
  'No',
  'on',
  '\\',
  '\u2028',
  'a,b',
  'a:',
  ':a',
  '\u0085',
  '\t',
];
const names: readonly string[] = [
  'role',
  'vm_mode',
  'os_distro',
  'yes',
  '1',
  '10',
  'null',
  'a: b',
  '__proto__',
  'x y',
  '#x',
  'org.example.owner',
  'naïve',
  "o'k",
  'toString',
  '-',
];

/** The body of an image, with texts and names that readers of YAML take for something else. */
export function randomImage(chance: Random): JsonObject {
  const members: [string, Json][] = [['name', chance.pick(texts)]];
  if (chance.once(2))
    members.push(['tags', chance.pick<Json>([[], ['a'], ['web', 'No'], ['b c', '1', "x'"]])]);
  if (chance.once(2)) members.push(['min_disk', chance.below(40)]);
  if (chance.once(3)) members.push(['min_ram', chance.below(2) * 512]);
  if (chance.once(3)) members.push(['protected', chance.once(2)]);
  if (chance.once(4)) members.push(['os_hidden', chance.once(2)]);
  if (chance.once(2))
    members.push(['disk_format', 'vhd'], ['container_format', chance.pick(['bare', 'ovf'])]);
  for (let left = chance.below(6); left > 0; left--) members.push([chance.pick(names), chance.pick(texts)]);
  return Object.fromEntries(members);
}
