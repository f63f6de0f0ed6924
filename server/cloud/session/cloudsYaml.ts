import { dirname } from 'node:path';
import { isObject, type JsonObject } from '../../rules/json.ts';
import type { Profile } from '../../rules/profile/profile.ts';
import type { Credentials, Domain } from './authentication.ts';
import { listCandidates, merge, readCloudsFile, type Surroundings } from './cloudFiles.ts';

/** A cloud of clouds.yaml: how to sign in, and what is known of it before. */
export interface Entry {
  readonly credentials: Credentials;
  readonly region?: string;
  readonly profile?: Profile['name'];
  readonly trust?: Trust;
}

/** Which certificates of the cloud are trusted, besides those that the system trusts. */
export interface Trust {
  /** Path of the authorities' certificates. */
  readonly cacert?: string;
  /** Any certificate is taken. */
  readonly insecure?: true;
}

/** A secret that an entry lacks, and that a person may know. */
export class MissingSecret extends Error {
  override readonly name = 'MissingSecret';
  /** `password`, `api_key` or `application_credential_secret`. */
  readonly key: string;

  constructor(key: string, message: string) {
    super(message);
    this.key = key;
  }
}

/**
 * The entry of clouds.yaml, found as openstacksdk finds it (OS_CLIENT_CONFIG_FILE, this folder, ~/.config/openstack,
 * /etc/openstack), under it what clouds-public.yaml says of its `profile`, over it what secure.yaml adds, and `asked`, the
 * secrets that a person gave. Throws with the file and the key that is wrong, MissingSecret; never shows a value.
 */
export function readCloud(name: string, around: Surroundings, asked: JsonObject = {}): Entry {
  const file = readCloudsFile(around, 'clouds');
  if (!file) {
    const places = listCandidates({ ...around, env: {} }, 'clouds').map(dirname);
    throw new Error(
      `There is no clouds.yaml (looked in ${[...new Set(places)].join(', ')}). Write one there, or set OS_CLIENT_CONFIG_FILE to it.`,
    );
  }
  const { path, clouds } = file;
  const entry = clouds[name];
  if (!isObject(entry)) {
    const names = Object.keys(clouds);
    throw new Error(
      `${path} has no cloud '${name}'${names.length > 0 ? `; it has ${names.join(', ')}` : ''}.`,
    );
  }
  const secret = readCloudsFile(around, 'secure')?.clouds[name];
  const whole = merge(readVendor(entry, around), isObject(secret) ? merge(entry, secret) : entry);
  return readEntry(merge({ auth: asked }, whole), `${path}: clouds.${name}`);
}

/** What clouds-public.yaml says of the kind of cloud that an entry names. */
function readVendor(entry: JsonObject, around: Surroundings): JsonObject {
  const name = entry['profile'] ?? entry['cloud'];
  const vendor = typeof name === 'string' ? readCloudsFile(around, 'clouds-public')?.clouds[name] : undefined;
  return isObject(vendor) ? vendor : {};
}

/** Reads the OS_* variables; undefined where they name no cloud. Throws with the variable that is missing. */
export function readVariables(env: Surroundings['env'], asked: JsonObject = {}): Entry | undefined {
  if (!env['OS_AUTH_URL']) return undefined;
  const told = Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      name.startsWith('OS_') && value ? [[name.slice(3).toLowerCase(), value]] : [],
    ),
  );
  const { region_name: region, auth_type: type } = told;
  const entry = {
    auth: { ...asked, ...told },
    ...(region ? { region_name: region } : {}),
    ...(type ? { auth_type: type } : {}),
  };
  return readEntry(entry, 'environment', (key) => `OS_${key.toUpperCase()}`);
}

const secretKeys: readonly string[] = ['password', 'api_key', 'application_credential_secret'];
const rackspaceIdentity = 'https://identity.api.rackspacecloud.com/v2.0';

/** Reads an entry as clouds.yaml has it. Throws with the place and the key that is wrong, MissingSecret; never shows a value. */
export function readEntry(entry: JsonObject, place: string, spelled = (key: string) => `auth.${key}`): Entry {
  const auth = isObject(entry['auth']) ? entry['auth'] : {};
  const text = (key: string): string | undefined => {
    const value = auth[key];
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'string' || typeof value === 'number') return String(value);
    throw new Error(`${place}: ${spelled(key)} must be text.`);
  };
  const need = (key: string): string => {
    const value = text(key);
    if (value !== undefined) return value;
    const problem = `${place}: ${spelled(key)} is missing.`;
    throw secretKeys.includes(key) ? new MissingSecret(key, problem) : new Error(problem);
  };
  const vendor = entry['profile'] ?? entry['cloud'];
  const isRackspaceType = /^rackspace_/.test(String(entry['auth_type'] ?? ''));
  const authUrl =
    text('auth_url') ?? (vendor === 'rackspace' || isRackspaceType ? rackspaceIdentity : need('auth_url'));
  if (!URL.canParse(authUrl)) throw new Error(`${place}: ${spelled('auth_url')} is no address.`);
  const isRackspace = vendor === 'rackspace' || /\.rackspacecloud\.com$/.test(new URL(authUrl).hostname);
  const { method, version } = readType(entry, text, place);
  const isOld = version === 'v2.0' || (version === undefined && isRackspace);
  const [first] = Array.isArray(entry['regions']) ? entry['regions'] : [];
  const region = entry['region_name'] ?? (isObject(first) ? first['name'] : first);
  return {
    credentials: { authUrl: versioned(authUrl, isOld ? 'v2.0' : 'v3'), ...readIdentity(method, text, need) },
    ...(typeof region === 'string' && region !== '' ? { region } : {}),
    ...(isRackspace ? { profile: 'rackspace' } : {}),
    ...readTrust(entry, auth),
  };
}

