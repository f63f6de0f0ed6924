import type { Json, JsonObject } from '../../server/rules/json.ts';

/** Names that later requests are filled with: `$SERVER`. */
export type Names = Record<string, string>;

export interface Step {
  readonly method: string;
  /** Below the compute endpoint; `/image:` before it: below the image service's. */
  readonly path: string;
  readonly body?: Json;
  /** Such as `2.45`. */
  readonly version?: string;
  /** Bodies must be the same to the letter, and not in shape alone. */
  readonly exact?: true;
  readonly keep?: Readonly<Record<string, (body: Json, location: string | null) => string | undefined>>;
  /** Asks again until the answer is so. */
  readonly until?: { readonly path: string; is(body: Json, status: number): boolean };
}

const read = (body: Json, ...names: string[]): Json | undefined => {
  let at: Json | undefined = body;
  for (const name of names) at = typeof at === 'object' && at !== null ? (at as JsonObject)[name] : undefined;
  return at;
};
const text =
  (...names: string[]) =>
  (body: Json) => {
    const value = read(body, ...names);
    return typeof value === 'string' ? value : undefined;
  };
const idle = (server = '$SERVER') => ({
  path: `/servers/${server}`,
  is: (body: Json, status: number) =>
    status === 404 ||
    (read(body, 'server', 'OS-EXT-STS:task_state') === null && read(body, 'server', 'status') !== 'BUILD'),
});
const get = (path: string, version?: string): Step => ({
  method: 'GET',
  path,
  ...(version ? { version } : {}),
});
const post = (path: string, body: Json, version?: string): Step => ({
  method: 'POST',
  path,
  body,
  ...(version ? { version } : {}),
});
const act = (body: JsonObject, version?: string): Step => post('/servers/$SERVER/action', body, version);
const build = (server: JsonObject, version?: string): Step =>
  post('/servers', { server: { name: 'x', flavorRef: '$FLAVOR', imageRef: '$IMAGE', ...server } }, version);
const unknown = '00000000-0000-4000-8000-000000000000';

/** A server of `$IMAGE` with these devices. */
const buildWith = (devices: readonly JsonObject[], more: JsonObject = {}): Step =>
  build({ block_device_mapping_v2: [...devices], ...more });
const withoutImage = { imageRef: '' };
const imageDisk = { boot_index: 0, source_type: 'image', destination_type: 'local', uuid: '$IMAGE' };
const imageVolume = { ...imageDisk, destination_type: 'volume', volume_size: 1 };
const blank = { boot_index: -1, source_type: 'blank', destination_type: 'volume', volume_size: 1 };

/** What Nova refuses before it asks for a volume: there is no block storage where it is asked. */
const devices: readonly Step[] = [
  buildWith([blank]),
  buildWith([blank], withoutImage),
  buildWith([{ source_type: 'blank', destination_type: 'volume', volume_size: 1 }]),
  buildWith([{ ...imageVolume, boot_index: 1 }], withoutImage),
  buildWith([{ ...imageVolume, boot_index: null }], withoutImage),
  buildWith([imageVolume, imageVolume], withoutImage),
  buildWith([imageVolume, { ...blank, boot_index: 2 }], withoutImage),
  buildWith([imageDisk, imageDisk]),
  buildWith([imageDisk], withoutImage),
  buildWith([{ ...imageDisk, boot_index: -1 }]),
  buildWith([{ ...imageDisk, boot_index: -1 }], { imageRef: unknown }),
  buildWith([blank], { imageRef: unknown }),
  buildWith([blank], { flavorRef: '999' }),
  buildWith([blank], {
    metadata: Object.fromEntries(Array.from({ length: 129 }, (_, at) => [`k${at}`, 'x'])),
  }),
  buildWith([{ ...imageDisk, uuid: unknown }]),
  buildWith([{ ...imageVolume, uuid: unknown }]),
  buildWith([{ ...imageVolume, uuid: unknown }], withoutImage),
  buildWith([{ ...imageVolume, uuid: unknown }, imageVolume], withoutImage),
  buildWith([{ ...imageVolume, uuid: unknown, boot_index: -1 }], withoutImage),
  buildWith([imageDisk, { ...blank, device_name: '/dev/vda' }]),
  buildWith([{ ...blank, device_name: 'vda' }]),
  buildWith([imageDisk, { ...blank, uuid: unknown }]),
  buildWith([{ boot_index: 0 }]),
  buildWith([{ boot_index: 0, source_type: 'image', destination_type: 'volume' }], withoutImage),
  buildWith([{ ...imageDisk, destination_type: 'volume' }], withoutImage),
  buildWith([imageDisk, { boot_index: -1, source_type: 'blank', destination_type: 'volume' }]),
  buildWith([imageDisk, { ...imageDisk, boot_index: -1, destination_type: 'volume' }]),
  buildWith([imageDisk, { ...imageDisk, boot_index: -1, destination_type: 'volume', uuid: unknown }]),
  buildWith([], withoutImage),
];

