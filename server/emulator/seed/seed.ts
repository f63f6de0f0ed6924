import type { Json } from '../../rules/json.ts';
import type { Profile } from '../../rules/profile/profile.ts';
import { list, matching, object, optional, readFields, text } from '../control/fields.ts';
import { clear, type State } from '../control/state.ts';
import { ApiError } from '../kernel/apiError.ts';
import { readJsonFile } from '../kernel/jsonFile.ts';
import { UsageError } from '../options.ts';
import type { EmulatorContext } from '../services/context.ts';
import { regionName } from '../services/identity/catalog.ts';
import type { Account, NewUser } from '../services/identity/identity.ts';
import { addBaseImages, type BaseDisks, makeBaseDisks } from '../services/images/seed/baseImages.ts';
import { addCatalogue } from '../services/metadefs/catalogue.ts';
import { demoAccounts, demoUsers } from './demoAccounts.ts';

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
  return readFile(name);
}

/**
 * Seeds a data folder that is new; answers whether it was. Throws UsageError where it holds a cloud of another profile,
 * whose regions differ.
 */
export async function seedNew(context: EmulatorContext, seed: Seed): Promise<boolean> {
  const { name } = context.profile;
  const known = context.store.get<{ value: string }>("SELECT value FROM meta WHERE name = 'profile'")?.value;
  if (known === name) return false;
  if (known !== undefined)
    throw new UsageError(
      `The data folder holds a cloud of profile ${known}. Start it with --profile ${known}, or choose another folder with --data.`,
    );
  await withDisks(context, seed, (disks) =>
    context.store.write(() => {
      context.store.run("INSERT INTO meta (name, value) VALUES ('profile', ?)", name);
      plant(context, seed, disks);
    }),
  );
  tell(context, seed);
  return true;
}

/** Everything gone and seeded anew, on a clock that shows wall time. */
export async function reset(context: EmulatorContext, state: State, seed: Seed): Promise<void> {
  await withDisks(context, seed, (disks) =>
    state.alter(() => {
      clear(context.store);
      context.clock.change((state) => ({ ...state, offset: 0, pausedAt: null }));
      plant(context, seed, disks);
    }),
  );
  tell(context, seed);
}

/** Of what `use` does not adopt, nothing stays. */
async function withDisks(
  context: EmulatorContext,
  seed: Seed,
  use: (disks: BaseDisks | undefined) => Promise<void>,
): Promise<void> {
  const disks = seed.demo ? await makeBaseDisks(context) : undefined;
  try {
    await use(disks);
  } finally {
    for (const { file } of disks?.values() ?? []) context.blobs.discard(file);
  }
}

/** Inside `store.write`. */
function plant(context: EmulatorContext, seed: Seed, disks: BaseDisks | undefined): void {
  const { identity, objects, regions } = context;
  for (const account of seed.accounts) identity.addAccount(account);
  for (const user of seed.users) identity.addUser(user);
  addCatalogue(context);
  if (!disks) return;
  for (const region of regions) {
    addBaseImages(context, region, disks);
    for (const { id } of seed.accounts) objects.putContainer(region, id, 'exports', {});
  }
}

function tell({ log, regions }: EmulatorContext, { accounts, users }: Seed): void {
  log.info(
    `Seeded ${accounts.length} accounts and ${users.length} users in ${regions.map(regionName).join(', ')}.`,
  );
}

/** An account's id stands in paths, where `.` and `..` mean something else. */
const accountId = matching(
  /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,64}$/,
  'a text of 1 to 64 letters, digits and characters of . _ -',
);

export const personFields = {
  account: { id: accountId, name: text() },
  user: {
    name: text(),
    password: text(1024),
    apiKey: optional(text(1024)),
    account: accountId,
    roles: list(text()),
  },
};

/** `{"accounts":[{"id","name"}],"users":[{"name","password","apiKey","account","roles":[…]}]}`. Throws 400 naming the member. */
export function seedOf(content: Json): Seed {
  const { accounts, users } = readFields(content, {
    accounts: list(object(personFields.account)),
    users: list(object(personFields.user)),
  });
  const wrong = (problem: string) => new ApiError(400, `The seed ${problem}.`);
  const stray = users.find(({ account }) => !accounts.some(({ id }) => id === account));
  if (stray) throw wrong(`has user ${stray.name} in account ${stray.account}, which it does not list`);
  for (const [what, names] of [
    ['accounts of the id', accounts.map(({ id }) => id)],
    ['accounts of the name', accounts.map(({ name }) => name)],
    ['users of the name', users.map(({ name }) => name)],
  ] as const) {
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) throw wrong(`has two ${what} ${twice}`);
  }
  return { accounts, users, demo: false };
}

function readFile(file: string): Seed {
  try {
    return seedOf(readJsonFile(file));
  } catch (error) {
    throw new UsageError(
      `The seed file ${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
