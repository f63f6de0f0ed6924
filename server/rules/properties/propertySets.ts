import { isObject, type Json, type JsonObject, pointerTo, valueAt } from '../json.ts';
import { classOf } from '../service/attributes.ts';
import { imageAfter } from '../service/imageAfter.ts';
import type { KnownImage, Subject } from '../subject.ts';
import { type ImageProperties, toNovaProps } from './judge.ts';
import type { PropertySet, StatedProperty } from './propertySet.ts';
import { fieldOf, findProperty } from './table.ts';

/** The properties that a manifest states, an image each: of image manifests, patches, and metadata of images of servers. */
export function listPropertySets(subject: Omit<Subject, 'properties'>): PropertySet[] {
  const { release } = subject.facts.profile;
  return statedSets(subject).map((set) => {
    let read: ReturnType<PropertySet['nova']> | undefined;
    return {
      ...set,
      nova: () => {
        read ??= toNovaProps(set.all, release);
        return read;
      },
    };
  });
}

type StatedSet = Omit<PropertySet, 'nova'>;

function statedSets(subject: Omit<Subject, 'properties'>): StatedSet[] {
  const { kind } = subject;
  if (kind === 'image') return subject.images().map(ofImage);
  if (kind === 'patch') return [ofPatch(subject)];
  return kind === 'server-image' ? [ofMetadata(subject)] : [];
}

function ofImage({ pointer, image, facts }: KnownImage): StatedSet {
  const before = facts.opened ? undefined : facts.image;
  return {
    ...ofKeys(image, pointer),
    all: textsOf([...(before ?? []), ...Object.entries(image)]),
    // What is no text is refused by itself, and is not missing: nobody can tell what it is meant to be.
    complete: !Object.entries(image).some(([name, value]) => isNoText(name, value)),
    live: facts.image,
  };
}

/** Beside the metadata an image has what its server's image had. */
function ofMetadata({ manifest, facts }: Omit<Subject, 'properties'>): StatedSet {
  const base = '/createImage/metadata';
  const metadata = valueAt(manifest, base);
  const given = isObject(metadata) ? metadata : {};
  return { ...ofKeys(given, base), all: textsOf(Object.entries(given)), complete: false, live: facts.image };
}

function ofKeys(object: JsonObject, base: string): Pick<PropertySet, 'stated' | 'onKeys' | 'place'> {
  const stated: StatedProperty[] = [];
  for (const [name, value] of Object.entries(object)) {
    if (typeof value !== 'string' || classOf(name) !== 'custom') continue;
    const pointer = base + pointerTo(name);
    stated.push({ name, field: fieldOf(name), text: value, pointer, namePointer: pointer, whole: pointer });
  }
  return { stated, onKeys: true, place: (name) => base + pointerTo(name) };
}

function ofPatch({ manifest, operations, facts }: Omit<Subject, 'properties'>): StatedSet {
  const written = new Map<string, StatedProperty>();
  for (const { at, name, operation } of operations()) {
    const { op, value } = operation;
    written.delete(name);
    if (op === 'remove' || typeof value !== 'string' || classOf(name) !== 'custom') continue;
    const item = valueAt(manifest, pointerTo(at));
    const member = isObject(item) && Object.hasOwn(item, 'path') ? 'path' : op;
    written.set(name, {
      name,
      field: fieldOf(name),
      text: value,
      pointer: pointerTo(at, 'value'),
      namePointer: pointerTo(at, member),
      whole: pointerTo(at),
    });
  }
  const stated = [...written.values()];
  const after = stated.length === 0 ? undefined : imageAfter('patch', manifest, facts);
  return {
    stated,
    all: textsOf(after ?? stated.map(({ name, text }) => [name, text] as const)),
    complete: Boolean(after),
    live: facts.image,
    onKeys: false,
    place: (name) => written.get(name)?.pointer,
  };
}

function isNoText(name: string, value: Json): boolean {
  return typeof value !== 'string' && classOf(name) === 'custom' && findProperty(name)?.readers[0] === 'nova';
}

function textsOf(entries: Iterable<readonly [string, Json]>): ImageProperties {
  const texts: Record<string, string> = {};
  for (const [name, value] of entries)
    if (typeof value === 'string' && classOf(name) === 'custom') texts[name] = value;
  return texts;
}
