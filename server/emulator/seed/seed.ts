import { isObject, type Json } from '../../rules/json.ts';
import type { Profile } from '../../rules/profile/profile.ts';
import { explainReading } from '../../verbs/fileErrors.ts';
import {
  flag,
  list,
  matching,
  number,
  object,
  optional,
  readFields,
  text,
  wrong,
} from '../control/fields.ts';
import { ApiError } from '../kernel/apiError.ts';
import { readJsonFile } from '../kernel/jsonFile.ts';
import { StartRefused } from '../options.ts';
import type { Account, NewUser } from '../services/identity/identity.ts';
import { parseCidr } from '../services/network/cidr.ts';
import { leastAddresses, type NewNetwork } from '../services/network/records.ts';
import { demoAccounts, demoUsers } from './demoAccounts.ts';

/** The content of a new cloud. */
export interface Seed {
  readonly accounts: readonly Account[];
  readonly users: readonly NewUser[];
  /** Beside the cloud's own; one of the same id or name takes the place of that. */
  readonly flavors: readonly SeedFlavor[];
  readonly networks: readonly NewNetwork[];
  /** Base images, and a container `exports` in every account and region. */
  readonly demo: boolean;
}

export interface SeedFlavor {
  readonly id: string;
  readonly name: string;
  /** MB. */
  readonly ram: number;
  /** GB. */
  readonly disk: number;
  readonly vcpus: number;
  /** GB. */
  readonly ephemeral: number | undefined;
  /** MB. */
  readonly swap: number | undefined;
  readonly is_public: boolean | undefined;
  readonly extra_specs: Readonly<Record<string, string>> | undefined;
}

/** `demo`, `empty` (the demo's accounts and users, and nothing of theirs), or a file. Throws StartRefused. */
export function readSeed(name: string, profile: Profile): Seed {
  if (name === 'demo' || name === 'empty')
    return {
      accounts: demoAccounts,
      users: demoUsers(profile),
      flavors: [],
      networks: [],
      demo: name === 'demo',
    };
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

const most = 2 ** 31 - 1;

/** Names of what stands in addresses. */
const flavorId = matching(
  /^[A-Za-z0-9._-](?:[A-Za-z0-9._ -]{0,253}[A-Za-z0-9._-])?$/,
  'a text of 1 to 255 letters, digits, blanks and characters of . _ -',
);

const flavorFields = {
  id: flavorId,
  name: text(),
  ram: number(1, most),
  disk: number(0, most),
  vcpus: number(1, most),
  ephemeral: optional(number(0, most)),
  swap: optional(number(0, most)),
  is_public: optional(flag),
  extra_specs: optional(texts),
};

const networkFields = { name: text(), cidr: cidrField };

/**
 * `{"accounts":[{"id","name"}],"users":[{"name","password","apiKey","account","roles":[…]}]}`, and where it is to have more
 * flavors and networks than its own `"flavors":[{"id","name","ram","disk","vcpus","ephemeral"?,"swap"?,"is_public"?,
 * "extra_specs"?}]`, `"networks":[{"name","cidr"}]`. Throws 400 naming the member.
 */
export function parseSeed(content: Json): Seed {
  const {
    accounts,
    users,
    flavors = [],
    networks = [],
  } = readFields(content, {
    accounts: list(object(personFields.account)),
    users: list(object(personFields.user)),
    flavors: optional(list(object(flavorFields))),
    networks: optional(list(object(networkFields))),
  });
  const wrong = (problem: string) => new ApiError('emulator/body', `The seed ${problem}.`);
  const stray = users.find(({ account }) => !accounts.some(({ id }) => id === account));
  if (stray) throw wrong(`has user ${stray.name} in account ${stray.account}, which it does not list`);
  for (const [what, names] of [
    ['accounts of the id', accounts.map(({ id }) => id)],
    ['accounts of the name', accounts.map(({ name }) => name)],
    ['users of the name', users.map(({ name }) => name)],
    ['flavors of the id', flavors.map(({ id }) => id)],
    ['flavors of the name', flavors.map(({ name }) => name)],
    ['networks of the name', networks.map(({ name }) => name)],
  ] as const) {
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) throw wrong(`has two ${what} ${twice}`);
  }
  return { accounts, users, flavors, networks, demo: false };
}

function texts(value: Json | undefined, name: string): Record<string, string> {
  if (!isObject(value)) return wrong(name, 'an object of texts');
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, text()(item, `${name}.${key}`)]),
  );
}

function cidrField(value: Json | undefined, name: string): string {
  const cidr = typeof value === 'string' ? parseCidr(value) : undefined;
  if (typeof value !== 'string' || !cidr || cidr.size < leastAddresses)
    return wrong(name, `an IPv4 network of at least ${leastAddresses} addresses, such as 10.77.0.0/16`);
  return value;
}

function readFile(file: string): Seed {
  try {
    return parseSeed(readJsonFile(file));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const unread = explainReading(error, file);
    throw new StartRefused(
      unread
        ? `--seed ${unread.message} Beside files, --seed takes demo and empty.`
        : `The seed file ${file} cannot be read: ${reason}`,
    );
  }
}
