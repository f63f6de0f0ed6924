import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LiveImage } from '../../client/cloud/imageCollection.ts';
import type { Person } from '../../client/cloud/roles.ts';
import type { LiveServer } from '../../client/cloud/serverCollection.ts';
import type { LiveTask } from '../../client/cloud/taskCollection.ts';
import type { StoredCopy } from '../../client/details/model/content.ts';
import { imagePage, type KnownImage } from '../../client/details/model/imagePage.ts';
import type { DetailsPage, Part, Section } from '../../client/details/protocol.ts';
import { imageData, markContent, markSegments, Verdicts } from '../../client/details/verdicts.ts';
import type { StoredSegment } from '../../server/cloud/stored/storedObject.ts';
import type { Json } from '../../server/rules/json.ts';
import { profiles } from '../../server/rules/profile/table.ts';

const now = Date.parse('2015-03-12T12:00:00Z');
const person: Person = {
  profile: profiles.rackspace,
  caller: { account: '100001', roles: ['identity:user-admin'] },
};
const imageOf = (properties: Record<string, Json> = {}): LiveImage => ({
  image: new Map(
    Object.entries({
      ...{ id: 'a', name: 'Web', owner: '100001', status: 'active', visibility: 'private', tags: ['shop'] },
      ...{ created_at: '2015-03-09T11:00:00Z', updated_at: '2015-03-09T11:05:00Z', size: 2048 },
      ...{ container_format: 'ovf', disk_format: 'vhd', checksum: 'c1', os_hash_algo: 'sha512' },
      ...{ os_hash_value: 'h1', ...properties },
    }),
  ),
});
const known = (more: Partial<KnownImage> = {}): KnownImage => ({
  seen: imageOf(),
  person,
  images: new Map(),
  related: { kind: 'ready', value: { tasks: new Map(), servers: new Map() } },
  sightingsOf: () => [],
  verdict: undefined,
  members: { kind: 'ready', value: [] },
  copies: { kind: 'ready', value: [] },
  regions: { kind: 'unread' },
  otherRegions: 2,
  ...more,
});
const page = (more: Partial<KnownImage> = {}): DetailsPage => imagePage(known(more), now);
const sectionOf = ({ sections }: DetailsPage, id: string): Section =>
  sections.find((one) => one.id === id) ?? assert.fail(`there is ${id}`);
const wordsOf = ({ parts }: Section): string =>
  parts.map((part) => (part.kind === 'words' ? part.text : '')).join(' ');
const tablesOf = ({ parts }: Section) =>
  parts.filter((part): part is Extract<Part, { kind: 'table' }> => part.kind === 'table');
const factsOf = ({ parts }: Section) =>
  new Map(parts.flatMap((part) => (part.kind === 'facts' ? part.rows : [])).map((row) => [row.label, row]));

const segment = (number: number, state: StoredSegment['state'] = 'there'): StoredSegment => ({
  ...{ container: 'exports', name: `a.vhd-0000${number}`, bytes: 1000, start: (number - 1) * 1000, state },
  etag: state === 'missing' ? '' : `m${number}`,
});
const exportOf = (...segments: StoredSegment[]): StoredCopy => ({
  origin: 'export',
  object: {
    ...{ container: 'exports', name: 'a.vhd', form: 'segments', etag: 'e', segments },
    bytes: segments.length * 1000,
  },
  disk: {
    kind: 'ready',
    value: { type: 'dynamic', virtualSize: 2 ** 30, damage: [] },
  },
});
const uploaded: StoredCopy = {
  origin: 'import',
  object: {
    ...{ container: 'disks', name: 'web.vhd', form: 'whole', bytes: 3000, etag: 'u1' },
    segments: [{ container: 'disks', name: 'web.vhd', bytes: 3000, etag: 'u1', start: 0, state: 'there' }],
  },
  disk: { kind: 'reading' },
};
const copiesOf = (...value: StoredCopy[]): Partial<KnownImage> => ({ copies: { kind: 'ready', value } });

