/** Patches, right and wrong. */
import type { Json, JsonObject } from '../../../server/rules/json.ts';
import type { Random } from '../../fuzz/random.ts';
import type { Document } from './forms.ts';
import { makeSetting } from './settings.ts';
import type { Images, Known } from './world.ts';

/** An operation of a patch with its class. */
function operationOf(
  random: Random,
  live: Known['image'],
  images: Images,
  form: 'v2.1' | 'v2.0',
): { about: string; item: Json } {
  if (random.once(12))
    return { about: 'malformed operation', item: random.pick(form === 'v2.1' ? malformed : malformedOld) };
  const { about, name, value } = makeSetting(random, live, images);
  const path = `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  const op = random.pick(['add', 'add', 'replace', 'replace', 'remove']);
  const item: JsonObject = form === 'v2.1' ? { op, path } : { [op]: path };
  if (op !== 'remove') item['value'] = value;
  return { about: `${op}: ${about}`, item };
}

const malformed: readonly Json[] = [
  { op: 'move', path: '/a', from: '/b' },
  { op: 'test', path: '/a', value: 'x' },
  { path: '/a', value: 'x' },
  { op: 'add', value: 'x' },
  { op: 'add', path: '/a' },
  { op: 'add', path: 'a', value: 'x' },
  { op: 'add', path: '/a/b', value: 'x' },
  { op: 'add', path: '/a/', value: 'x' },
  { op: 'add', path: '//a', value: 'x' },
  { op: 'add', path: '/a~2', value: 'x' },
  { op: 'add', path: '/tags/-', value: 'x' },
  { op: 'add', path: 7, value: 'x' },
  { op: 7, path: '/a', value: 'x' },
  { op: 'add', path: '/', value: 'x' },
  { op: 'replace', path: '/locations/0', value: [] },
  { op: 'remove', path: '/locations/0' },
  { op: 'replce', path: '/name', value: 'x' },
  { op: 'add', path: '', value: 'x' },
  { op: 'add', path: '/locations/-', value: {} },
  'add /a x',
  null,
  7,
  [],
  {},
];
const malformedOld: readonly Json[] = [
  { add: '/a', replace: '/a', value: 'x' },
  { add: 'a', value: 'x' },
  { add: '/a' },
  { replace: '/a/b', value: 'x' },
  { add: 7, value: 'x' },
  { value: 'x' },
  { move: '/a', value: 'x' },
  'add /a x',
  null,
  [],
];

export function operations(random: Random, live: Known['image'], images: Images, form: 'v2.1' | 'v2.0') {
  const count = random.once(2) ? 1 : 1 + random.below(5);
  const made = Array.from({ length: count }, () => operationOf(random, live, images, form));
  return {
    about: made.map(({ about }) => about),
    document: { kind: 'patch', data: made.map(({ item }) => item) } satisfies Document,
  };
}
