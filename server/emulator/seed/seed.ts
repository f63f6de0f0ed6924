import { readFileSync } from 'node:fs';
import { isObject } from '../../rules/subjects.ts';
import type { Json, Profile } from '../../rules/types.ts';
import { textOf } from '../body.ts';
import type { Cloud } from '../cloud.ts';
import { regionName } from '../identity/catalog.ts';
import type { Account, NewUser } from '../identity/people.ts';
import { UsageError } from '../options.ts';
import { addBaseImages, makeBaseDisks } from './baseImages.ts';
import { demoAccounts, demoUsers } from './people.ts';

/** What a new cloud begins with. */
export interface Seed {
  readonly accounts: readonly Account[];
  readonly users: readonly NewUser[];
  /** Base images, and a container `exports` in every account and region. */
  readonly demo: boolean;
}

/** `demo`, `empty` (the demo's accounts and users, and nothing of theirs), or a file. Throws UsageError. */
export function readSeed(name: string, profile: Profile): Seed {
  if (name === 'demo' || name === 'empty')
    return { accounts: demoAccounts, users: demoUsers(profile), demo: name === 'demo' };
  return { ...readFile(name), demo: false };
}

/** Seeds a data folder that is new. Throws UsageError where it holds a cloud of another profile, whose regions differ. */
export async function seedNew(cloud: Cloud, seed: Seed): Promise<void> {
  const { name } = cloud.profile;
  const known = cloud.store.get<{ value: string }>("SELECT value FROM meta WHERE name = 'profile'")?.value;
  if (known === name) return;
  if (known !== undefined)
    throw new UsageError(
      `The data folder holds a cloud of profile ${known}. Start it with --profile ${known}, or choose another folder with --data.`,
    );
  await plant(cloud, seed, () => {
    cloud.store.run("INSERT INTO meta (name, value) VALUES ('profile', ?)", name);
  });
}

/** Everything gone and seeded anew. Running jobs break off first. */
export async function reset(cloud: Cloud, seed: Seed): Promise<void> {
  await cloud.jobs.stop();
  try {
    await plant(cloud, seed, () => {
      const { store, blobs, events } = cloud;
      const held = store.all<{ hash: string }>('SELECT hash FROM blobs');
      for (const table of [
        'jobs',
        'tasks',
        'images',
        'used_image_ids',
        'objects',
        'containers',
        'users',
        'accounts',
      ])
        store.run(`DELETE FROM ${table}`);
      for (const { hash } of held) blobs.release(hash);
      events.append({ kind: 'reset', action: 'update' });
    });
  } finally {
    cloud.jobs.start();
  }
}

async function plant(cloud: Cloud, seed: Seed, before: () => void): Promise<void> {
  const disks = seed.demo ? await makeBaseDisks(cloud) : undefined;
  await cloud.store.write(() => {
    before();
    const { identity, objects, regions } = cloud;
    for (const account of seed.accounts) identity.addAccount(account);
    for (const user of seed.users) identity.addUser(user);
    identity.changed();
    if (!disks) return;
    for (const region of regions) {
      addBaseImages(cloud, region, disks);
      for (const { id } of seed.accounts) objects.putContainer(region, id, 'exports', {});
    }
  });
  cloud.log.info(
    `Seeded ${seed.accounts.length} accounts and ${seed.users.length} users in ${cloud.regions.map(regionName).join(', ')}.`,
  );
}

/** `{"accounts":[{"id","name"}],"users":[{"name","password","apiKey","account","roles":[…]}]}` */
function readFile(file: string): Pick<Seed, 'accounts' | 'users'> {
  const wrong = (problem: string) => new UsageError(`The seed file ${file} ${problem}.`);
  let content: Json;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw wrong(`cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  const list = (name: string): Json[] => {
    const value = isObject(content) ? content[name] : undefined;
    if (!Array.isArray(value)) throw wrong(`has no list '${name}'`);
    return value;
  };
  const text = (item: Json, name: string): string => {
    const value = isObject(item) ? textOf(item[name]) : undefined;
    if (value === undefined) throw wrong(`has an entry without a text '${name}'`);
    return value;
  };
  const accounts = list('accounts').map((item) => ({ id: text(item, 'id'), name: text(item, 'name') }));
  const users = list('users').map((item) => {
    const roles = isObject(item) ? item['roles'] : undefined;
    if (!Array.isArray(roles) || !roles.every((role) => typeof role === 'string'))
      throw wrong("has a user without a list of texts 'roles'");
    return {
      name: text(item, 'name'),
      password: text(item, 'password'),
      apiKey: text(item, 'apiKey'),
      account: text(item, 'account'),
      roles,
    };
  });
  const stray = users.find(({ account }) => !accounts.some(({ id }) => id === account));
  if (stray) throw wrong(`has user ${stray.name} in account ${stray.account}, which it does not list`);
  return { accounts, users };
}