test('properties stand by who can change them', () => {
  const seen = imageOf({
    os_distro: 'centos',
    'com.rackspace__1__options': '0',
    mine: 'x',
    direct_url: 'swift:',
  });
  const groups = tablesOf(sectionOf(page({ seen }), 'properties'));
  assert.deepEqual(
    groups.map(({ caption, rows }) => [caption, rows.map(([name]) => name)]),
    [
      ['Yours to change', ['mine', 'os_distro', 'tags']],
      ['Protected by the cloud: customers cannot change them', ['com.rackspace__1__options']],
      ['Set by the service alone', ['direct_url']],
    ],
  );
  const foreign = imageOf({ owner: '100002', mine: 'x' });
  const [group] = tablesOf(sectionOf(page({ seen: foreign }), 'properties'));
  assert.equal(group?.caption, 'Changed by the account of the image alone');
  const observer = { ...person, caller: { account: '100001', roles: ['observer'] } };
  const named = imageOf({ os_distro: 'centos' });
  const read = tablesOf(sectionOf(page({ seen: named, person: observer }), 'properties'));
  const distro = read.find(({ rows }) => rows.some(([name]) => name === 'os_distro'));
  assert.match(String(distro?.caption), /^You need the role /);
});

test('buttons that cannot be used have their reason', () => {
  const reasons = new Map(page().actions.map(({ id, reason }) => [id, reason]));
  assert.equal(reasons.get('share'), undefined);
  assert.match(String(reasons.get('verify')), /^Export it first/);
  const observer = { ...person, caller: { account: '100001', roles: ['observer'] } };
  const share = page({ person: observer }).actions.find(({ id }) => id === 'share');
  assert.match(String(share?.reason), /You need the role/);
});

test('each size says what it is of, and what is not known is not claimed', () => {
  const facts = factsOf(sectionOf(page(), 'sizes'));
  assert.equal(facts.get('Virtual size')?.value, 'not known');
  assert.equal(facts.get('Stored size')?.value, '2 KB (2,048 bytes)');
  const read = factsOf(sectionOf(page(copiesOf(exportOf(segment(1), segment(2)), uploaded)), 'sizes'));
  assert.equal(read.get('Virtual size')?.value, '1 GB (1,073,741,824 bytes)');
  assert.match(String(read.get('Virtual size')?.about), /as the VHD says that is in Cloud Files now/);
  assert.equal(read.get('Physical size, exported')?.value, '2 KB (2,000 bytes)');
  assert.equal(read.get('Physical size, uploaded')?.value, '2.9 KB (3,000 bytes)');
  const stated = factsOf(sectionOf(page({ seen: imageOf({ virtual_size: 512 }) }), 'sizes'));
  assert.match(String(stated.get('Virtual size')?.about), /as the service says/);
});

test('each checksum says of what it is, and why they differ', () => {
  const section = sectionOf(
    page(copiesOf(exportOf(segment(1), segment(2, 'missing')), uploaded)),
    'checksums',
  );
  const [table] = tablesOf(section);
  assert.deepEqual(
    table?.rows.map(([where, kind, value]) => [where, kind, value]),
    [
      ['checksum', 'MD5', 'c1'],
      ['os_hash_value', 'SHA512', 'h1'],
      ['exports/a.vhd', 'ETag', 'e'],
      ['exports/a.vhd-00001', 'MD5', 'm1'],
      ['disks/web.vhd', 'MD5', 'u1'],
    ],
  );
  assert.match(wordsOf(section), /packs the disk into an OVA/);
  assert.match(wordsOf(section), /An export writes a VHD anew/);
  const bare = wordsOf(sectionOf(page({ seen: imageOf({ container_format: 'bare' }) }), 'checksums'));
  assert.equal(bare, '', 'nothing is packed, so nothing is said to differ');
  const queued = imageOf({ checksum: null, os_hash_value: null, status: 'queued' });
  assert.match(wordsOf(sectionOf(page({ seen: queued }), 'checksums')), /has no checksum as long as/);
});

