import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { closingNotes } from '../cloud/run/closingNotes.ts';
import { execute, isSound, planRun } from '../cloud/run/execute.ts';
import { toFileName } from '../cloud/run/fileNames.ts';
import { placeText, planText, stepJson } from '../cloud/run/show.ts';
import { exportPart, type Step } from '../cloud/run/steps.ts';
import { undoCommandOf } from '../cloud/run/undo.ts';
import { downloadSegments, requireFooter, saveStream } from '../cloud/services/downloads.ts';
import { openImageData } from '../cloud/services/imageData.ts';
import type { Image } from '../cloud/services/images.ts';
import { readExportedSegments } from '../cloud/services/largeObjects.ts';
import { type ExitCode, exitCodes, UsageError } from '../commandLine.ts';
import { exportedObject } from '../rules/families/export.ts';
import type { Profile } from '../rules/profile/profile.ts';
import { adviseCopy } from '../rules/service/answers.ts';
import { uuid } from '../rules/service/attributes.ts';
import { exportVerb } from '../verbs/images.ts';
import type { Connected } from './connection.ts';
import { findImage } from './findImage.ts';
import { openFolder, type Parts, readParts } from './parts.ts';
import { openProgress } from './progress.ts';
import {
  openJournal,
  openPorts,
  planExitCode,
  type RunOptions,
  runExitCode,
  selectFiles,
  stoppedText,
  tellProfile,
} from './run.ts';
import { ask, connect, requireAnswers, runVerb, say, sayPlan, warn } from './verb.ts';
import { isFolder, requireWritable } from './writable.ts';

/** `cloud-images export …`. Sets the process's exit code. */
export function main(args: readonly string[]): Promise<void> {
  return runVerb(exportVerb, args, async ({ values, positionals }, given) => {
    const [first, another] = positionals;
    if (first === undefined)
      throw new UsageError('Name the image or the manifests: cloud-images export IMAGE --container C.');
    const isImage = another === undefined ? !(await isPath(first)) : uuid.test(first);
    if (isImage && another !== undefined)
      throw new UsageError('One image at a time, by its UUID or name, or several manifests.');
    const options: ExportOptions = {
      json: values.json,
      isSilent: values.json || given.isQuiet,
      report: given.report,
      yes: values.yes,
      dryRun: values['dry-run'],
      compares: false,
      verbose: values.verbose,
      image: values.image,
      segmentBytes: undefined,
      download: values.download,
      container: values.container,
      signal: given.signal,
    };
    const connected = await connect(values, given);
    const workspace = openFolder(connected.editor, connected.published);
    const { profile } = await workspace.project(join(process.cwd(), 'any'));
    if (isImage && profile.offers.exportTask && values.container === undefined)
      throw new UsageError('Name the container: --container C.');
    const image = isImage ? await readImage(first, connected, profile) : undefined;
    if (image && !profile.offers.exportTask) return downloadImage(image, connected, options);
    if (options.download !== undefined) await requireWritable(options.download, undefined);
    if (!isImage && values.container !== undefined)
      throw new UsageError('--container is for one image; manifests name their container.');
    const id = String(image?.get('id') ?? first);
    const exported = `${values.container}/${exportedObject(id)}`;
    if (image && options.download !== undefined && !options.dryRun && (await isThere(exported, connected))) {
      const file = await fetchExport(exported, options.download, connected, options.signal);
      options.report({ exported: [{ image: id, location: exported, file }] });
      if (!options.isSilent) say(`${exported} exists from an earlier export; downloaded to ${file}`);
      return 0;
    }
    const parts: Parts = isImage
      ? { parts: [exportPart(id, values.container ?? '', profile, first)], workspace }
      : selectFiles(await readParts(positionals, workspace), 'export');
    return exportAll(parts, connected, options);
  });
}

interface ExportOptions extends RunOptions {
  readonly download: string | undefined;
  /** Made where it is missing. */
  readonly container: string | undefined;
}

async function isThere(location: string, { cloud: { objects } }: Connected): Promise<boolean> {
  const { container, name } = placeIn(location);
  return !/[/?.]/.test(container) && (await objects.headObject(container, name)) !== undefined;
}

/** `container/object` */
function placeIn(location: string): { readonly container: string; readonly name: string } {
  const slash = location.indexOf('/');
  return { container: location.slice(0, slash), name: location.slice(slash + 1) };
}