/** `verify` and `cacert` of clouds.yaml, `OS_INSECURE` and `OS_CACERT` of the environment. */
function readTrust(entry: JsonObject, auth: JsonObject): { readonly trust?: Trust } {
  const told = { ...auth, ...entry };
  const isInsecure =
    told['verify'] === false || /^(?:true|1|yes)$/i.test(String(told['insecure'] ?? 'false'));
  const cacert = told['cacert'];
  if (isInsecure) return { trust: { insecure: true } };
  return typeof cacert === 'string' && cacert !== '' ? { trust: { cacert } } : {};
}

type WithoutUrl<T> = T extends unknown ? Omit<T, 'authUrl'> : never;

/** The ways of signing in by the names that keystoneauth and rackspaceauth give them, and the version that a name says. */
const types: Readonly<Record<string, { readonly method: Method; readonly version?: 'v2.0' | 'v3' }>> = {
  password: { method: 'password' },
  v2password: { method: 'password', version: 'v2.0' },
  v3password: { method: 'password', version: 'v3' },
  token: { method: 'token' },
  v2token: { method: 'token', version: 'v2.0' },
  v3token: { method: 'token', version: 'v3' },
  v3applicationcredential: { method: 'applicationCredential', version: 'v3' },
  rackspace_apikey: { method: 'apiKey', version: 'v2.0' },
  rackspace_password: { method: 'password', version: 'v2.0' },
  rackspace_token: { method: 'token', version: 'v2.0' },
};
type Method = 'password' | 'apiKey' | 'token' | 'applicationCredential';

/** The way of signing in that `auth_type` names, or that the values are for. Throws with those that are known. */
function readType(
  entry: JsonObject,
  text: (key: string) => string | undefined,
  place: string,
): (typeof types)[string] {
  const name = entry['auth_type'];
  if (name !== undefined) {
    const named = typeof name === 'string' && Object.hasOwn(types, name) ? types[name] : undefined;
    if (named) return named;
    throw new Error(
      `${place}: the auth_type '${String(name)}' is not known here. Use one of ${Object.keys(types).join(', ')}.`,
    );
  }
  const has = (key: string): boolean => text(key) !== undefined;
  if (has('application_credential_id') || has('application_credential_name'))
    return { method: 'applicationCredential', version: 'v3' };
  if (has('api_key')) return { method: 'apiKey' };
  return { method: has('token') && !has('password') ? 'token' : 'password' };
}

function readIdentity(
  method: Method,
  text: (key: string) => string | undefined,
  need: (key: string) => string,
): WithoutUrl<Credentials> {
  const domain = (whose: 'user' | 'project'): Domain | undefined => {
    const [id, name] = [text(`${whose}_domain_id`), text(`${whose}_domain_name`) ?? text('default_domain')];
    return id !== undefined ? { id } : name !== undefined ? { name } : undefined;
  };
  const userDomain = domain('user');
  if (method === 'applicationCredential') {
    const secret = need('application_credential_secret');
    const id = text('application_credential_id');
    if (id !== undefined) return { applicationCredential: { id, secret } };
    const [name, userId] = [need('application_credential_name'), text('user_id')];
    const user =
      userId === undefined
        ? { name: need('username'), domain: userDomain ?? { name: 'Default' } }
        : { id: userId };
    return { applicationCredential: { name, user, secret } };
  }
  const project = text('project_name') ?? text('tenant_name');
  const projectId = text('project_id') ?? text('tenant_id');
  const projectDomain = domain('project');
  const scope = {
    ...(project === undefined ? {} : { project }),
    ...(projectId === undefined ? {} : { projectId }),
    ...(projectDomain === undefined ? {} : { projectDomain }),
  };
  if (method === 'token') return { ...scope, token: need('token') };
  const user = { ...scope, userName: need('username'), ...(userDomain === undefined ? {} : { userDomain }) };
  return method === 'apiKey' ? { ...user, apiKey: need('api_key') } : { ...user, password: need('password') };
}

/** Clients find the version by asking; we take the newest that the kind of cloud has. */
function versioned(url: string, version: 'v2.0' | 'v3'): string {
  const base = url.replace(/\/+$/, '');
  return /\/v(?:2\.0|3)$/.test(base) ? base : `${base}/${version}`;
}