const preparation: readonly Step[] = [
  {
    ...get('/flavors'),
    keep: {
      FLAVOR: (body) => findFlavor(body, 'm1.tiny'),
      FLAVOR2: (body) => findFlavor(body, 'm1.small'),
    },
  },
  {
    ...post('/image:/images', {
      name: 'base',
      disk_format: 'raw',
      container_format: 'bare',
      os_distro: 'debian',
      min_ram: 64,
    }),
    keep: { IMAGE: text('id') },
  },
  { method: 'PUT', path: '/image:/images/$IMAGE/file', body: 'a small disk' },
];

function findFlavor(body: Json, name: string): string | undefined {
  const flavors = read(body, 'flavors');
  const found = Array.isArray(flavors) ? flavors.find((flavor) => read(flavor, 'name') === name) : undefined;
  return found === undefined ? undefined : text('id')(found);
}

const builds: readonly Step[] = [
  post('/servers', {}),
  post('/servers', { server: {} }),
  post('/servers', { server: 5 }),
  post('/servers', [] as Json),
  { method: 'POST', path: '/servers', body: '{' },
  build({ name: '' }),
  build({ name: ' a' }),
  build({ name: 'a\nb' }),
  build({ name: '\u{1f600}' }),
  build({ name: 'x'.repeat(256) }),
  build({ name: 7 }),
  build({ flavorRef: 'nope' }),
  build({ flavorRef: '' }),
  build({ flavorRef: null }),
  ...devices,
  build({ imageRef: 'x' }),
  build({ imageRef: '' }),
  build({ imageRef: unknown }),
  build({ foo: 1, bar: 2 }),
  build({ metadata: { 'a/b': 'c' } }),
  build({ metadata: { a: 5 } }),
  build({ metadata: { a: 'x'.repeat(256) } }),
  build({ metadata: [] }),
  build({ min_count: 0 }),
  build({ min_count: 'x' }),
  build({ min_count: 3, max_count: 2 }),
  build({ max_count: 99, min_count: 99 }),
  build({ key_name: 'nope' }),
  build({ availability_zone: 'mars' }),
  build({ availability_zone: 'nova:x' }),
  build({ security_groups: [{ name: 'nope' }] }),
  build({ user_data: 'a' }),
  build({ config_drive: 'maybe' }),
  build({ accessIPv4: 'x' }),
  build({ accessIPv6: 'x' }),
  build({ networks: [{ uuid: unknown }] }),
  build({ networks: [{ uuid: 'x' }] }),
  build({ networks: [{}] }),
  build({ networks: 'auto' }),
  build({}, '2.37'),
  build({ networks: 'some' }, '2.37'),
  build({ networks: 'none', tags: ['a,b'] }, '2.52'),
  build({ networks: 'none', description: 5 }, '2.52'),
  build({ networks: 'none', hostname: '-' }, '2.90'),
  build({ networks: 'none', trusted_image_certificates: [] }, '2.63'),
  build({ personality: Array.from({ length: 6 }, () => ({ path: '/a', contents: 'YQ==' })) }),
  build({ 'OS-DCF:diskConfig': 'auto' }),
  build({ block_device_mapping_v2: [{ boot_index: 'x' }] }),
  { ...build({ name: 'one', metadata: { a: 'b' } }), keep: { ONE: text('server', 'id') } },
];

