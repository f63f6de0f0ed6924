import type { Kind } from '../rules/facts.ts';
import { isObject, type Json } from '../rules/json.ts';
import { type ForeignFormat, foreignTools } from './foreignFormats.ts';
import { type KindDefinition, kindDefinitions } from './kindDefinitions.ts';

export const kinds = Object.keys(kindDefinitions) as readonly Kind[];
export const nameParts = ofEach('namePart');
export const kindTitles = ofEach('title');

function ofEach<Key extends keyof KindDefinition>(key: Key): Readonly<Record<Kind, KindDefinition[Key]>> {
  const entries = kinds.map((kind) => [kind, kindDefinitions[kind][key]]);
  return Object.fromEntries(entries) as Record<Kind, KindDefinition[Key]>;
}

/** Finds the kind that a file's name says, such as `web.image-import.yaml`. */
export function kindByName(path: string): Kind | undefined {
  const part = /\.([a-z-]+)\.(?:ya?ml|jsonc?)$/i.exec(path)?.[1]?.toLowerCase();
  return kinds.find((kind) => kindDefinitions[kind].namePart === part);
}

/** What comes in place of a kind for a test of a manifest, which is checked and never run. */
export const imageTest = 'image-test' as const;

/** Tells a test of a manifest by its name, such as `web.image-test.yaml`. */
export function isImageTest(path: string): boolean {
  return /\.image-test\.(?:ya?ml|jsonc?)$/i.test(path);
}

/** What is known from outside the file that it is, and why: a kind of ours, or a file of another tool. */
export interface Told {
  readonly kind?: Kind;
  readonly format?: ForeignFormat;
  readonly why: string;
}

/** The tool whose file it is, if any: a name of ours goes before a glob. */
export function foreignFormat(path: string, told: Told | undefined): ForeignFormat | undefined {
  return kindByName(path) || isImageTest(path) ? undefined : told?.format;
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
  if (isImageTest(path)) return () => ({ why: 'it is a test of a manifest' });
  const own = kindByName(path);
  const format = foreignFormat(path, told);
  if (format) return () => ({ why: `it is a file of ${foreignTools[format]} ${told?.why}` });
  const named = own
    ? { kind: own, why: 'by the name of the file' }
    : told?.kind && { ...told, kind: told.kind };
  return (data, several) => {
    const shaped = named && !several ? undefined : kindByShape(data);
    if (named && !shaped) return taskByType(named.kind, data) ?? named;
    return shaped
      ? { kind: shaped, why: 'by its shape' }
      : { why: 'neither the name of the file nor the shape says' };
  };
}

/** The type of a task decides what the cloud does, whatever the file is called. */
function taskByType(named: Kind, data: Json): KindOf | undefined {
  const other = named === 'import' ? 'export' : named === 'export' ? 'import' : undefined;
  return other && isObject(data) && data['type'] === other ? { kind: other, why: 'by its type' } : undefined;
}

function kindByShape(data: Json): Kind | undefined {
  return kinds.findLast((kind) => kindDefinitions[kind].matches(data));
}
