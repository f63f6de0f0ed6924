import { randomUUID } from 'node:crypto';
import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type AdoptedPlace, nameManifests, updateAdopted, writeAdopted } from '../cloud/run/adopt.ts';
import type { ImageState, PlanContext } from '../cloud/run/calls.ts';
import { planImage } from '../cloud/run/imagePlan.ts';
import { readState } from '../cloud/run/targets.ts';
import type { Image } from '../cloud/services/images.ts';
import { CloudError } from '../cloud/session/errors.ts';
import { type ExitCode, exitCodes, UsageError } from '../commandLine.ts';
import { placeOf } from '../manifests/edits/applyEdits.ts';
import { textIn } from '../manifests/encoding.ts';
import type { ManifestFile } from '../manifests/file.ts';
import { kindByName } from '../manifests/kinds.ts';
import { readManifest } from '../manifests/read.ts';
import { asText, isObject, valueAt } from '../rules/json.ts';
import { imagesOf } from '../rules/subject.ts';
import { adoptVerb } from '../verbs/adopt.ts';
import type { Connected } from './connection.ts';
import { findImage } from './findImage.ts';
import { openFolder } from './parts.ts';
import { connect, runVerb, say, type VerbRun, warn } from './verb.ts';
import { makeFolder } from './writable.ts';

/** `cloud-images adopt …`. Sets the process's exit code. */
export function main(args: readonly string[]): Promise<void> {
  return runVerb(adoptVerb, args, async ({ values, positionals }, given) => {
    const { output, all, format } = values;
    if (!output) throw new UsageError('Name the folder: cloud-images adopt IMAGE… -o FOLDER.');
    if (all === positionals.length > 0)
      throw new UsageError(all ? '--all takes no images.' : 'Name the images, or give --all.');
    const connected = await connect(values, given);
    const folder = openFolder(connected.editor, connected.published);
    const { profile } = await folder.project(resolve(output, 'any'));
    const context = { profile, caller: connected.caller };
    const images = all ? await listOwn(connected) : new Map<string, Image>();
    for (const name of positionals) addImage(images, await findImage(name, connected, profile));
    const states: ImageState[] = [];
    for (const image of images.values()) {
      given.signal.throwIfAborted();
      const state = await readWithMembers(image, connected, context);
      if (state) states.push(state);
    }
    return write(states, output, {
      format,
      context,
      report: given.report,
      isJson: given.isJson,
      isQuiet: given.isQuiet,
    });
  });
}

/** The account's images, hidden ones too, each once. */
async function listOwn({ cloud, caller }: Connected): Promise<Map<string, Image>> {
  const found = new Map<string, Image>();
  for (const query of [{}, { os_hidden: 'true' }])
    for await (const page of cloud.images.list({ owner: caller.account, ...query }))
      for (const image of page)
        if ((image.get('owner') ?? caller.account) === caller.account) addImage(found, image);
  return found;
}

/** One image may be named several times, and may come in two pages of a list. */
function addImage(images: Map<string, Image>, image: Image): void {
  images.set(asText(image.get('id') ?? ''), image);
}

/** The image with whom it is shared, where the caller may see that. */
async function readWithMembers(
  image: Image,
  { cloud }: Connected,
  { profile }: PlanContext,
): Promise<ImageState | undefined> {
  const id = asText(image.get('id') ?? '');
  try {
    return await readState(cloud, profile, id, true);
  } catch (error) {
    if (!(error instanceof CloudError) || error.status !== 403) throw error;
    return readState(cloud, profile, id, false);
  }
}

/** What became of one image. */
interface Adopted {
  readonly id: string;
  readonly name: string;
  readonly file: string;
  readonly outcome: 'written' | 'updated' | 'unchanged';
  /** Where the problem is, from 1. */
  readonly line?: number;
  /** What its manifest does not say as it is. */
  readonly problem?: string;
}

interface Manner extends Pick<VerbRun, 'report' | 'isJson' | 'isQuiet'> {
  readonly format: 'yaml' | 'json';
  readonly context: PlanContext;
}

async function write(
  states: readonly ImageState[],
  folder: string,
  { format, context, report, isJson, isQuiet }: Manner,
): Promise<ExitCode> {
  await makeFolder('-o', folder);
  const files = await readFolder(folder);
  const fresh: ImageState[] = [];
  const updates: (() => Adopted)[] = [];
  for (const live of states) {
    const place = findPlace(live, states, files);
    if (place) updates.push(update(live, place, files, context));
    else fresh.push(live);
  }
  const adopted = updates.map((describeUpdate) => describeUpdate());
  for (const [path, { file, before }] of files) if (file.text !== before) await writeWhole(path, file.text);
  const names = nameManifests(
    fresh.map(({ image }) => image),
    format,
    (await readdir(folder)).map((name) => name.toLowerCase()),
  );
  for (const [at, live] of fresh.entries()) {
    const file = join(folder, names[at] ?? '');
    const text = writeAdopted(live, context, { format });
    await writeFile(file, text, { flag: 'wx' });
    const place = { document: 0, pointer: '' };
    adopted.push({
      ...about(live, file, 'written'),
      ...tellPlan(live, readManifest({ text, path: file }), place, context),
    });
  }
  report({ images: adopted });
  if (!isJson) tell(adopted, isQuiet);
  return adopted.some(({ problem }) => problem !== undefined) ? exitCodes.failed : exitCodes.done;
}

