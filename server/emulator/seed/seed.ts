import type { Json } from '../../rules/json.ts';
import type { Profile } from '../../rules/profile/profile.ts';
import { list, matching, object, optional, readFields, text } from '../control/fields.ts';
import { ApiError } from '../kernel/apiError.ts';
import { readJsonFile } from '../kernel/jsonFile.ts';
import { StartRefused } from '../options.ts';
import type { Account, NewUser } from '../services/identity/identity.ts';
import { demoAccounts, demoUsers } from './demoAccounts.ts';

/** The content of a new cloud. */
export interface Seed {
  readonly accounts: readonly Account[];
  readonly users: readonly NewUser[];
  /** Base images, and a container `exports` in every account and region. */
  readonly demo: boolean;
}

/** `demo`, `empty` (the demo's accounts and users, and nothing of theirs), or a file. Throws StartRefused. */
export function readSeed(name: string, profile: Profile): Seed {
  if (name === 'demo' || name === 'empty')
    return { accounts: demoAccounts, users: demoUsers(profile), demo: name === 'demo' };
  return readFile(name);
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
export function parseSeed(content: Json): Seed {
  const { accounts, users } = readFields(content, {
    accounts: list(object(personFields.account)),
    users: list(object(personFields.user)),
  });
  const wrong = (problem: string) => new ApiError('emulator/body', `The seed ${problem}.`);
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
    return parseSeed(readJsonFile(file));
  } catch (error) {
    throw new StartRefused(
      `The seed file ${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
