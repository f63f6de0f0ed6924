import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { createClock } from '../../server/emulator/kernel/clock.ts';
import { createEvents } from '../../server/emulator/kernel/events.ts';
import { createLog } from '../../server/emulator/kernel/log.ts';
import { listImages } from '../../server/emulator/services/images/list/page.ts';
import { createPlanner } from '../../server/emulator/services/images/list/queryPlanner.ts';
import { createImages, type Images } from '../../server/emulator/services/images/records.ts';
import { listContentColumns, services } from '../../server/emulator/services/services.ts';
import { openBlobs } from '../../server/emulator/store/blobs.ts';
import { openStore, type Store } from '../../server/emulator/store/store.ts';
import type { Caller, Profile } from '../../server/rules/profile/profile.ts';
import { profiles } from '../../server/rules/profile/table.ts';
import { removeFolder, temporaryFolder } from './harness.ts';

/** An image as the oracle knows it. */
interface Model {
  id: string;
  region: string;
  owner: string;
  name: string;
  status: string;
  visibility: string;
  protected: number;
  os_hidden: number;
  disk_format: string | null;
  size: number | null;
  created: number;
  updated: number;
  properties: Map<string, string>;
  tags: string[];
  members: Map<string, string>;
}

const accounts = ['100001', '100002', '100003'];
const statuses = ['pending', 'accepted', 'rejected'];
const image = fc.record({
  region: fc.constantFrom('dfw', 'dfw', 'dfw', 'ord'),
  owner: fc.constantFrom(...accounts),
  name: fc.constantFrom('a', 'b', 'c', ''),
  status: fc.constantFrom('active', 'active', 'active', 'queued', 'deactivated'),
  visibility: fc.constantFrom('public', 'private', 'shared', 'community'),
  protected: fc.constantFrom(0, 1),
  os_hidden: fc.constantFrom(0, 0, 0, 1),
  disk_format: fc.constantFrom(null, 'vhd', 'raw'),
  size: fc.constantFrom(null, 0, 5, 7, 2 ** 40),
  created: fc.integer({ min: 0, max: 5 }).map((at) => 1_700_000_000_000 + at * 700),
  updated: fc.integer({ min: 0, max: 5 }).map((at) => 1_700_000_100_000 + at * 700),
  properties: fc
    .dictionary(fc.constantFrom('os', 'role'), fc.constantFrom('x', 'y'))
    .map((record) => new Map(Object.entries(record))),
  tags: fc.uniqueArray(fc.constantFrom('t', 'u', 'é"\\\n'), { maxLength: 2 }),
  members: fc.array(fc.tuple(fc.constantFrom(...accounts), fc.constantFrom(...statuses)), { maxLength: 2 }),
});

const parameter = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(fc.constantFrom('os', 'role'), fc.constantFrom('x', 'y', 'z')) },
  fc.tuple(fc.constant('tag'), fc.constantFrom('t', 'u', 'é"\\\n', 'none')),
  fc.tuple(fc.constant('name'), fc.constantFrom('a', 'in:a,b', 'in:"c",z', '')),
  fc.tuple(fc.constant('status'), fc.constantFrom('queued', 'active', 'in:queued,deactivated')),
  fc.tuple(fc.constant('owner'), fc.constantFrom(...accounts)),
  fc.tuple(fc.constantFrom('size_min', 'size_max'), fc.constantFrom('0', '5', '6')),
  fc.tuple(fc.constant('disk_format'), fc.constantFrom('vhd', 'in:raw,vhd')),
  fc.tuple(fc.constant('protected'), fc.constantFrom('true', 'false')),
  fc.tuple(
    fc.constantFrom('created_at', 'updated_at'),
    fc
      .tuple(fc.constantFrom('gt', 'gte', 'lt', 'lte', 'eq', 'neq'), fc.integer({ min: 0, max: 104 }))
      .map(([op, at]) => `${op}:${new Date(1_700_000_000_000 + at * 1000).toISOString()}`),
  ),
);
const keys = ['name', 'status', 'container_format', 'disk_format', 'size', 'id', 'created_at', 'updated_at'];
const query = fc.record({
  filters: fc.array(parameter, { maxLength: 3 }).map((some) => (some.length === 3 ? [] : some)),
  visibility: fc.option(fc.constantFrom('public', 'private', 'shared', 'community', 'all')),
  member_status: fc.option(fc.constantFrom(...statuses, 'all')),
  os_hidden: fc.option(fc.constantFrom('true', 'false')),
  sort: fc.array(fc.tuple(fc.constantFrom(...keys), fc.constantFrom('asc', 'desc')), { maxLength: 2 }),
  limit: fc.integer({ min: 1, max: 12 }),
  account: fc.constantFrom(...accounts),
  admin: fc.boolean(),
});

