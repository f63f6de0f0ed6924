import type { Kind } from '../rules/facts.ts';
import type { Json } from '../rules/json.ts';

/** What stands in a file's name before its ending: `web.image-import.yaml`. */
export const nameParts: Readonly<Record<Kind, string>> = {
  image: 'image',
  import: 'image-import',
  export: 'image-export',
  patch: 'image-patch',
  'server-image': 'server-image',
  server: 'server',
};

/** For people. */
export const kindTitles: Readonly<Record<Kind, string>> = {
  image: 'Image',
  import: 'Import task',
  export: 'Export task',
  patch: 'Image patch',
  'server-image': 'Image of a server',
  server: 'Server',
};

export const kinds = Object.keys(nameParts) as readonly Kind[];

/** The kind that a file's name says, such as `web.image-import.yaml`. */
export function kindByName(path: string): Kind | undefined {
  const part = /\.([a-z-]+)\.(?:ya?ml|jsonc?)$/i.exec(path)?.[1]?.toLowerCase();
  return kinds.find((kind) => nameParts[kind] === part);
}

/** A kind that is known from outside the file, and why. */
export interface Told {
  readonly kind: Kind;
  readonly why: string;
}

/** A kind, and why it is that one: for the lens and for messages. */
export interface KindOf {
  readonly kind?: Kind | undefined;
  readonly why: string;
}

/**
 * Tells the kind of each document of a file. In a file of several documents each is known by its shape, since the name
 * can only say one; a file of one document is what its name says, so that a mistake in the shape is reported as one.
 */
export function kindTeller(path: string, told?: Told): (data: Json, several: boolean) => KindOf {
  const own = kindByName(path);
  const named = own ? { kind: own, why: 'by the name of the file' } : told;
  return (data, several) => {
    const shaped = named && !several ? undefined : kindByShape(data);
    if (named && !shaped) return named;
    return shaped
      ? { kind: shaped, why: 'by its shape' }
      : { why: 'neither the name of the file nor the shape says' };
  };
}

function kindByShape(data: Json): Kind | undefined {
  if (Array.isArray(data)) {
    const [first] = data;
    if (first === undefined) return undefined;
    return isObject(first) && ['op', 'add', 'replace', 'remove'].some((key) => Object.hasOwn(first, key))
      ? 'patch'
      : 'image';
  }
  if (!isObject(data)) return undefined;
  if (Object.hasOwn(data, 'createImage')) return 'server-image';
  if (isObject(data['server'])) return 'server';
  if (isExport(data)) return 'export';
  return Object.hasOwn(data, 'input') || data['type'] === 'import' ? 'import' : 'image';
}

function isExport({ type, input }: { [key: string]: Json }): boolean {
  if (type === 'export' || type === 'import') return type === 'export';
  return (
    isObject(input) &&
    (Object.hasOwn(input, 'image_uuid') || Object.hasOwn(input, 'receiving_swift_container'))
  );
}

function isObject(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
