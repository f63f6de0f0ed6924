import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Cloud, cloudIn } from '../cloud/cloud.ts';
import { openFetch } from '../cloud/http/proxiedFetch.ts';
import { keptFolder } from '../cloud/run/durable.ts';
import type { ConnectionChoice } from '../cloud/run/undo.ts';
import { emulatorInterval, politeInterval } from '../cloud/run/waiting.ts';
import { type EmulatorControl, emulatorControl } from '../cloud/services/emulatorControl.ts';
import type { Credentials, Way } from '../cloud/session/authentication.ts';
import { type Entry, readCloud, readVariables } from '../cloud/session/cloudsYaml.ts';
import { CloudError } from '../cloud/session/errors.ts';
import { findProfile, type Information, readInformation } from '../cloud/session/profile.ts';
import { openSession, type Session } from '../cloud/session/session.ts';
import { readSurroundings } from '../cloud/session/surroundings.ts';
import { UsageError } from '../commandLine.ts';
import { oneLine } from '../plainText.ts';
import type { Caller, ProfileName } from '../rules/profile/profile.ts';
import { CommandError } from '../verbs/errors.ts';
import type { EditorSettings, PublishedLimits } from '../workspace/settings.ts';
import { readProfile } from './options.ts';

export interface Connected {
  readonly cloud: Cloud;
  readonly caller: Caller;
  /** Which rules hold, as the language service is told. */
  readonly editor: EditorSettings;
  readonly published: PublishedLimits;
  /** Where `published` has its profile from, as a clause. */
  readonly because: string;
  /** Milliseconds between two looks at a task. */
  readonly interval: number;
  /** How it was asked for, without a secret. */
  readonly choice: ConnectionChoice;
  /** Of an emulator on a data folder of this machine. */
  readonly control?: EmulatorControl;
  /** What tells this cloud from others, also after the emulator got another port. */
  readonly place: string;
  /** The same by an emulator's own words, whatever its data folder or address is called. */
  readonly emulatorId?: string;
}

/** Signs in. Throws with the file and the key that is wrong, or CloudError; never shows a secret. */
export async function connectBy(
  choice: ConnectionChoice,
  env = process.env,
  interrupt?: AbortSignal,
): Promise<Connected> {
  const place = await findPlace(choice, env, interrupt);
  const send = openFetch(env, place.trust);
  const session = await openSession(place.credentials, interrupt, send).catch((error: unknown) => {
    throw place.control === undefined ? error : nameUser(error, choice);
  });
  const isEmulator = place.control !== undefined || session.isEmulator;
  const cloud = cloudIn(session, chooseRegion(choice.region ?? place.region, session.regions, isEmulator));
  const profile = readProfile(choice.profile);
  const { because, id, ...published } = await findPublished(place, session, { send, signal: interrupt });
  return {
    cloud,
    caller: { account: session.account.id, roles: session.roles },
    editor: profile ? { profile } : {},
    published,
    because,
    interval: isEmulator ? emulatorInterval : politeInterval,
    choice: {
      ...pickChoice(choice),
      region: cloud.region,
      ...(place.data === undefined ? {} : { emulator: place.data }),
    },
    ...(place.token === undefined || place.control === undefined
      ? {}
      : { control: emulatorControl(place.control, place.token) }),
    place: place.data ?? place.credentials.authUrl,
    ...(id === undefined ? {} : { emulatorId: id }),
  };
}

/** Says by which profile was judged, and why by that. */
export function describeProfile({ editor, published, because }: Connected, used: ProfileName): string {
  if (editor.profile) return `Judged by the rules of ${used}, as --profile says.`;
  return used === published.profile
    ? `Judged by the rules of ${used}, since ${because}; --profile chooses others.`
    : `Judged by the rules of ${used}, as .cloud-images.json says, though ${because}.`;
}

/** The cloud that answers, for --json. */
export function describePlace({ cloud, caller, published, editor, choice }: Connected): object {
  const { cloud: name, emulator } = choice;
  return {
    ...(name === undefined ? {} : { cloud: name }),
    ...(emulator === undefined ? {} : { emulator }),
    region: cloud.region,
    account: caller.account,
    user: cloud.session.user.name,
    profile: editor.profile ?? published.profile,
  };
}

/** Says who is signed in where, for --verbose. */
export function describeConnection({ cloud, caller, published, because, place }: Connected): string {
  const { user, account } = cloud.session;
  return `Signed in at ${place} as ${user.name}, account ${account.name || account.id}, roles ${caller.roles.join(', ') || 'none'}, region ${cloud.region}. The cloud is taken for ${published.profile}, since ${because}.`;
}

async function findPublished(
  { published, profile, credentials: { authUrl }, name }: Place,
  session: Session,
  way: Way,
): Promise<Information & { readonly because: string }> {
  if (published) return { ...published, because: 'the emulator says so' };
  const told = profile === undefined ? undefined : { profile, by: name ?? 'its address' };
  return findProfile(authUrl, session, told, way);
}

/** The options that were given, of all that a verb takes. */
export function pickChoice(choice: ConnectionChoice): ConnectionChoice {
  const { cloud, emulator, region, user, project, profile } = choice;
  return JSON.parse(JSON.stringify({ cloud, emulator, region, user, project, profile }));
}

/** Of the demo. */
const defaultUser = 'owner';

