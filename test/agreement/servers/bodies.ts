import { randomUUID } from 'node:crypto';
import type { Json, JsonObject } from '../../../server/rules/json.ts';
import type { Random } from '../../fuzz/random.ts';
import type { ServerWorld } from './world.ts';

export interface ServerCase {
  readonly kind: 'server' | 'server-image';
  readonly body: JsonObject;
  /** The user that asks. */
  readonly user: string;
  /** Of the server that is imaged. */
  readonly server?: string;
}

/** One thing that is other than usual in a body, right or wrong. */
type Change = (body: JsonObject, chance: Random, world: ServerWorld) => JsonObject;

const set =
  (name: string, ...values: readonly Json[]): Change =>
  (body, chance) => ({ ...body, [name]: chance.pick(values) });
const without =
  (name: string): Change =>
  ({ [name]: _, ...rest }) =>
    rest;

function manyEntries(count: number, value: Json = 'x'): JsonObject {
  return Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, value]));
}

const names: readonly Json[] = [
  'web',
  'a b',
  'Ünïcode',
  'x'.repeat(255),
  'x'.repeat(256),
  '',
  ' ',
  ' web',
  '💥',
  7,
];
const base64 = (bytes: number): string => Buffer.alloc(bytes, 'x').toString('base64');

function bootVolume(chance: Random, { images }: ServerWorld): JsonObject {
  return {
    boot_index: 0,
    source_type: 'image',
    destination_type: 'volume',
    uuid: chance.pick([images.get('good') ?? '', randomUUID()]),
    volume_size: 100,
    delete_on_termination: true,
  };
}

/** As people write them: what is booted, or beside it; of either form, and without what it needs. */
function someDevice(chance: Random, world: ServerWorld): JsonObject {
  const whole = bootVolume(chance, world);
  const { uuid: _, ...volume } = whole;
  const blank: JsonObject = { source_type: 'blank', destination_type: 'volume', volume_size: 1 };
  const { volume_size: __, ...unsized } = chance.once(2) ? whole : blank;
  const device = chance.pick<JsonObject>([
    whole,
    { boot_index: 0, source_type: 'image', destination_type: 'local', uuid: whole['uuid'] ?? null },
    blank,
    { ...blank, boot_index: -1 },
    volume,
    { ...blank, uuid: randomUUID() },
    unsized,
  ]);
  return {
    ...device,
    ...(chance.once(3) ? { boot_index: chance.pick<Json>([0, 1, 2, -1, '0', null]) } : {}),
    ...(chance.once(8) ? { device_name: chance.pick(['vda', '/dev/vda', 'vdb']) } : {}),
  };
}

const withDevices: Change = (body, chance, world) => ({
  ...body,
  ...(chance.once(3) ? { imageRef: '' } : {}),
  block_device_mapping_v2: Array.from({ length: 1 + chance.below(3) }, () => someDevice(chance, world)),
});

const serverChanges: readonly Change[] = [
  set('name', ...names),
  without('name'),
  (body, chance, { images }) => ({ ...body, imageRef: chance.pick([...images.values()]) }),
  (body, chance, { images }) => ({ ...body, imageRef: chance.pick([...images.values()]) }),
  (body, chance) => ({ ...body, imageRef: chance.pick(['', 'web', randomUUID(), 7]) }),
  without('imageRef'),
  (body, chance, { flavors }) => ({ ...body, flavorRef: chance.pick(flavors) }),
  (body, chance, { flavors }) => ({ ...body, flavorRef: chance.pick(flavors) }),
  set('flavorRef', 'none', '', 2, 999),
  without('flavorRef'),
  set('metadata', {}, { role: 'web' }, manyEntries(40), manyEntries(41), manyEntries(128), manyEntries(129)),
  set('OS-DCF:diskConfig', 'AUTO', 'MANUAL'),
  set('config_drive', true, false, 'true'),
  set(
    'personality',
    [],
    [{ path: '/etc/motd', contents: base64(10) }],
    [{ path: '/etc/motd', contents: base64(10_240) }],
    [{ path: '/etc/motd', contents: base64(10_241) }],
    [{ path: `/${'x'.repeat(255)}`, contents: base64(1) }],
    Array.from({ length: 6 }, (_, at) => ({ path: `/${at}`, contents: base64(1) })),
  ),
  set('user_data', base64(20)),
  (body, chance, world) => {
    const { imageRef: _, ...rest } = body;
    return { ...rest, block_device_mapping_v2: [bootVolume(chance, world)] };
  },
  withDevices,
  withDevices,
];

/** Nova's schema is asked; Cloud Servers had none. */
const schemaChanges: readonly Change[] = [
  set('colour', 'blue'),
  set('metadata', { role: 7 }, { 'a/b': 'x' }, { role: 'x'.repeat(256) }, { ['k'.repeat(256)]: 'x' }),
  set('OS-DCF:diskConfig', 'auto', 7),
  set('config_drive', 'maybe'),
  set('user_data', 'a', '###'),
  set('networks', [], [{ uuid: 7 }], [{ colour: 'blue' }]),
  set('accessIPv4', '10.0.0.1', 'here'),
  set('imageRef', null),
  set('min_count', 0),
];

const imageChanges: readonly Change[] = [
  set('name', ...names, null),
  without('name'),
  set('metadata', {}, { team: 'blue' }, manyEntries(40), manyEntries(41), manyEntries(128), manyEntries(129)),
  set('metadata', { ['k'.repeat(255)]: 'x' }, { ['k'.repeat(256)]: 'x' }, { team: 7 }),
  set('metadata', { com_rackspace: 'x' }, { 'com.rackspace__1__options': '0' }, { image_type: 'mine' }),
];

const imageSchemaChanges: readonly Change[] = [
  set('metadata', { 'a/b': 'x' }, { team: 'x'.repeat(256) }, { '': 'x' }),
  set('colour', 'blue'),
];

/** A body with none, one or two things other than usual; of an image of `server`, where one is given. */
export function makeCase(chance: Random, world: ServerWorld, only?: string): ServerCase {
  const user = chance.once(12) ? chance.pick(world.others) : 'owner';
  const { hasSchemas } = world;
  if (only === undefined && chance.once(2)) {
    const changes = hasSchemas ? [...serverChanges, ...schemaChanges] : serverChanges;
    const usual = { name: 'web', imageRef: world.images.get('good') ?? '', flavorRef: world.usualFlavor };
    return { kind: 'server', body: { server: change(usual, changes, chance, world) }, user };
  }
  const changes = hasSchemas ? [...imageChanges, ...imageSchemaChanges] : imageChanges;
  const server = only ?? (chance.once(10) ? randomUUID() : chance.pick([...world.servers.values()]));
  const createImage = change({ name: 'image' }, changes, chance, world);
  return { kind: 'server-image', body: { createImage }, user, server };
}

function change(
  usual: JsonObject,
  changes: readonly Change[],
  chance: Random,
  world: ServerWorld,
): JsonObject {
  let body = usual;
  for (let count = chance.pick([0, 0, 0, 1, 1, 2]); count > 0; count--)
    body = chance.pick(changes)(body, chance, world);
  return body;
}