test('a gap says what it means by how the object is joined, and what to do', () => {
  const gap = sectionOf(page(copiesOf(exportOf(segment(1), segment(2, 'missing'), segment(3)))), 'copies');
  assert.match(wordsOf(gap), /Lost of 3 segments: a\.vhd-00002\. A download is shorter .* export it anew\./);
  const strip = gap.parts.find((part) => part.kind === 'strip');
  assert.deepEqual(
    strip?.pieces.map(({ state }) => state),
    ['there', 'missing', 'there'],
  );
  const replaced = sectionOf(page(copiesOf(exportOf(segment(1), segment(2, 'replaced')))), 'copies');
  assert.match(wordsOf(replaced), /A download breaks off there\./);
  const empty = sectionOf(page(copiesOf(exportOf())), 'copies');
  assert.match(wordsOf(empty), /none of its segments is there any more\. The image itself is whole/);
  assert.match(wordsOf(sectionOf(page(), 'copies')), /no VHD of it that could be read/);
});

test('an image is never verified until it is, and a verdict is stale when what was read has changed', async () => {
  const state = new Map<string, unknown>();
  const storage = {
    get: <T>(key: string, fallback?: T) => (state.has(key) ? (state.get(key) as T) : (fallback as T)),
    update: async (key: string, value: unknown) => void state.set(key, structuredClone(value)),
  };
  const verdicts = new Verdicts(storage, assert.fail, () => now);
  const place = { cloud: 'emulator', region: 'DFW', id: 'a' };
  assert.match(wordsOf(sectionOf(page({ verdict: verdicts.get(place) }), 'verdict')), /^Never verified/);
  const copy = exportOf(segment(1), segment(2));
  const sound = { sound: ['2 segments without a gap'], problems: [] };
  await verdicts.keep(place, sound, 'exports/a.vhd', markSegments(copy.object));
  const verdict = verdicts.get(place);
  const fresh = wordsOf(sectionOf(page({ verdict, ...copiesOf(copy) }), 'verdict'));
  assert.match(fresh, /^Sound at 2015-03-12 12:00:00 UTC: 2 segments without a gap\. What was read: exports/);
  assert.doesNotMatch(fresh, /changed since/);
  const gap = copiesOf(exportOf(segment(1), segment(2, 'missing')));
  assert.match(wordsOf(sectionOf(page({ verdict, ...gap }), 'verdict')), /changed since/);
  assert.equal(verdicts.get({ ...place, region: 'ORD' }), undefined);

  const { image } = imageOf();
  await verdicts.keep(place, { sound: [], problems: ['The MD5 differs.'] }, imageData, markContent(image));
  const damaged = wordsOf(sectionOf(page({ verdict: verdicts.get(place) }), 'verdict'));
  assert.match(damaged, /^Damaged at .*: The MD5 differs\./);
  const anew = page({ verdict: verdicts.get(place), seen: imageOf({ os_hash_value: 'h2' }) });
  assert.match(wordsOf(sectionOf(anew, 'verdict')), /changed since/);
  for (let made = 0; made < 300; made++)
    await verdicts.keep({ ...place, id: `other ${made}` }, sound, imageData, '');
  assert.equal(verdicts.get(place), undefined, 'only the newest are kept');
});

test('lineage leads from the image to its server and base, and to what came of it', () => {
  const server = (id: string, of: string): LiveServer =>
    ({ server: { id, name: id, status: 'ACTIVE', image: of, taskState: null } }) as unknown as LiveServer;
  const servers = new Map([
    ['web', server('web', 'base')],
    ['shop', server('shop', 'a')],
  ]);
  const seen = imageOf({ instance_uuid: 'web', base_image_ref: 'base' });
  const images = new Map([
    ['a', seen],
    ['base', imageOf({ id: 'base', name: 'CentOS' })],
    ['b', imageOf({ id: 'b', name: 'shop-1', instance_uuid: 'shop' })],
    ['c', imageOf({ id: 'c', name: 'old-1', instance_uuid: 'gone', base_image_ref: 'a' })],
  ]);
  const related = { kind: 'ready', value: { tasks: new Map(), servers } } as const;
  const [table] = tablesOf(sectionOf(page({ seen, images, related }), 'lineage'));
  assert.deepEqual(table?.rows, [
    ['Taken of the server', { text: 'web, ACTIVE', open: 'server/web' }],
    ['Comes of the image', { text: 'CentOS', open: 'image/base' }],
    ['Server built of it', { text: 'shop, ACTIVE', open: 'server/shop' }],
    ['Image of shop', { text: 'shop-1', open: 'image/b' }],
    ['Image of a server that is gone', { text: 'old-1', open: 'image/c' }],
  ]);
  const unknown = sectionOf(page({ related: { kind: 'ready', value: { tasks: new Map() } } }), 'lineage');
  assert.match(wordsOf(unknown), /servers of this cloud are not known here/);
});

