import type { DiskFacts } from '../../../rules/facts.ts';
import type { JsonObject } from '../../../rules/json.ts';
import { importFailures } from '../../../rules/service/answers.ts';
import { ApiError } from '../../kernel/apiError.ts';
import { asText, findObject } from '../../kernel/body.ts';
import type { JobKind, JobState, Run } from '../../kernel/jobs.ts';
import type { Upload } from '../../kernel/receiving.ts';
import { fullDisk } from '../../store/dataProblem.ts';
import type { Piece } from '../../store/pieces.ts';
import { createSupply, keepSome, mostPieces } from '../../store/supply.ts';
import type { EmulatorContext } from '../context.ts';
import { everything, findContent, type View } from '../objects/large/content.ts';
import { gather } from '../objects/large/gather.ts';
import type { ObjectRow } from '../objects/records.ts';
import { createImported, type Packed } from './imported.ts';
import type { TaskRow } from './records.ts';
import {
  close,
  fail,
  findTask,
  judgeTask,
  readInput,
  reportProgress,
  tasksOfAccount,
  withFiles,
} from './steps.ts';

/**
 * The import of an object as an image: the disk is read and judged by the rules, packed as an OVA, and becomes an
 * active image. Every step can be done again: what counts is entered with one change at its end.
 */
export function importJob(context: EmulatorContext): JobKind {
  return {
    queue: tasksOfAccount,
    steps: {
      start: (job, run) => begin(context, job, run),
      gather: (job, run) => gatherDisk(context, job, run),
      judge: (job) => judge(context, job),
      pack: (job, run) => pack(context, job, run),
      enter: (job, run) => enter(context, job, run),
    },
    failed: async (job, error) =>
      fail(context, job, {
        message:
          fullDisk(error) ??
          'The import broke off: the emulator could not read or pack the disk; its log says why.',
      }),
  };
}

/** Simulated milliseconds: what an import waits in the queue, and what it takes per byte. Ours (DECISIONS 15). */
const queueTime = 15_000;
const timeOf = (bytes: number) => 30_000 + (120_000 * bytes) / 2 ** 30;

async function begin(context: EmulatorContext, job: JobState, { signal }: Run): Promise<void> {
  await context.clock.work(queueTime, signal);
  await context.store.write(() => {
    const task = findTask(context, job);
    const { container, object } = readSource(task);
    const row = task && context.objects.find(task.region, task.account, container, object);
    const found = task && row && findDisk(context, task, row);
    context.tasks.move(job.id, { status: 'processing' });
    context.tasks.stage(job.id, found && 'isScattered' in found ? 'gather' : 'judge');
    if (found && 'size' in found) hold(context, job, found);
    else context.jobs.moveTo(job.id, found ? 'gather' : 'judge', {});
  });
}

/** Inside `store.write`: from here on the job holds the disk, of whatever segments, whatever becomes of the object. */
function hold(context: EmulatorContext, job: JobState, { size, pieces }: Disk): void {
  for (const blob of new Set(pieces.map((piece) => piece.blob))) context.jobs.hold(job.id, blob);
  context.jobs.moveTo(job.id, 'judge', { size, pieces: pieces.map(asJson) });
}

/** A disk that lies in very many pieces is written into one file first, as long as it is not larger than any import. */
async function gatherDisk(context: EmulatorContext, job: JobState, run: Run): Promise<void> {
  const task = findTask(context, job);
  const { container, object } = readSource(task);
  const row = task && context.objects.find(task.region, task.account, container, object);
  if (!task || !row) return context.store.write(() => context.jobs.moveTo(job.id, 'judge', {}));
  const content = findContent(context, ownView(task), row);
  const most = 2 * context.profile.limits.importPhysicalBytes; // what a VHD adds to its disk is far less than that
  const supply = createSupply(context.blobs, content.pieces(everything));
  const progress = reportProgress(context, job, run);
  let file: Upload | undefined;
  try {
    if (content.size > most) throw new ApiError('image/size', 'The disk is too large.');
    const gathered = await gather(context.blobs, supply, most, {
      signal: run.signal,
      progress: (bytes) => progress(bytes, Math.max(bytes, content.size)),
    });
    file = gathered;
    await context.store.write(() => {
      context.blobs.adopt(gathered.file, gathered.hash, gathered.size);
      const whole = { blob: gathered.hash, start: 0, length: gathered.size };
      context.tasks.stage(job.id, 'judge');
      hold(context, job, { size: gathered.size, pieces: [whole] });
    });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 413)
      await fail(context, job, {
        message: importFailures.physicalSize(context.profile.limits),
        rule: 'import/physical-size',
      });
    else await context.store.write(() => context.jobs.moveTo(job.id, 'judge', {})); // a segment is gone
  } finally {
    supply.release();
    if (file) context.blobs.discard(file.file); // what was adopted is no longer there
  }
}