/** The emulator does not say, as Keystone does not, who was not let in. */
function nameUser(error: unknown, { user = defaultUser, project }: ConnectionChoice): unknown {
  if (!(error instanceof CloudError) || error.rule !== 'identity/login') return error;
  return new CommandError(
    error.rule,
    `The emulator does not let in '${user}': ${error.text} Check --user${project === undefined ? '' : ' and --project'}; a password other than 'emulator' comes from ${emulatorPassword}.`,
    { cause: error },
  );
}

/** The variable that holds the password of a user of the emulator, where it is another than the demo's. */
export const emulatorPassword = 'CLOUD_IMAGES_EMULATOR_PASSWORD';

interface Place extends Entry {
  /** The entry of clouds.yaml, for a person. */
  readonly name?: string;
  /** The emulator's address. */
  readonly control?: string;
  /** The emulator's data folder. */
  readonly data?: string;
  /** For its control service. */
  readonly token?: string;
  readonly published?: Information;
}

async function findPlace(
  choice: ConnectionChoice,
  env: NodeJS.ProcessEnv,
  interrupt: AbortSignal | undefined,
): Promise<Place> {
  if (choice.cloud !== undefined && choice.emulator !== undefined)
    throw new UsageError('Use either --cloud or --emulator.');
  if (choice.emulator !== undefined) return findEmulator(choice.emulator, choice, env, interrupt);
  const name = choice.cloud ?? env['OS_CLOUD'];
  const entry = readEntry(name, env);
  if (!entry)
    throw new UsageError(
      'Which cloud? Give --cloud NAME (of clouds.yaml) or --emulator, or set OS_CLOUD or OS_AUTH_URL.',
    );
  return {
    ...entry,
    ...(name ? { name: `the cloud '${name}' of clouds.yaml` } : {}),
    credentials: overrideCredentials(entry.credentials, choice, env),
  };
}

/** Throws CommandError with the file and the key that is wrong. */
function readEntry(name: string | undefined, env: NodeJS.ProcessEnv): Entry | undefined {
  try {
    return name ? readCloud(name, readSurroundings(env, process.cwd())) : readVariables(env);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandError('cloud/configuration', why, { cause: error });
  }
}

/** Another user needs another password; that of clouds.yaml belongs to the user there. */
function overrideCredentials(
  credentials: Credentials,
  { user, project }: ConnectionChoice,
  env: NodeJS.ProcessEnv,
): Credentials {
  if ('applicationCredential' in credentials) {
    if (user === undefined && project === undefined) return credentials;
    throw new UsageError(
      'An application credential brings its user and project; --user and --project do not go with it.',
    );
  }
  const own = inProject(credentials, project);
  if (user === undefined || ('userName' in credentials && user === credentials.userName)) return own;
  const password = env['OS_PASSWORD'];
  if (!password) throw new UsageError(`--user ${user} needs the password in OS_PASSWORD.`);
  const { authUrl } = credentials;
  return { authUrl, userName: user, password, ...(project === undefined ? {} : { project }) };
}

type ScopedCredentials = Exclude<Credentials, { readonly applicationCredential: unknown }>;

function inProject(credentials: ScopedCredentials, project: string | undefined): ScopedCredentials {
  if (project === undefined) return credentials;
  const { projectId: _, ...byName } = credentials;
  return { ...byName, project };
}

async function findEmulator(
  where: string,
  choice: ConnectionChoice,
  env: NodeJS.ProcessEnv,
  interrupt: AbortSignal | undefined,
): Promise<Place> {
  const data = where === '' ? keptFolder('emulator') : where;
  const lock = isAddress(where) ? undefined : readLock(data);
  const url = lock?.url ?? where.replace(/\/+$/, '');
  const userName = choice.user ?? defaultUser;
  const credentials: Credentials = {
    authUrl: `${url}/identity/v2.0`,
    userName,
    // Not OS_PASSWORD: that of a real cloud is nothing for an emulator to see.
    password: env[emulatorPassword] ?? 'emulator',
    ...(choice.project === undefined ? {} : { project: choice.project }),
  };
  const published = await readInformation(url, { send: fetch, signal: interrupt });
  return {
    credentials,
    control: url,
    ...(lock ? { data: resolve(data), token: lock.token } : {}),
    ...(published ? { published } : {}),
  };
}

/** What `--emulator` names is an address; else it is a data folder. */
function isAddress(where: string): boolean {
  return /^https?:/.test(where);
}

/** The control service of the emulator that runs on a data folder (`''`: the default). Throws where none does. */
export function findControl(data: string): EmulatorControl {
  if (isAddress(data))
    throw new UsageError(
      `Name the data folder of the emulator at ${data}: its token is read there, and asked for by what this does.`,
    );
  const { url, token } = readLock(data === '' ? keptFolder('emulator') : data);
  return emulatorControl(url, token);
}

function readLock(data: string): { readonly url: string; readonly token: string } {
  try {
    const { url, token } = JSON.parse(readFileSync(join(data, 'emulator.lock'), 'utf8'));
    return { url: String(url), token: String(token) };
  } catch (error) {
    throw new CommandError(
      'emulator/not-running',
      `No emulator runs on ${data}. Start one: cloud-images emulator --data ${data}`,
      { cause: error },
    );
  }
}

function chooseRegion(told: string | undefined, offered: readonly string[], isEmulator: boolean): string {
  const [only, another] = offered;
  const found =
    told ?? (another === undefined ? only : isEmulator ? offered.find((one) => one === 'DFW') : undefined);
  if (found !== undefined) return found;
  throw new CommandError(
    'cloud/region',
    offered.length === 0
      ? "This cloud's catalog has no image service."
      : `Which region? Give --region: ${oneLine(offered.join(', '))}.`,
  );
}