async function exportAll(
  { parts, workspace }: Parts,
  connected: Connected,
  options: ExportOptions,
): Promise<ExitCode> {
  requireAnswers(options);
  const { json, isSilent, report, dryRun, yes, download, signal } = options;
  const progress = openProgress(process.stderr);
  const { container } = options;
  const ports = {
    ...openPorts(connected, options, workspace, progress),
    ...(container === undefined ? {} : { newContainer: container }),
  };
  const plan = await planRun(parts, ports, connected.caller);
  const sound = isSound(plan.steps);
  if (!isSilent || (!json && !sound)) {
    sayPlan(planText(plan.steps));
    tellProfile(connected, parts, sound, options);
  }
  if (dryRun || !sound) {
    report({ steps: plan.steps.map(stepJson) });
    if (!json) for (const advice of adviseCopies(plan.steps)) say(advice);
    return planExitCode(plan.steps, false);
  }
  if (!yes && !(await ask('Export this?', signal))) {
    say('Nothing was changed.');
    return 0;
  }
  const journal = openJournal(
    connected,
    parts.map(({ path }) => path),
  );
  const { done, stopped } = await execute(parts, plan, {
    ports,
    journal,
    say: (text) => (json ? warn(text) : isSilent ? undefined : say(text)),
    confirm: async () => yes || ask('Go on?', signal),
  });
  progress.end();
  const exported: object[] = [];
  for (const { step, result } of done) {
    if (step.type !== 'export' || result === undefined) continue;
    const file =
      download === undefined ? undefined : await fetchUnlessStopped(result, download, connected, signal);
    exported.push({ ...stepJson(step), location: result, ...(file ? { file } : {}) });
    const fetched = file ? `, downloaded to ${file}` : download === undefined ? '' : ', not downloaded';
    if (!isSilent) say(`${placeText(step.part)}: exported as ${result}${fetched}`);
  }
  if (journal.entries > 0 && !isSilent) say(`To undo what else was done: ${undoCommandOf(journal)}`);
  const why = stopped && stoppedText(stopped);
  report({ exported, ...(why ? { stopped: why } : {}) });
  if (!json) for (const line of why ? [why] : isSilent ? [] : closingNotes.export) say(line);
  return signal.aborted ? exitCodes.interrupted : runExitCode(stopped);
}

/** Says of images of others how they are exported. */
function adviseCopies(steps: readonly Step[]): string[] {
  return steps.flatMap((step) => {
    if (step.type !== 'export' || step.image === undefined) return [];
    return step.refusals.some(({ rule }) => rule === 'export/owner') ? [adviseCopy(step.image)] : [];
  });
}

/** Downloads an export; undefined where it was interrupted, and then nothing is left of it. */
async function fetchUnlessStopped(
  location: string,
  path: string,
  connected: Connected,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    signal.throwIfAborted();
    return await fetchExport(location, path, connected, signal);
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}

async function fetchExport(
  location: string,
  path: string,
  { cloud: { objects } }: Connected,
  signal: AbortSignal,
): Promise<string> {
  const progress = openProgress(process.stderr);
  const { container, name } = placeIn(location);
  const file = (await isFolder(path)) ? join(path, toFileName(basename(name), 'image.vhd')) : path;
  progress.doing('downloading');
  try {
    const segments = await readExportedSegments(objects, container, name);
    await downloadSegments(objects, segments, file, { progress: progress.report, signal });
  } finally {
    progress.end();
  }
  await requireFooter(file);
  return file;
}

/** Tells manifests, which exist or look like it, from the name of an image. */
async function isPath(text: string): Promise<boolean> {
  if (uuid.test(text)) return false;
  return /\.(ya?ml|jsonc?)$|[*?{]/i.test(text) || (await stat(text).catch(() => undefined)) !== undefined;
}

/** An image by name must be there; of one by UUID the cloud's own words are told, where it is asked for the export. */
async function readImage(name: string, connected: Connected, profile: Profile): Promise<Image> {
  const isTold = uuid.test(name) && profile.offers.exportTask;
  return isTold ? new Map([['id', name]]) : findImage(name, connected, profile);
}

async function downloadImage(image: Image, { cloud }: Connected, options: ExportOptions): Promise<ExitCode> {
  const id = String(image.get('id'));
  const { download, dryRun, isSilent, report, signal } = options;
  if (download === undefined)
    throw new UsageError('Plain OpenStack has no export task: give --download FILE.');
  const { status, size, checksum } = Object.fromEntries(image);
  if (status !== 'active')
    throw new Error(`The image ${id} has no data to download: its status is ${String(status)}.`);
  await requireWritable(download, Number(size));
  const file = (await isFolder(download))
    ? join(download, toFileName(`${id}.${String(image.get('disk_format') ?? 'img')}`, `${id}.img`))
    : download;
  if (!dryRun) {
    const progress = openProgress(process.stderr);
    progress.doing('downloading');
    const stream = await openImageData(cloud.session, cloud.region).download(id, signal);
    const expected = {
      name: `image ${id}`,
      bytes: Number(size),
      etag: String(checksum),
    };
    await saveStream(stream, expected, file, progress.report);
    progress.end();
  }
  report({ image: id, file });
  if (!isSilent) say(`${id}: ${dryRun ? 'would be ' : ''}downloaded to ${file}`);
  return 0;
}