async function judge(context: EmulatorContext, job: JobState): Promise<void> {
  const task = findTask(context, job);
  if (!task) return;
  const { container, object } = readSource(task);
  const pieces = readPieces(job);
  const disk: DiskFacts | 'missing' = pieces
    ? await withFiles(context, pieces, (files) => context.lane.inspect(files, `${container}/${object}`))
    : 'missing';
  const failure = judgeTask(context, 'import', task, { disk });
  if (failure) await fail(context, job, failure);
  else
    await context.store.write(() => {
      context.tasks.stage(job.id, 'pack');
      context.jobs.moveTo(job.id, 'pack', job.data);
    });
}

async function pack(context: EmulatorContext, job: JobState, run: Run): Promise<void> {
  const target = context.blobs.incoming();
  const progress = reportProgress(context, job, run);
  try {
    const compression = context.settings.ovaCompression;
    const packed = await withFiles(context, readPieces(job) ?? [], (source) =>
      context.lane.pack({ source, target, compression }, { signal: run.signal, progress }),
    );
    await context.store.write(() => {
      if (!findTask(context, job)) throw new Error('The task is gone.');
      context.blobs.adopt(target, packed.sha512, packed.size);
      context.jobs.hold(job.id, packed.sha512);
      context.tasks.stage(job.id, 'store');
      context.jobs.moveTo(job.id, 'enter', { ...job.data, packed: { ...packed } });
    });
  } finally {
    context.blobs.discard(target); // what was adopted is no longer there
  }
}

async function enter(context: EmulatorContext, job: JobState, { signal }: Run): Promise<void> {
  await context.clock.work(timeOf(Number(job.data['size'])), signal);
  await context.store.write(() => {
    const task = findTask(context, job);
    if (!task) return;
    const packed = readPacked(findObject(job.data, 'packed'));
    const image = createImported(context, task, packed, readSource(task).object);
    close(context, job);
    context.tasks.move(job.id, { status: 'success', result: { image_id: image.id } });
  });
}

interface Disk {
  readonly size: number;
  readonly pieces: readonly Piece[];
}

/** The bytes of a disk: an object's own or its segments'. Undefined where a segment is gone that Swift would miss. */
function findDisk(
  context: EmulatorContext,
  task: TaskRow,
  row: ObjectRow,
): Disk | { readonly isScattered: true } | undefined {
  const content = findContent(context, ownView(task), row);
  try {
    const pieces = content.pieces({ start: 0, end: content.size - 1 })[Symbol.iterator]();
    const kept = keepSome(context.blobs, pieces, mostPieces);
    kept.release();
    const isScattered = !content.isWhole || !kept.ended || kept.pieces.length > mostPieces;
    return isScattered ? { isScattered } : { size: content.size, pieces: kept.pieces };
  } catch (error) {
    if (error instanceof ApiError) return undefined;
    throw error;
  }
}

/** A task acts for its account, all of which it may read. */
function ownView({ region, account }: TaskRow): View {
  return { region, account, require: () => undefined };
}

function asJson({ blob, start, length }: Piece): JsonObject {
  return { blob, start, length };
}

function readPieces(job: JobState): Piece[] | undefined {
  const list = job.data['pieces'];
  if (!Array.isArray(list)) return undefined;
  return list.map((item) => {
    const { blob, start, length } = findObject(item);
    return { blob: String(blob), start: Number(start), length: Number(length) };
  });
}

/** `container/path/to/object` */
function readSource(task: TaskRow | undefined): { container: string; object: string } {
  const from = asText(readInput(task)['import_from']) ?? '';
  const at = from.indexOf('/');
  return at === -1
    ? { container: from, object: '' }
    : { container: from.slice(0, at), object: from.slice(at + 1) };
}

function readPacked({ size, md5, sha512 }: JsonObject): Packed {
  return { size: Number(size), md5: String(md5), sha512: String(sha512) };
}