const life: readonly Step[] = [
  {
    ...build({ name: 'web', metadata: { role: 'web' } }),
    keep: { SERVER: text('server', 'id') },
    until: idle(),
  },
  ...['2.1', '2.3', '2.9', '2.16', '2.19', '2.26', '2.47', '2.63', '2.71', '2.73', '2.90', '2.93'].map(
    (version) => get('/servers/$SERVER', version),
  ),
  get('/servers'),
  get('/servers/detail'),
  get('/servers?name=web&limit=1'),
  get('/servers?name=['),
  get('/servers?limit=-1'),
  get('/servers?limit=x'),
  get('/servers?marker=nope'),
  get(`/servers?marker=${unknown}`),
  get('/servers?sort_key=nope'),
  get('/servers?sort_dir=up'),
  get('/servers?status=odd'),
  get('/servers?status=odd', '2.38'),
  get('/servers?changes-since=x'),
  get('/servers?all_tenants=1'),
  get('/servers?all_tenants=x'),
  get('/servers?status=deleted'),
  get('/servers?foo=1', '2.75'),
  get('/servers/nope'),
  get(`/servers/${unknown}`),
  get('/nope'),
  get('/servers/'),
  { method: 'PATCH', path: '/servers/$SERVER', body: {} },
  { method: 'PUT', path: '/servers', body: {} },
  { method: 'PUT', path: '/servers/$SERVER', body: { server: { name: '' } } },
  { method: 'PUT', path: '/servers/$SERVER', body: { server: { foo: 1 } } },
  { method: 'PUT', path: '/servers/$SERVER', body: { server: { name: 'web2', accessIPv4: '10.0.0.1' } } },
  { method: 'PUT', path: '/servers/$SERVER', body: { server: { description: 'd' } }, version: '2.19' },
  { method: 'PUT', path: '/servers/$SERVER', body: { server: { name: 'web' } }, version: '2.93' },
  get('/servers/$SERVER/metadata'),
  post('/servers/$SERVER/metadata', { metadata: { k: 'v' } }),
  post('/servers/$SERVER/metadata', { metadata: { k: 5 } }),
  get('/servers/$SERVER/metadata/k'),
  get('/servers/$SERVER/metadata/nope'),
  { method: 'PUT', path: '/servers/$SERVER/metadata/k', body: { meta: { other: 'v' } } },
  { method: 'PUT', path: '/servers/$SERVER/metadata/k', body: { meta: { k: 'w' } } },
  { method: 'DELETE', path: '/servers/$SERVER/metadata/k' },
  { method: 'DELETE', path: '/servers/$SERVER/metadata/k' },
  { method: 'PUT', path: '/servers/$SERVER/tags', body: { tags: ['t'] }, version: '2.26' },
  { method: 'PUT', path: '/servers/$SERVER/tags/u', version: '2.26' },
  get('/servers/$SERVER/tags', '2.26'),
  get('/servers/$SERVER/tags/nope', '2.26'),
  get('/servers/$SERVER/ips'),
  get('/servers/$SERVER/ips/nope'),
  get('/servers/$SERVER/os-interface'),
  get('/servers/$SERVER/os-volume_attachments'),
  get('/servers/$SERVER/os-security-groups'),
  get('/servers/$SERVER/os-instance-actions'),
  get('/servers/$SERVER/diagnostics'),
  act({ fly: null }),
  act({}),
  act({ pause: null, unpause: null }),
  act({ 'os-start': null }),
  act({ confirmResize: null }),
  act({ reboot: {} }),
  act({ reboot: { type: 'warm' } }),
  act({ resize: { flavorRef: '$FLAVOR' } }),
  act({ resize: { flavorRef: 'nope' } }),
  act({ resize: {} }),
  act({ rebuild: { imageRef: unknown } }),
  act({ rebuild: { imageRef: 'x' } }),
  act({ rebuild: {} }),
  act({ changePassword: {} }),
  act({ createImage: {} }),
  act({ createImage: { name: '' } }),
  act({ createImage: { name: 'a', metadata: { 'a/b': 'c' } } }),
  act({ createBackup: { name: 'a' } }),
  act({ 'os-resetState': { state: 'error' } }),
  act({ 'os-getConsoleOutput': { length: 'x' } }),
  act({ lock: null }),
  act({ pause: null }),
  { method: 'DELETE', path: '/servers/$SERVER' },
  act({ unlock: null }),
  ...[
    { pause: null },
    { unpause: null },
    { suspend: null },
    { resume: null },
    { 'os-stop': null },
    { 'os-start': null },
  ].map((body) => ({ ...act(body), until: idle() })),
  { ...act({ reboot: { type: 'SOFT' } }), until: idle() },
  { ...act({ rescue: null }), until: idle() },
  get('/servers/$SERVER'),
  { ...act({ unrescue: null }), until: idle() },
  { ...act({ rebuild: { imageRef: '$IMAGE' } }), until: idle() },
  { ...act({ rebuild: { imageRef: '$IMAGE' } }, '2.93'), until: idle() },
  {
    ...act({ createImage: { name: 'snap', metadata: { a: 'b' } } }, '2.45'),
    keep: { SNAP: text('image_id') },
  },
  act({ createImage: { name: 'again' } }),
  { ...get('/servers/$SERVER'), until: idle() },
  get('/image:/images/$SNAP'),
  get('/images/$SNAP'),
  get('/images'),
  get('/images/detail?limit=1'),
  get('/images/nope'),
  get('/images/$SNAP', '2.36'),
  get('/images/$SNAP/metadata'),
  get('/images/$SNAP/metadata/a'),
  get('/images/$SNAP/metadata/nope'),
  post('/images/$SNAP/metadata', { metadata: { c: 'd' } }),
  { method: 'DELETE', path: '/images/$SNAP/metadata/c' },
  { method: 'DELETE', path: '/images/$SNAP/metadata/c' },
  { method: 'DELETE', path: '/images/$SNAP' },
  get('/images/$SNAP'),
];

