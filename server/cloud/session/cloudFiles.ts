import { join } from 'node:path';
import { parse } from 'yaml';
import { isObject, type Json, type JsonObject } from '../../rules/json.ts';

/** The places where the files of clouds are looked for, and what reads them. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** Undefined where no folder may say which cloud is meant, since nobody trusts it. */
  readonly folder: string | undefined;
  /** The text of a file; undefined where there is none. */
  read(path: string): string | undefined;
}

/** What a file says of each cloud, by name. */
export interface CloudsFile {
  readonly path: string;
  readonly clouds: JsonObject;
}

/** The kinds of file, the variable that names another, and the key that holds the clouds. */
const kinds = {
  clouds: { variable: 'OS_CLIENT_CONFIG_FILE', key: 'clouds' },
  secure: { variable: 'OS_CLIENT_SECURE_FILE', key: 'clouds' },
  'clouds-public': { variable: 'OS_CLIENT_VENDOR_FILE', key: 'public-clouds' },
} as const;
type FileKind = keyof typeof kinds;

/** Reads the first file of the kind, in the order of openstacksdk. Throws with the file and the line that is wrong; never shows a value. */
export function readCloudsFile(around: Surroundings, kind: FileKind): CloudsFile | undefined {
  for (const path of listCandidates(around, kind)) {
    const text = around.read(path);
    if (text !== undefined) return { path, clouds: cloudsOf(path, text, kinds[kind].key) };
  }
  return undefined;
}

export function listCandidates({ env, folder, home }: Surroundings, kind: FileKind): string[] {
  const folders = [
    ...(folder === undefined ? [] : [folder]),
    join(home, '.config', 'openstack'),
    '/etc/openstack',
  ];
  const files = folders.flatMap((one) =>
    ['yaml', 'yml', 'json'].map((ending) => join(one, `${kind}.${ending}`)),
  );
  const told = env[kinds[kind].variable];
  return told ? [told, ...files] : files;
}

/** Puts one mapping over another, key by key. */
export function merge(under: JsonObject, over: JsonObject): JsonObject {
  const result = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const old = result[key];
    result[key] = isObject(old) && isObject(value) ? merge(old, value) : value;
  }
  return result;
}

function cloudsOf(path: string, text: string, key: string): JsonObject {
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
  const clouds = isObject(content as Json) ? (content as JsonObject)[key] : undefined;
  if (!isObject(clouds)) throw new Error(`${path} has no mapping '${key}'.`);
  return clouds;
}
