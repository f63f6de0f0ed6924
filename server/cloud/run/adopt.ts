import { schemas } from '../../../schemas/generated/schemas.js';
import { applyEdits } from '../../manifests/edits/applyEdits.ts';
import { textEdits } from '../../manifests/edits/textEdits.ts';
import type { ManifestFile } from '../../manifests/file.ts';
import { nameParts } from '../../manifests/kinds.ts';
import { readAgain } from '../../manifests/read.ts';
import { writeManifest } from '../../manifests/writing.ts';
import {
  asText,
  isObject,
  type Json,
  type JsonObject,
  pointerTo,
  tokensOf,
  valueAt,
} from '../../rules/json.ts';
import type { DataEdit } from '../../rules/rule.ts';
import { classOf, isProtected } from '../../rules/service/attributes.ts';
import type { Image } from '../services/images.ts';
import type { ImageState, PlanContext } from './calls.ts';
import { listDifferences } from './drift.ts';
import { toFileName } from './fileNames.ts';
import { planImage } from './imagePlan.ts';

export type ManifestFormat = 'yaml' | 'json';

/**
 * Lists what a manifest has to state of a live image so that it describes the image whole, and its plan against it is empty:
 * the id, and all that an owner may write. What the cloud would refuse even unchanged is left out.
 */
export function adoptImage(live: ImageState, context: PlanContext): Map<string, Json> {
  const { image, members = [] } = live;
  const stated = new Map(sortBySchema(image).filter(([name]) => name === 'id' || isStated(name, context)));
  if (members.length > 0) stated.set('members', [...members]);
  const { refusals } = planImage(Object.fromEntries(stated), live, context);
  for (const { pointer } of refusals) {
    const [name] = tokensOf(pointer);
    if (name !== undefined && name !== 'id') stated.delete(name);
  }
  return stated;
}

/** Writes a manifest of a live image. `isGone`: of one that was; without its id, since it can only be made anew. */
export function writeAdopted(
  live: ImageState,
  context: PlanContext,
  { format, isGone }: { readonly format: ManifestFormat; readonly isGone?: boolean },
): string {
  const stated = adoptImage(live, context);
  if (isGone) stated.delete('id');
  return writeManifest(stated, format);
}

/** An image of a manifest: its document, from 0, and its place in a list. */
export interface AdoptedPlace {
  readonly document: number;
  readonly pointer: string;
}

/**
 * Rewrites what a manifest says of an image where the image is otherwise, and adds what it leaves out; all else stays, with
 * comments and order. `left` is what cannot be written without changing more than it should.
 */
export function updateAdopted(
  file: ManifestFile,
  { document: at, pointer }: AdoptedPlace,
  live: ImageState,
  context: PlanContext,
): { readonly text: string; readonly left: readonly Unwritten[] } {
  const document = file.documents[at];
  const stated = document && valueAt(document.data, pointer);
  if (!document || !isObject(stated ?? null)) return { text: file.text, left: [] };
  const data = stated as JsonObject;
  const changes = listDifferences(data, live).map(({ name, live: value }) => ({ name, value }));
  // Whoever names an image by its name alone means that.
  const missing = [...adoptImage(live, context)].filter(
    ([name]) => name !== 'id' && data[name] === undefined,
  );
  const wanted = [...changes, ...missing.map(([name, value]) => ({ name, value }))].map(
    (one): Wanted => ({
      name: one.name,
      pointer: pointer + pointerTo(one.name),
      value: one.value,
      edit:
        one.value === undefined
          ? { do: 'remove', pointer: pointer + pointerTo(one.name) }
          : { do: 'set', pointer: pointer + pointerTo(one.name), value: one.value },
    }),
  );
  if (wanted.length === 0) return { text: file.text, left: [] };
  const all = textEdits(
    file,
    document,
    wanted.map(({ edit }) => edit),
  );
  if (all) return { text: applyEdits(file.text, all), left: [] };
  return updateOneByOne(file, at, wanted);
}

/** An attribute that a manifest does not say as it is; `value`: undefined where the image has none. */
interface Unwritten {
  readonly name: string;
  readonly pointer: string;
  readonly value: Json | undefined;
}

interface Wanted extends Unwritten {
  readonly edit: DataEdit;
}

function updateOneByOne(file: ManifestFile, at: number, wanted: readonly Wanted[]) {
  let current = file;
  const left: Unwritten[] = [];
  for (const one of wanted) {
    const document = current.documents[at];
    const edits = document && textEdits(current, document, [one.edit]);
    if (edits) current = readAgain(current, applyEdits(current.text, edits));
    else left.push(one);
  }
  return { text: current.text, left };
}

/** Names the files of images in one folder, each another one also where case does not count; `others` are there already, in lower case. */
export function nameManifests(
  images: readonly Image[],
  format: ManifestFormat,
  others: Iterable<string> = [],
): string[] {
  const ending = `.${nameParts.image}.${format}`;
  const taken = new Set(
    [...others].flatMap((name) => (name.endsWith(ending) ? name.slice(0, -ending.length) : [])),
  );
  return images.map((image) => {
    const id = asText(image.get('id'));
    const stem = toFileName(asText(image.get('name') ?? ''), id);
    // The beginning of the id says which one it is, and stays the same from day to day.
    const choices = [stem, `${stem}-${id.slice(0, 8)}`, `${stem}-${id}`];
    const free = choices.find((one) => !taken.has(one.toLowerCase())) ?? id;
    taken.add(free.toLowerCase());
    return `${free}${ending}`;
  });
}

/** What an owner may write. */
function isStated(name: string, { profile }: PlanContext): boolean {
  const kind = classOf(name);
  return (kind === 'writable' || kind === 'custom') && name !== 'owner' && !isProtected(name, profile);
}

/** In the order of the schema, then by name. */
function sortBySchema(image: Image): [string, Json][] {
  const schema: { properties?: unknown } = schemas['image'] ?? {};
  const known = Object.keys(isObject(schema.properties as Json) ? (schema.properties as object) : {});
  const rank = (name: string): number => {
    const at = known.indexOf(name);
    return at === -1 ? known.length : at;
  };
  return [...image].sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1));
}
