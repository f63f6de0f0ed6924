import { Document, isScalar, visit } from 'yaml';
import { readElsewhere } from '../../manifests/ambiguousScalars.ts';
import { commentsIn } from '../../manifests/edits/comments.ts';
import { sameData } from '../../manifests/edits/dataEdits.ts';
import { hasUnseen, quoted, withEscapes } from '../../manifests/edits/quoting.ts';
import type { ManifestFile } from '../../manifests/file.ts';
import { type ForeignFormat, foreignTools } from '../../manifests/foreignFormats.ts';
import { foreignFormat } from '../../manifests/kinds.ts';
import { dataOf } from '../../manifests/nodes.ts';
import { readManifest } from '../../manifests/read.ts';
import { listItems } from '../../rules/imageList.ts';
import { isObject, type Json, type JsonObject } from '../../rules/json.ts';
import { sourceOf } from '../../rules/source/source.ts';
import type { ForeignImage } from './image.ts';
import { isAbsolutePath, toNormal, withoutDefaults } from './normal.ts';
import { guessForeign, readForeign } from './read.ts';
import { terraformType } from './terraform.ts';
import { writeAnsible } from './writers/ansible.ts';
import { korcCredentials, writeKorc } from './writers/korc.ts';
import { writeOsism } from './writers/osism.ts';
import { writeTerraform } from './writers/terraform.ts';
import { UnwritableImage } from './writers/written.ts';

export type ConvertedFormat = 'manifest' | ForeignFormat;

/** A file that is converted, as it was read. */
export interface ConversionInput {
  readonly file: ManifestFile;
  /** As people call it. */
  readonly name: string;
  /** A path from the file's folder, as a path from the folder of what it becomes. */
  rebase?(path: string): string;
}

export interface Conversion {
  readonly text: string;
  readonly format: ManifestFile['format'];
  /** What cannot be said in the other form, each with its place. */
  readonly losses: readonly string[];
  /** What the other tool adds, or leaves to be said. */
  readonly notes: readonly string[];
}

/** Files that hold nothing to convert, or nothing that the form can say. The message names the place. */
export class UnconvertibleFile extends Error {}

interface FoundImage {
  readonly place: string;
  readonly image: JsonObject;
}

/**
 * Converts the images of files to another form, and reads that again to find what it does not say. Throws
 * UnconvertibleFile. `format`: of manifests; the tools have their own.
 */
export function convertImages(
  inputs: readonly ConversionInput[],
  to: ConvertedFormat,
  format: ManifestFile['format'] = 'yaml',
): Conversion {
  const losses: string[] = [];
  const notes: string[] = [];
  const found = inputs.flatMap((input) => imagesIn(input, losses));
  if (found.length === 0)
    throw new UnconvertibleFile(`There is no image in ${inputs.map(({ name }) => name).join(', ')}.`);
  for (const { file, name } of inputs)
    if (commentsIn(file).length > 0) notes.push(`The comments of ${name} do not come along.`);
  const own = to === 'terraform' ? 'json' : to === 'manifest' ? format : 'yaml';
  const text = write(to, found, own);
  if (to !== 'manifest') {
    const again = imagesAgain(text, to);
    for (const [index, { place, image }] of found.entries())
      compare(image, again[index] ?? {}, place, foreignTools[to], { losses, notes });
  }
  if (to === 'k-orc')
    notes.push(
      `Say how K-ORC reaches your cloud: 'cloudCredentialsRef' names the cloud '${korcCredentials.cloudName}' of the secret '${korcCredentials.secretName}'.`,
    );
  return { text, format: own, losses: [...new Set(losses)], notes: [...new Set(notes)] };
}

function imagesIn({ file, name, rebase }: ConversionInput, losses: string[]): FoundImage[] {
  const problem = file.problems.find(({ severity }) => severity === 'error');
  const placeOf = (offset: number) => `${name}:${file.text.slice(0, offset).split('\n').length}`;
  if (problem) throw new UnconvertibleFile(`${placeOf(problem.start)}: ${problem.message}`);
  const moved = (image: JsonObject): JsonObject => {
    const path = sourceOf(image)?.['file'];
    if (typeof path !== 'string' || isAbsolutePath(path) || !rebase) return image;
    return { ...image, source: { ...sourceOf(image), file: rebase(path) } };
  };
  const own = file.documents.filter(({ kind, root }) => kind === 'image' && root);
  const told = foreignFormat(file.path, file.told) ?? (isOurs(file) ? undefined : guessForeign(file));
  if (told)
    return file.documents.flatMap((document) =>
      readForeign(told, document, file.text).flatMap((image) => {
        for (const { start, message } of image.losses) losses.push(`${placeOf(start)}: ${message}`);
        const place = placeOf(image.root.start);
        return image.isOff ? [] : [{ place, image: moved(withoutDefaults(wholeOf(image))) }];
      }),
    );
  const other = file.documents.find(({ kind, root }) => root && kind !== 'image');
  if (other) throw new UnconvertibleFile(`${placeOf(other.start)}: only images are converted.`);
  return own.flatMap(({ data, start }) =>
    listItems(data).map((image) => {
      if (!isObject(image)) throw new UnconvertibleFile(`${placeOf(start)}: this is no image.`);
      return { place: placeOf(start), image: moved(image) };
    }),
  );
}

