import { schemas } from '../../../schemas/generated/schemas.js';
import { kindDefinitions } from '../../manifests/kindDefinitions.ts';
import type { Kind } from '../../rules/facts.ts';
import type { Json } from '../../rules/json.ts';
import type { Profile } from '../../rules/profile/profile.ts';
import { classOf, isProtected } from '../../rules/service/attributes.ts';

/** A key that can stand at a place of a manifest, from the schemas: for hover and completion. */
export interface Term {
  readonly name: string;
  /** Markdown. */
  readonly description: string;
  readonly values: readonly Json[];
  readonly type: 'text' | 'number' | 'boolean' | 'list' | 'object';
}

interface Schema {
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly Json[];
  readonly const?: Json;
  /** Values that are known of what takes others too. */
  readonly examples?: readonly Json[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

/** Looks up the schema of a kind, `schemas/NAMEPART.json`. */
function schemaOf(kind: Kind): Schema {
  return schemas[kindDefinitions[kind].namePart] ?? {};
}

/** The keys that may stand in the object at a path (tokens from the document's root). */
export function listTerms(kind: Kind, path: readonly (string | number)[]): Term[] {
  const schema = schemaAt(kind, path);
  return Object.entries(schema?.properties ?? {}).map(([name, property]) => termOf(name, property));
}

export function termFor(kind: Kind, path: readonly (string | number)[]): Term | undefined {
  const name = path.at(-1);
  const schema = schemaAt(kind, path);
  return schema && typeof name === 'string' ? termOf(name, schema) : undefined;
}

/** Attributes and well-known properties of an image, as the paths of a patch name them. */
export function imageTerms(): Term[] {
  return Object.entries(schemaOf('image').properties ?? {})
    .filter(([name]) => !ownMembers.has(name))
    .map(([name, property]) => termOf(name, property));
}

/** Members of an image manifest that this program reads, and no cloud is sent (DECISIONS 29, 30). */
const ownMembers: ReadonlySet<string> = new Set(['source', 'rotation']);

/** Tells whether a customer may write an attribute: only those are offered. */
export function isWritable(name: string, profile: Profile): boolean {
  if (ownMembers.has(name)) return profile.images.madeByManifests;
  const kind = classOf(name);
  return (kind === 'writable' || kind === 'custom') && !isProtected(name, profile) && name !== 'owner';
}

/** The values that completion offers for a term under a profile. */
export function valuesOf(term: Term, profile: Profile): readonly Json[] {
  if (term.name === 'visibility') return profile.images.visibilities.filter((value) => value !== 'public');
  if (term.name === 'disk_format') return profile.images.diskFormats;
  if (term.name === 'container_format') return profile.images.containerFormats;
  return term.type === 'boolean' ? [true, false] : term.values.filter((value) => value !== null);
}

function schemaAt(kind: Kind, path: readonly (string | number)[]): Schema | undefined {
  let schema: Schema | undefined = schemaOf(kind);
  const rest = kind === 'image' ? withinImage(path) : path;
  for (const token of rest)
    schema = typeof token === 'number' ? schema?.items : own(schema?.properties, token);
  return schema;
}

/** Lists of images and the API's list body hold the same images. */
function withinImage(path: readonly (string | number)[]): readonly (string | number)[] {
  if (typeof path[0] === 'number') return path.slice(1);
  return path[0] === 'images' && typeof path[1] === 'number' ? path.slice(2) : path;
}

function own(properties: Schema['properties'], name: string): Schema | undefined {
  return properties && Object.hasOwn(properties, name) ? properties[name] : undefined;
}

function termOf(name: string, schema: Schema): Term {
  const [type] = [schema.type ?? 'string'].flat();
  const names = {
    integer: 'number',
    number: 'number',
    boolean: 'boolean',
    array: 'list',
    object: 'object',
  } as const;
  return {
    name,
    description: schema.description ?? '',
    values: schema.enum ?? schema.examples ?? (schema.const === undefined ? [] : [schema.const]),
    type: type !== undefined && type in names ? names[type as keyof typeof names] : 'text',
  };
}