const others: readonly Step[] = [
  get('/flavors/nope'),
  get('/flavors/$FLAVOR'),
  get('/flavors/$FLAVOR', '2.61'),
  get('/flavors/$FLAVOR', '2.75'),
  get('/flavors/$FLAVOR/os-extra_specs'),
  get('/flavors?minRam=x'),
  get('/flavors?limit=-1'),
  get('/flavors?marker=nope'),
  post('/flavors', { flavor: { name: 'x' } }),
  get('/limits'),
  get('/limits', '2.36'),
  get('/limits', '2.57'),
  get('/limits?tenant_id=x'),
  get('/os-quota-sets/$PROJECT'),
  get('/os-quota-sets/$PROJECT', '2.57'),
  get('/os-quota-sets/$PROJECT/defaults'),
  get('/os-quota-sets/$PROJECT/detail'),
  get('/os-quota-sets/other'),
  { method: 'PUT', path: '/os-quota-sets/$PROJECT', body: { quota_set: { cores: 1 } } },
  post('/os-keypairs', { keypair: {} }),
  post('/os-keypairs', { keypair: { name: 'a/b' } }),
  post('/os-keypairs', { keypair: { name: 'k', public_key: 'x' } }),
  post('/os-keypairs', { keypair: { name: 'k' } }),
  post('/os-keypairs', { keypair: { name: 'k' } }),
  post('/os-keypairs', { keypair: { name: 'k2', type: 'odd' } }, '2.2'),
  get('/os-keypairs'),
  get('/os-keypairs/k'),
  get('/os-keypairs/nope'),
  { method: 'DELETE', path: '/os-keypairs/k' },
  { method: 'DELETE', path: '/os-keypairs/k', version: '2.2' },
  get('/os-availability-zone'),
  get('/os-availability-zone/detail'),
  post('/os-server-groups', { server_group: { name: 'g' } }),
  post('/os-server-groups', { server_group: { name: 'g', policies: ['odd'] } }),
  {
    ...post('/os-server-groups', { server_group: { name: 'g', policies: ['affinity'] } }),
    keep: { GROUP: text('server_group', 'id') },
  },
  get('/os-server-groups/$GROUP'),
  get('/os-server-groups/$GROUP', '2.13'),
  get('/os-server-groups/$GROUP', '2.64'),
  { method: 'DELETE', path: '/os-server-groups/$GROUP' },
  get('/os-server-groups/$GROUP'),
  get('/os-hypervisors'),
  get('/os-services'),
  get('/os-aggregates'),
  get('/os-cells'),
  get('/os-fixed-ips/x'),
  get('/os-networks'),
  get('/os-networks', '2.36'),
  get('/os-simple-tenant-usage/$PROJECT'),
  get('/os-simple-tenant-usage'),
  get('/extensions/os-nope'),
  get('/servers', '2.999'),
  get('/servers', 'abc'),
  get('/servers', '3.0'),
  get('/servers', 'latest'),
  {
    method: 'DELETE',
    path: '/servers/$SERVER',
    until: { path: '/servers/$SERVER', is: (_body, status) => status === 404 },
  },
  get('/servers/$SERVER'),
  get('/servers/$SERVER/os-instance-actions'),
  { method: 'DELETE', path: '/servers/$ONE' },
];

/** From these clients make their options. */
const schemas: readonly Step[] = ['image', 'images', 'member', 'members', 'task', 'tasks'].map((name) => ({
  ...get(`/image:/schemas/${name}`),
  exact: true,
}));

/** What is asked of both clouds, in this order. */
export const requests: readonly Step[] = [...preparation, ...schemas, ...builds, ...life, ...others];
