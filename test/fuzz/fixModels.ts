/** Manifests whose rules have fixes, as data that writers of YAML and JSON lay out in every style. */
import type { Kind } from '../../server/rules/facts.ts';
import type { Random } from './random.ts';

/** `{ raw }`: a plain scalar spelled so, such as `7` or `yes`; in JSON what it would be there. */
export type Model = string | { readonly raw: string } | readonly Model[] | Members;
/** A mapping, as pairs, so that any key can be in it at any place. */
export interface Members {
  readonly pairs: readonly (readonly [string, Model])[];
}

export interface Sample {
  readonly kind: Kind;
  readonly model: Model;
}

const tags = [
  ...['web', 'a b', 'a/b', 'a_b', 'web frontend', 'Café', 'x&y', 'A b', '', 'a b c', 'prod', '[x] y', 'k: v'],
  ...[
    '# no',
    '- d',
    "it's so",
    'say "hi"',
    'tab\there',
    'zwsp\u200bx',
    'no\u00a0break',
    '生产',
    '😀 x',
    'yes',
    '7',
  ],
] as const;
const numbers = ['7', '0x1F', 'true', '1.50', '012', '-3', '1e3', '.5'] as const;
const words = ['yes', '012', '1:30', '2026-01-01', 'off', '1_000'] as const;
const texts = [
  'blue',
  'two words',
  'ends: here',
  'émile',
  'com.rackspace',
  '100 %',
  '* star',
  'z\u200bz',
] as const;

export function sampleOf(random: Random): Sample {
  return random.pick([
    image,
    image,
    image,
    images,
    patch,
    patch,
    oldPatch,
    importTask,
    exportTask,
    serverImage,
  ])(random);
}

function image(random: Random): Sample {
  return { kind: 'image', model: imageModel(random) };
}

function images(random: Random): Sample {
  const own = tagsModel(random);
  const model = Array.from({ length: 1 + random.below(3) }, () => {
    const { pairs } = imageModel(random);
    return members(
      ...pairs.map(([name, value]) => [name, name === 'tags' && random.once(2) ? own : value] as const),
    );
  });
  return { kind: 'image', model };
}

function imageModel(random: Random): Members {
  const pairs: [string, Model][] = [['name', random.pick(texts)]];
  const maybe = (name: string, make: () => Model, cases = 3) => {
    if (random.once(cases)) pairs.push([name, make()]);
  };
  maybe('tags', () => tagsModel(random), 1 + random.below(2));
  maybe('visibility', () => 'public', 4);
  maybe('id', () => 'no id', 8);
  maybe('com.rackspace__1__team', () => random.pick(texts), 4);
  maybe('com.rackspace__1__a b', () => random.pick(texts), 6);
  maybe('com.mycompany.team', () => random.pick(texts), 6);
  maybe('release', () => raw(random.pick(numbers)));
  maybe('canary', () => raw(random.pick(words)));
  maybe('flavor_classes', () => '*', 8);
  maybe('auto_disk_config', () => 'disabled', 8);
  maybe('status', () => 'active', 8);
  maybe('members', () => membersModel(random), 5);
  return { pairs: shuffled(pairs, random) };
}

function tagsModel(random: Random): Model[] {
  return Array.from({ length: random.below(5) }, () => random.pick(tags));
}

function membersModel(random: Random): Model[] {
  const account = (): Model => random.pick(['554433', raw('554433'), '554434', raw('554435')]);
  return Array.from({ length: 1 + random.below(3) }, () =>
    random.once(4)
      ? members(['member_id', account()], ...(random.once(2) ? [['status', 'accepted'] as const] : []))
      : account(),
  );
}

function patch(random: Random): Sample {
  const paths = [
    '/team',
    'team',
    '/com.rackspace__1__team',
    '/com.mycompany.team',
    '/release',
    'name',
    '/a b',
  ];
  const model = Array.from({ length: 1 + random.below(4) }, (): Model => {
    const op = random.pick(['add', 'replace', 'remove']);
    if (random.once(4)) return members(['op', op], ['path', '/tags'], ...valued(op, tagsModel(random)));
    const value = random.once(4) ? raw(random.pick(numbers)) : random.pick(texts);
    const pairs = [['op', op], ['path', random.pick(paths)], ...valued(op, value)] as const;
    return { pairs: random.once(2) ? pairs : shuffled(pairs, random) };
  });
  return { kind: 'patch', model };
}

function oldPatch(random: Random): Sample {
  const model = Array.from({ length: 1 + random.below(3) }, (): Model => {
    const op = random.pick(['add', 'replace', 'remove']);
    return members([op, random.pick(['/team', '/name', '/com.rackspace__1__team'])], ...valued(op, 'blue'));
  });
  return { kind: 'patch', model };
}

function valued(op: string, value: Model): (readonly [string, Model])[] {
  return op === 'remove' ? [] : [['value', value]];
}

function importTask(random: Random): Sample {
  const properties: [string, Model][] = [];
  if (random.once(2)) properties.push(['name', random.pick(texts)]);
  if (random.once(2)) properties.push(['vm_mode', 'hvm']);
  if (random.once(2)) properties.push(['a/b', raw(random.pick(words))]);
  const input = members(
    ['import_from', random.pick(['exports/my web.vhd', 'exports/web.vhd'])],
    ...(properties.length > 0 || random.once(2)
      ? [['image_properties', { pairs: properties }] as const]
      : []),
  );
  return { kind: 'import', model: members(['type', 'import'], ['input', input]) };
}

function exportTask(random: Random): Sample {
  const container = random.pick(['exports', 'ex.ports', 'a/b?c', '.']);
  const input = members(
    ['image_uuid', '7b8abc3f-5fd2-4d02-9e9a-16d43fc7128e'],
    ['receiving_swift_container', container],
  );
  return { kind: 'export', model: members(['type', 'export'], ['input', input]) };
}

function serverImage(random: Random): Sample {
  const metadata = members(
    ['release', random.once(2) ? raw(random.pick(numbers)) : 'x'],
    ...(random.once(2) ? [['com.rackspace__1__options', '0'] as const] : []),
    ['team', random.pick(texts)],
  );
  return {
    kind: 'server-image',
    model: members(['createImage', members(['name', 'web'], ['metadata', metadata])]),
  };
}

function members(...pairs: (readonly [string, Model])[]): Members {
  return { pairs };
}

function raw(spelled: string): { readonly raw: string } {
  return { raw: spelled };
}

export function isMembers(model: Model): model is Members {
  return typeof model === 'object' && 'pairs' in model;
}

export function isList(model: Model): model is readonly Model[] {
  return Array.isArray(model);
}

export function isRaw(model: Model): model is { readonly raw: string } {
  return typeof model === 'object' && 'raw' in model;
}

function shuffled<T>(values: readonly T[], random: Random): T[] {
  const left = [...values];
  return values.map(() => left.splice(random.below(left.length), 1)[0] as T);
}
