import { schemas } from '../../../schemas/generated/schemas.js';
import { kindDefinitions } from '../../manifests/kindDefinitions.ts';
import { imageTest } from '../../manifests/kinds.ts';
import { listExplained } from '../../rules/explain.ts';
import type { Kind } from '../../rules/facts.ts';
import type { Json } from '../../rules/json.ts';
import type { Profile } from '../../rules/profile/profile.ts';
import { hasReached } from '../../rules/profile/releases.ts';
import { describeProperty } from '../../rules/properties/describe.ts';
import type { Property } from '../../rules/properties/property.ts';
import { valuesIn } from '../../rules/properties/read.ts';
import { findProperty, properties } from '../../rules/properties/table.ts';
import { classOf, isProtected } from '../../rules/service/attributes.ts';
import { listOwnNames, toldValues, withOwn } from './ownTerms.ts';
import type { Term } from './term.ts';

interface Schema {
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly Json[];
  readonly const?: Json;
  /** Values that are known of what takes others too. */
  readonly examples?: readonly Json[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  /** Of the definition of this name. */
  readonly $ref?: string;
  readonly then?: Schema;
  readonly else?: Schema;
  readonly definitions?: Readonly<Record<string, Schema>>;
}

/** What has words of its own: a manifest of a kind, or a test of one. */
export type Worded = Kind | typeof imageTest;

/** Looks up the schema of a kind, `schemas/NAMEPART.json`. */
function schemaOf(kind: Worded): Schema {
  return schemas[kind === imageTest ? kind : kindDefinitions[kind].namePart] ?? {};
}

/** What a schema allows in all its cases. */
function casesOf(schema: Schema, root: Schema): Schema[] {
  const named = own(root.definitions, schema.$ref?.replace('#/definitions/', '') ?? '');
  const others = [named, schema.then, schema.else].flatMap((one) => one ?? []);
  return [schema, ...others.flatMap((one) => casesOf(one, root))];
}

/** The keys that may stand in the object at a path (tokens from the document's root). */
export function listTerms(kind: Worded, path: Path, profile: Profile): Term[] {
  const stated = statedImage(kind, path);
  if (stated) return stated.length === 0 ? imageTerms(profile) : listTerms('image', stated, profile);
  if (kind === 'image' && withinImage(path).length === 0) return manifestTerms(profile);
  if (isMetadata(kind, path)) return listPropertyTerms(profile);
  const schema = schemaAt(kind, path);
  return Object.entries(schema?.properties ?? {}).map(([name, property]) => termOf(name, property));
}

type Path = readonly (string | number)[];

/** Where in an image a path leads, which a test states of it. */
function statedImage(kind: Worded, [after, images, at, ...rest]: Path): Path | undefined {
  return kind === imageTest && after === 'after' && images === 'images' && typeof at === 'number'
    ? rest
    : undefined;
}

export function termFor(kind: Worded, path: Path, profile: Profile): Term | undefined {
  const stated = statedImage(kind, path);
  if (stated) return termFor('image', stated, profile);
  const name = path.at(-1);
  if (typeof name !== 'string') return undefined;
  const ofProperties =
    (kind === 'image' && withinImage(path).length === 1) || isMetadata(kind, path.slice(0, -1));
  const property = ofProperties ? propertyTerm(name, profile) : undefined;
  const schema = schemaAt(kind, path);
  if (property || !schema) return property;
  const term = termOf(name, schema);
  return ofProperties ? withOwn(name, term, profile) : term;
}

/** Attributes and well-known properties of an image, as the paths of a patch name them. */
export function imageTerms(profile: Profile): Term[] {
  return manifestTerms(profile).filter(({ name }) => !ownMembers.has(name));
}

/** All that an image manifest may state of its image. */
function manifestTerms(profile: Profile): Term[] {
  const own = listPropertyTerms(profile);
  const known = new Set(own.map(({ name }) => name));
  return [
    ...Object.entries(schemaOf('image').properties ?? {})
      .filter(([name]) => !known.has(name))
      .map(([name, property]) => termOf(name, property)),
    ...own,
  ];
}

/** The attribute or property of an image that a name stands for. */
export function imageTerm(name: string, profile: Profile): Term | undefined {
  const schema = own(schemaOf('image').properties, name);
  return propertyTerm(name, profile) ?? (schema && withOwn(name, termOf(name, schema), profile));
}

/** Nova gives an image of a server its metadata as properties. */
function isMetadata(kind: Worded, path: readonly (string | number)[]): boolean {
  return kind === 'server-image' && path.length === 2 && path[0] === 'createImage' && path[1] === 'metadata';
}

/** The properties that the cloud's Nova reads and people write; of those with a number, the first. */
function listPropertyTerms(profile: Profile): Term[] {
  const own = listOwnNames(profile).flatMap((name) => propertyTerm(name, profile) ?? []);
  if (!profile.compute.hasMicroversions) return own;
  const known = properties.flatMap((property) => {
    const { name, since, setBy, retired } = property;
    const isLater = since !== undefined && !hasReached(profile.release, since);
    if (isLater || setBy !== undefined || retired !== undefined || name.endsWith('NAME')) return [];
    return propertyTerm(name.replace(/\.N$/, '.0'), profile) ?? [];
  });
  return [...known, ...own];
}

function propertyTerm(name: string, profile: Profile): Term | undefined {
  const property = profile.compute.hasMicroversions ? findProperty(name) : undefined;
  return withOwn(name, property && termOfProperty(name, property, profile), profile);
}

function termOfProperty(name: string, property: Property, { release }: Profile): Term {
  const { kind, kvm } = property;
  const known = kind === 'boolean' ? ['true', 'false'] : valuesIn(property, release);
  // What KVM does not take comes last.
  const values = kvm ? known.toSorted((one, other) => +kvm.includes(other) - +kvm.includes(one)) : known;
  return {
    name,
    title: property.title,
    description: describeProperty(property, release),
    values,
    type: 'text',
  };
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
  const told = toldValues(term.name, profile);
  if (told) return told;
  if (term.name === 'visibility') return profile.images.visibilities.filter((value) => value !== 'public');
  if (term.name === 'disk_format') return profile.images.diskFormats;
  if (term.name === 'container_format') return profile.images.containerFormats;
  return term.type === 'boolean' ? [true, false] : term.values.filter((value) => value !== null);
}

function schemaAt(kind: Worded, path: Path): Schema | undefined {
  const root = schemaOf(kind);
  let schemas = casesOf(root, root);
  for (const token of kind === 'image' ? withinImage(path) : path)
    schemas = schemas
      .flatMap((one) => (typeof token === 'number' ? one.items : own(one.properties, token)) ?? [])
      .flatMap((one) => casesOf(one, root));
  if (schemas.length === 0) return undefined;
  const found: Schema = Object.assign({}, ...schemas.toReversed());
  return kind === imageTest && path.at(-1) === 'rule' ? { ...found, examples: listExplained() } : found;
}

/** Lists of images and the API's list body hold the same images. */
export function withinImage(path: readonly (string | number)[]): readonly (string | number)[] {
  if (typeof path[0] === 'number') return path.slice(1);
  return path[0] === 'images' && typeof path[1] === 'number' ? path.slice(2) : path;
}

function own(properties: Readonly<Record<string, Schema>> | undefined, name: string): Schema | undefined {
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