/** By its name, and not by its shape, which that of other tools resembles. */
function isOurs({ documents }: ManifestFile): boolean {
  return documents.some(({ why, kind }) => kind && why !== 'by its shape');
}

function wholeOf(image: ForeignImage): JsonObject {
  const stated = dataOf(image.root);
  const whole = image.complete(isObject(stated) ? stated : {});
  return Object.keys(image.source).length === 0 ? whole : { ...whole, source: image.source };
}

function imagesAgain(text: string, format: ForeignFormat): JsonObject[] {
  const path = format === 'terraform' ? 'main.tf.json' : 'images.yaml';
  const file = readManifest({ text, path, told: { format, why: 'as converted' } });
  return file.documents.flatMap((document) => readForeign(format, document, text).map(wholeOf));
}

/** Says what an image loses, and what it gets. */
function compare(
  image: JsonObject,
  again: JsonObject,
  place: string,
  tool: string,
  { losses, notes }: { readonly losses: string[]; readonly notes: string[] },
): void {
  const [before, after] = [membersOf(toNormal(image)), membersOf(toNormal(again))];
  for (const [name, value] of before) {
    const now = after.get(name);
    const said = describeMember(name, value);
    if (now === undefined) losses.push(`${place}: ${tool} has nothing for ${said}.`);
    else if (sameData(now, value)) continue;
    else if (name === 'source.compression' && now === 'none')
      losses.push(`${place}: ${tool} does not decompress ${value}.`);
    else losses.push(`${place}: ${tool} would make ${JSON.stringify(now)} of ${said}.`);
  }
  const added = [...after].filter(([name]) => !before.has(name));
  if (added.length === 0) return;
  const list = added.map(([name, value]) => describeMember(name, value)).join(', ');
  notes.push(`${place}: ${tool} adds ${list}.`);
}

function describeMember(name: string, value: Json): string {
  return name.startsWith('tag ') ? name : `${name} ${JSON.stringify(value)}`;
}

/** The members of an image, those of its source and its tags each by itself. */
function membersOf(image: JsonObject): ReadonlyMap<string, Json> {
  const { source, tags, ...rest } = image;
  const ofSource = Object.entries(isObject(source) ? source : {});
  return new Map<string, Json>([
    ...Object.entries(rest),
    ...ofSource.map(([name, value]) => [`source.${name}`, value] as const),
    ...(Array.isArray(tags) ? tags.map((tag) => [`tag ${JSON.stringify(tag)}`, true] as const) : []),
  ]);
}

function write(to: ConvertedFormat, found: readonly FoundImage[], format: ManifestFile['format']): string {
  const each = <T>(writer: (image: JsonObject) => T): T[] =>
    found.map(({ place, image }) => {
      try {
        return writer(image);
      } catch (error) {
        if (error instanceof UnwritableImage) throw new UnconvertibleFile(`${place}: ${error.message}`);
        throw error;
      }
    });
  if (to === 'osism') return toYaml({ images: each(writeOsism) });
  if (to === 'ansible') return toYaml(each(writeAnsible));
  if (to === 'k-orc') return each(writeKorc).map(toYaml).join('---\n');
  if (to === 'terraform') return toJson({ resource: { [terraformType]: labelled(each(writeTerraform)) } });
  const images = found.map(({ image }) => image);
  const [only] = images;
  const whole = images.length === 1 && only ? only : images;
  return format === 'json' ? toJson(whole) : toYaml(whole);
}

/** Two of a label would be one resource. */
function labelled(resources: readonly { readonly label: string; readonly body: JsonObject }[]): JsonObject {
  const result: JsonObject = {};
  for (const { label, body } of resources) {
    let own = label;
    for (let number = 2; Object.hasOwn(result, own); number++) own = `${label}_${number}`;
    result[own] = body;
  }
  return result;
}

function toJson(value: Json): string {
  return `${withEscapes(JSON.stringify(value, null, 2), 'json')}\n`;
}

/** As each reader of YAML takes it; a date of openstack-image-manager has to be one. */
function toYaml(value: Json): string {
  const document = new Document(value);
  const marked = new Map<string, string>();
  const written = JSON.stringify(value);
  let word = 'unseen';
  while (written.includes(word)) word += 'x';
  visit(document, {
    Pair: (_, { key, value: date }) => {
      if (isScalar(key) && key.value === 'build_date' && isScalar(date)) date.type = 'PLAIN';
    },
    Scalar: (_, node) => {
      const { value: text } = node;
      if (typeof text !== 'string' || node.type === 'PLAIN') return;
      if (readElsewhere(text) !== undefined) node.type = 'QUOTE_DOUBLE';
      if (!hasUnseen(text)) return;
      // What cannot be seen is escaped, which the library leaves to us.
      const mark = `${word}-${marked.size}-`;
      marked.set(mark, quoted(text, 'yaml'));
      node.value = mark;
      node.type = 'PLAIN';
    },
  });
  const text = document.toString({ lineWidth: 0 });
  return [...marked].reduce((whole, [mark, escapes]) => whole.replace(mark, () => escapes), text);
}