test('a page that is planned is the page of a full search, page after page, whatever is written between', async () => {
  const data = temporaryFolder();
  const store = openStore(join(data, 'emulator.db'));
  const clock = createClock(store, 1);
  const images = createImages(
    store,
    clock,
    createEvents(store, clock, new Set(['image'])),
    openBlobs(
      data,
      store,
      createLog(() => undefined),
      listContentColumns(services),
    ),
    profiles.openstack,
  );
  const counted = { pages: 0, images: 0 };
  try {
    await fc.assert(
      fc.asyncProperty(
        fc.array(image, { minLength: 30, maxLength: 60 }),
        fc.array(query, { minLength: 1, maxLength: 6 }),
        fc.record({
          few: fc.constantFrom(4, 2000),
          budget: fc.constantFrom(1, 8, 2000),
          turn: fc.constantFrom(2, 6, 8000),
        }),
        fc.constantFrom(profiles.openstack, profiles.rackspace),
        async (given, queries, sizes, profile) => {
          await store.write(() => {
            store.run('DELETE FROM images');
            images.changed();
            store.run("DELETE FROM sqlite_sequence WHERE name = 'images'");
          });
          const models = await stored(store, images, profile, given.slice(0, 40));
          const imageLists = createPlanner(store, sizes);
          for (const [at, asked] of [...queries, ...queries].entries()) {
            // Half-way others come, and go again: sets that were read before must follow.
            if (at === 2) models.push(...(await stored(store, images, profile, given.slice(40))));
            if (at === 4) await dropped(store, images, models);
            const caller = { account: asked.account, roles: [asked.admin ? 'admin' : 'member'] };
            const text = textOf(asked, profile);
            let [marker, expected] = ['', expectedOf(models, asked, caller, profile)];
            for (;;) {
              const page = new URLSearchParams(`${text}&limit=${asked.limit}${marker}`);
              const { rows, next } = await listImages({ images, imageLists, profile }, caller, 'dfw', page);
              const wanted = expected.slice(0, asked.limit);
              assert.deepEqual(
                rows.map(({ id }) => id),
                wanted,
                String(page),
              );
              counted.pages++;
              counted.images += rows.length;
              if (wanted.length < asked.limit) break;
              marker = `&marker=${wanted.at(-1)}`;
              assert.match(String(next), new RegExp(`${marker}$`));
              expected = expected.slice(asked.limit);
            }
          }
        },
      ),
      { numRuns: 100, interruptAfterTimeLimit: 60_000, markInterruptAsFailure: true, endOnFailure: true },
    );
    assert.ok(counted.pages > 500 && counted.images > 500, JSON.stringify(counted));
  } finally {
    await store.close();
    removeFolder(data);
  }
});

async function stored(
  store: Store,
  images: Images,
  { name }: Profile,
  given: (Omit<Model, 'id' | 'members'> & { members: [string, string][] })[],
): Promise<Model[]> {
  const models = given.map((one) => ({
    ...one,
    // Rackspace's images are public or private.
    visibility: name === 'rackspace' && one.visibility !== 'public' ? 'private' : one.visibility,
    id: crypto.randomUUID(),
    members: new Map(one.members),
  }));
  await store.write(() => {
    for (const model of models) {
      const row = images.create(model);
      for (const [account, status] of model.members) {
        images.addMember(row, account);
        images.setMember(row, account, status);
      }
    }
  });
  return models;
}

/** Some images go, the members of others too. */
async function dropped(store: Store, images: Images, models: Model[]): Promise<void> {
  await store.write(() => {
    for (const { region, id, members } of models) {
      const row = images.find(region, id);
      if (row && row.key % 3 === 0) images.remove(row);
      if (row && row.key % 3 === 1) {
        for (const [account] of members) images.removeMember(row, account);
        members.clear();
      }
    }
  });
  const left = models.filter(({ region, id }) => images.find(region, id));
  models.splice(0, models.length, ...left);
}