test('history joins what the cloud tells with what this window saw, newest first', () => {
  const exported: LiveTask = {
    ...{ id: 't', type: 'export', status: 'success', input: { image_uuid: 'a' } },
    ...{ createdAt: '2015-03-10T10:00:00Z', updatedAt: '2015-03-10T10:03:00Z' },
    result: { export_location: 'exports/a.vhd' },
  };
  const before = imageOf({ os_distro: 'centos' });
  const after = imageOf({ os_distro: 'debian', mine: 'x', updated_at: 'later', tags: [] });
  const [table] = tablesOf(
    sectionOf(
      page({
        related: { kind: 'ready', value: { tasks: new Map([['t', exported]]) } },
        sightingsOf: (kind) => (kind === 'image' ? [{ at: now - 1000, kind, id: 'a', before, after }] : []),
      }),
      'history',
    ),
  );
  assert.deepEqual(
    table?.rows.map(([when, what]) => [when, typeof what === 'string' ? what : what?.text]),
    [
      [
        '2015-03-12 11:59:59 UTC',
        'mine became x; os_distro went from centos to debian; tags went from ["shop"] to [].',
      ],
      ['2015-03-10 10:03:00 UTC', 'It was exported to exports/a.vhd.'],
      ['2015-03-10 10:00:00 UTC', 'An export was asked for.'],
      ['2015-03-09 11:00:00 UTC', 'The image came into being.'],
    ],
  );
});

test('an image in another region is told by what is the same, and a region that fails does not hide the others', () => {
  const other = imageOf({ id: 'b', checksum: 'c2' }).image;
  const same = imageOf({ id: 'c', name: 'Other' }).image;
  const regions = {
    kind: 'ready',
    value: [
      { region: 'ORD', image: other },
      { region: 'ORD', image: same },
      { region: 'LON', failure: 'It does not answer.' },
    ],
  } as const;
  const [table] = tablesOf(sectionOf(page({ regions }), 'regions'));
  assert.deepEqual(table?.rows, [
    ['ORD', 'Web (b)', 'name'],
    ['ORD', 'Other (c)', 'checksum: the same stored data'],
    ['LON', 'not read', 'It does not answer.'],
  ]);
  assert.deepEqual(sectionOf(page(), 'regions').state, { kind: 'asked', verb: 'Look in the Other Regions' });
});

test('a deleted image says so, keeps what was known, and offers nothing that needs it', () => {
  const gone = page({ goneAt: now });
  assert.equal(gone.status, 'deleted');
  assert.match(String(gone.notice), /^It was deleted, which was seen at 2015-03-12 12:00:00 UTC/);
  assert.deepEqual(
    gone.actions.map(({ id }) => id),
    ['copyId'],
  );
  assert.equal(factsOf(sectionOf(gone, 'identity')).get('ID')?.value, 'a');
});

test('an image that cannot be read now keeps what was known, with the reason', () => {
  const silent = page({ unread: 'It does not answer' });
  assert.equal(
    silent.notice,
    'It cannot be read now: It does not answer. What stands here was known before.',
  );
  assert.equal(silent.status, 'active');
});

test('what is still being read says so in its own section', () => {
  const reading = { kind: 'reading' } as const;
  const early = page({ related: reading, members: reading, copies: reading });
  const states = new Map(early.sections.map(({ id, state }) => [id, state.kind]));
  for (const id of ['timeLine', 'copies', 'members', 'lineage', 'history'])
    assert.equal(states.get(id), 'reading');
  for (const id of ['identity', 'properties', 'sizes', 'checksums', 'verdict'])
    assert.equal(states.get(id), 'ready');
  const failed = page({ members: { kind: 'failed', reason: 'It is busy.' } });
  assert.deepEqual(sectionOf(failed, 'members').state, { kind: 'failed', reason: 'It is busy.' });
});
