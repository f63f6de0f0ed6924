import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { isObject, type Json, type JsonObject } from '../../rules/json.ts';
import type { Profile } from '../../rules/profile/profile.ts';
import type { Credentials, Domain } from './authentication.ts';

/** A cloud of clouds.yaml: how to sign in, and what is known of it before. */
export interface Entry {
  readonly credentials: Credentials;
  readonly region?: string;
  readonly profile?: Profile['name'];
}

/** The places where clouds.yaml is looked for, and what reads them. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly folder: string;
  /** The text of a file; undefined where there is none. */
  read(path: string): string | undefined;
}

/**
 * The entry of clouds.yaml, found as openstacksdk finds it (OS_CLIENT_CONFIG_FILE, this folder, ~/.config/openstack,
 * /etc/openstack), with what secure.yaml adds. Throws with the file and the key that is wrong; never shows a value.
 */
export function readCloud(name: string, around: Surroundings): Entry {
  const file = firstOf(around, 'clouds', around.env['OS_CLIENT_CONFIG_FILE']);
  if (!file) {
    const places = candidates(around, 'clouds', undefined).map(dirname);
    throw new Error(
      `There is no clouds.yaml (looked in ${[...new Set(places)].join(', ')}). Write one there, or set OS_CLIENT_CONFIG_FILE to it.`,
    );
  }
  const clouds = cloudsOf(file);
  const entry = clouds[name];
  if (!isObject(entry)) {
    const names = Object.keys(clouds);
    throw new Error(
      `${file.path} has no cloud '${name}'${names.length > 0 ? `; it has ${names.join(', ')}` : ''}.`,
    );
  }
  const secure = firstOf(around, 'secure', around.env['OS_CLIENT_SECURE_FILE']);
  const secret = secure ? cloudsOf(secure)[name] : undefined;
  const whole = isObject(secret) ? merged(entry, secret) : entry;
  return entryOf(whole, `${file.path}: clouds.${name}`);
}

/** Reads the OS_* variables; undefined where they name no cloud. Throws with the variable that is missing. */
export function readVariables(env: Surroundings['env']): Entry | undefined {
  if (!env['OS_AUTH_URL']) return undefined;
  const auth = Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      name.startsWith('OS_') && value ? [[name.slice(3).toLowerCase(), value]] : [],
    ),
  );
  const { region_name: region, auth_type: type } = auth;
  const entry = { auth, ...(region ? { region_name: region } : {}), ...(type ? { auth_type: type } : {}) };
  return entryOf(entry, 'environment', (key) => `OS_${key.toUpperCase()}`);
}

const rackspaceIdentity = 'https://identity.api.rackspacecloud.com/v2.0';

function entryOf(entry: JsonObject, place: string, spelled = (key: string) => `auth.${key}`): Entry {
  const auth = isObject(entry['auth']) ? entry['auth'] : {};
  const text = (key: string): string | undefined => {
    const value = auth[key];
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'string' || typeof value === 'number') return String(value);
    throw new Error(`${place}: ${spelled(key)} must be text.`);
  };
  const need = (key: string): string => {
    const value = text(key);
    if (value === undefined) throw new Error(`${place}: ${spelled(key)} is missing.`);
    return value;
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
  };
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

interface Found {
  readonly path: string;
  readonly text: string;
}

function firstOf(
  around: Surroundings,
  name: 'clouds' | 'secure',
  told: string | undefined,
): Found | undefined {
  for (const path of candidates(around, name, told)) {
    const text = around.read(path);
    if (text !== undefined) return { path, text };
  }
  return undefined;
}

function candidates(
  { folder, home }: Surroundings,
  name: 'clouds' | 'secure',
  told: string | undefined,
): string[] {
  const folders = [folder, join(home, '.config', 'openstack'), '/etc/openstack'];
  const files = folders.flatMap((one) =>
    ['yaml', 'yml', 'json'].map((ending) => join(one, `${name}.${ending}`)),
  );
  return told ? [told, ...files] : files;
}

function cloudsOf({ path, text }: Found): JsonObject {
  let content: unknown;
  try {
    content = parse(text, { prettyErrors: false });
  } catch (error) {
    // The parser's message may quote the line, and the line may hold a password.
    const at =
      error instanceof Error && 'pos' in error && Array.isArray(error.pos) ? Number(error.pos[0]) : 0;
    const line = text.slice(0, at).split('\n').length;
    throw new Error(`${path}, line ${line}: this is not valid YAML.`);
  }
  const clouds = isObject(content as Json) ? (content as JsonObject)['clouds'] : undefined;
  if (!isObject(clouds)) throw new Error(`${path} has no mapping 'clouds'.`);
  return clouds;
}

function merged(under: JsonObject, over: JsonObject): JsonObject {
  const result = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const old = result[key];
    result[key] = isObject(old) && isObject(value) ? merged(old, value) : value;
  }
  return result;
}