function tell(adopted: readonly Adopted[], isQuiet: boolean): void {
  for (const { file, outcome, name, id, line, problem } of adopted) {
    if (outcome !== 'unchanged' && !isQuiet) say(`${file}: ${outcome}, image '${name}' (${id})`);
    if (problem !== undefined) warn(`${line === undefined ? file : `${file}:${line}`}: ${problem}`);
  }
  const count = (wanted: Adopted['outcome']): number =>
    adopted.filter(({ outcome }) => outcome === wanted).length;
  if (isQuiet) return;
  say(`${count('written')} written, ${count('updated')} updated, ${count('unchanged')} unchanged`);
}

interface KnownFile {
  file: ManifestFile;
  readonly before: string;
}

/** The image manifests of a folder by their paths; one that cannot be read is left alone. */
async function readFolder(folder: string): Promise<Map<string, KnownFile>> {
  const files = new Map<string, KnownFile>();
  for (const { name, parentPath } of await listFiles(folder)) {
    if (kindByName(name) !== 'image') continue;
    const path = join(parentPath, name);
    const before = textIn(await readFile(path), path);
    const file = readManifest({ text: before, path });
    if (file.problems.every(({ severity }) => severity !== 'error')) files.set(path, { file, before });
    else warn(`${path} does not parse, and is left alone.`);
  }
  return files;
}

async function listFiles(folder: string) {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries.filter((entry) => entry.isFile()).sort((a, b) => (a.name < b.name ? -1 : 1));
}

type Place = AdoptedPlace & { readonly path: string };

/** Where the folder describes an image: by its id, else by its name where one image alone has that. */
function findPlace(
  { image }: ImageState,
  states: readonly ImageState[],
  files: ReadonlyMap<string, KnownFile>,
): Place | undefined {
  const [id, name] = [image.get('id'), image.get('name')];
  const isOnly = states.filter((one) => one.image.get('name') === name).length === 1;
  let byName: Place | undefined;
  for (const [path, { file }] of files)
    for (const { index: document, kind, data, root } of file.documents) {
      if (kind !== 'image' || !root) continue;
      for (const { image: stated, pointer } of imagesOf(data)) {
        if (stated['id'] === id) return { path, document, pointer };
        if (stated['id'] === undefined && stated['name'] === name && isOnly)
          byName ??= { path, document, pointer };
      }
    }
  return byName;
}

/** Rewrites what is known of a file; answers how to describe that once all images of the file are written. */
function update(
  live: ImageState,
  place: Place,
  files: ReadonlyMap<string, KnownFile>,
  context: PlanContext,
): () => Adopted {
  const known = files.get(place.path);
  if (!known) throw new Error(`${place.path} was not read.`);
  const { text, left } = updateAdopted(known.file, place, live, context);
  const outcome = text === known.file.text ? 'unchanged' : 'updated';
  if (outcome === 'updated') known.file = readManifest({ text, path: place.path });
  return () => ({
    ...about(live, place.path, outcome),
    ...tellPlan(live, known.file, place, context),
    ...tellUnwritten(left, known.file, place, outcome),
  });
}

/** Says what a manifest does not say as it is, where, and how it is. */
function tellUnwritten(
  left: ReturnType<typeof updateAdopted>['left'],
  { text, documents }: ManifestFile,
  place: Place,
  outcome: Adopted['outcome'],
): Pick<Adopted, 'line' | 'problem'> {
  const document = documents[place.document];
  if (left.length === 0 || !document) return {};
  const lines = left.map(
    ({ pointer }) => text.slice(0, placeOf(document, pointer, true).start).split('\n').length,
  );
  const values = left.map(({ name, value }, at) => {
    const further = at === 0 ? '' : ` (line ${lines[at]})`;
    return value === undefined
      ? `has no '${name}'${further}`
      : `has '${name}'${further}: ${JSON.stringify(value)}`;
  });
  return {
    line: lines[0] ?? 1,
    problem: `the image ${values.join(' and ')}, which cannot be written here without losing comments or changing more. Write it by hand. ${outcome === 'updated' ? 'All else that differed is written.' : 'Nothing of this image is written.'}`,
  };
}

function about({ image }: ImageState, file: string, outcome: Adopted['outcome']): Adopted {
  return { id: asText(image.get('id') ?? ''), name: asText(image.get('name') ?? ''), file, outcome };
}

/** Proves that the plan of what was written is empty; says what is in it otherwise. */
function tellPlan(
  live: ImageState,
  file: ManifestFile,
  { document, pointer }: AdoptedPlace,
  context: PlanContext,
): Pick<Adopted, 'problem'> {
  const stated = valueAt(file.documents[document]?.data ?? null, pointer);
  if (!isObject(stated)) return { problem: 'it is no image manifest.' };
  const { calls, refusals } = planImage(stated, live, context);
  const [refusal] = refusals;
  if (refusal) return { problem: `the cloud would refuse it: ${refusal.status} ${refusal.text}` };
  return calls.length > 0 ? { problem: 'its plan is not empty; see cloud-images plan.' } : {};
}

/** Leaves either the old text or the new one. */
async function writeWhole(path: string, text: string): Promise<void> {
  const beside = `${path}.${randomUUID().slice(0, 8)}`;
  await writeFile(beside, text, { flag: 'wx' });
  await rename(beside, path);
}