type Query = typeof query extends fc.Arbitrary<infer T> ? T : never;

function textOf(asked: Query, { name }: Profile): string {
  const parameters = new URLSearchParams(asked.filters);
  const visibility = visibilityOf(asked, name);
  if (visibility) parameters.set('visibility', visibility);
  if (asked.member_status) parameters.set('member_status', asked.member_status);
  if (asked.os_hidden && name === 'openstack') parameters.set('os_hidden', asked.os_hidden);
  if (asked.sort.length > 0) parameters.set('sort', asked.sort.map((sort) => sort.join(':')).join());
  return parameters.toString();
}

function visibilityOf({ visibility }: Query, profile: Profile['name']): string | null {
  return profile === 'rackspace' && (visibility === 'community' || visibility === 'all') ? null : visibility;
}

/** The ids of all images of a list, in order, as one reads SOURCES: glance §5. */
function expectedOf(models: readonly Model[], asked: Query, caller: Caller, profile: Profile): string[] {
  const visibility = visibilityOf(asked, profile.name);
  const sort = [...asked.sort];
  const fill = sort[0]?.[1] ?? 'desc';
  for (const key of ['created_at', 'id']) if (!sort.some(([name]) => name === key)) sort.push([key, fill]);
  const hidden = profile.name === 'openstack' && asked.os_hidden === 'true' ? 1 : 0;
  return models
    .filter(({ region, os_hidden }) => region === 'dfw' && os_hidden === hidden)
    .filter((one) => isShown(one, asked, visibility, caller, profile))
    .filter((one) => asked.filters.every(([name, value]) => passes(one, name, value)))
    .sort((a, b) => {
      for (const [key, direction] of sort) {
        const [x, y] = [sortValue(a, key), sortValue(b, key)];
        if (x !== y) return x < y === (direction === 'asc') ? -1 : 1;
      }
      return 0;
    })
    .map(({ id }) => id);
}

function isShown(
  one: Model,
  asked: Query,
  visibility: string | null,
  { account, roles }: Caller,
  { name }: Profile,
): boolean {
  const status = one.members.get(account);
  const wanted = asked.member_status ?? 'accepted';
  const isShared = one.owner !== account && status !== undefined && (wanted === 'all' || status === wanted);
  if (name === 'rackspace' && visibility === 'shared') return isShared;
  const fits = visibility === null || visibility === 'all' || one.visibility === visibility;
  if (name === 'openstack' && roles.includes('admin')) return fits;
  const named = visibility !== null || asked.filters.some(([filter]) => filter === 'owner');
  return (
    fits &&
    (one.owner === account ||
      isShared ||
      one.visibility === 'public' ||
      (one.visibility === 'community' && named))
  );
}

function passes(one: Model, name: string, value: string): boolean {
  const items = value.startsWith('in:') ? value.slice(3).replaceAll('"', '').split(',') : [value];
  switch (name) {
    case 'tag':
      return one.tags.includes(value);
    case 'name':
    case 'status':
    case 'owner':
      return items.includes(one[name]);
    case 'disk_format':
      return one.disk_format !== null && items.includes(one.disk_format);
    case 'size_min':
      return one.size !== null && one.size >= Number(value);
    case 'size_max':
      return one.size !== null && one.size <= Number(value);
    case 'protected':
      return one.protected === (value === 'true' ? 1 : 0);
    case 'created_at':
    case 'updated_at': {
      const [, operator = '', time = ''] = /^(\w+):(.*)$/.exec(value) ?? [];
      const difference =
        Math.floor((name === 'created_at' ? one.created : one.updated) / 1000) -
        Math.floor(Date.parse(time) / 1000);
      return (
        { gt: difference > 0, gte: difference >= 0, lt: difference < 0, lte: difference <= 0 }[operator] ??
        (operator === 'eq' ? difference === 0 : difference !== 0)
      );
    }
    default:
      return one.properties.get(name) === value;
  }
}

function sortValue(one: Model, key: string): string | number {
  switch (key) {
    case 'name':
    case 'status':
    case 'id':
      return one[key];
    case 'disk_format':
      return one.disk_format ?? '';
    case 'container_format':
      return '';
    case 'size':
      return one.size ?? -1;
    default:
      return key === 'created_at' ? one.created : one.updated;
  }
}
