/** Repairs what can be repaired without a guess, and keeps what it takes to undo it. */
import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { openContent } from './content.ts';
import { checksum, diskType, isGeometryTooLarge, madeAt, toTimestamp } from './format/footer.ts';
import { computeGeometry } from './format/geometry.ts';
import { unallocated } from './format/header.ts';
import type { Vhd } from './format/vhd.ts';
import { count } from './locate.ts';
import { isMendable } from './mendable.ts';

export interface RepairPlan {
  /** What will be done, a sentence each; empty: there is nothing that could be repaired. */
  readonly steps: readonly string[];
  readonly edits: readonly { readonly position: number; readonly bytes: Uint8Array }[];
  /** The file's size afterwards. */
  readonly size: number;
}

/**
 * A plan for: a zero identifier (`uuid`, 16 bytes, takes its place), bytes after the footer, a lost front copy, creator
 * `qemu`, a creation time after `now` (milliseconds), a geometry larger than the size, and a size that qemu-img rounded up
 * over `limit` (bytes) while nothing stands behind the limit. Any other damage: no plan, the disk is left alone.
 */
export async function planRepair(
  vhd: Vhd,
  uuid: Uint8Array,
  limit: number,
  now: number,
): Promise<RepairPlan> {
  const nothing: RepairPlan = { steps: [], edits: [], size: vhd.source.size };
  if (!isMendable(vhd.damage)) return nothing;
  const { footer, found } = vhd;
  const bytes = Uint8Array.from(found.bytes);
  const view = new DataView(bytes.buffer);
  const steps: string[] = [];
  if (found.trailing > 0) steps.push(`Cut ${count(found.trailing, 'byte')} after the footer.`);
  if (vhd.damage.some(({ field }) => field === 'front copy'))
    steps.push('Write the copy of the footer into the first sector.');
  if (footer.uuid.every((byte) => byte === 0)) {
    bytes.set(uuid.subarray(0, 16), 68);
    steps.push('Give the disk an identifier.');
  }
  if (footer.creator === 'qemu' || footer.creator === 'qem2') {
    bytes.set(Buffer.from('tap\0', 'latin1'), 28);
    view.setUint32(32, 0x10001); // from 1.2 on, readers want a block map
    steps.push('Name the creator `tap`, whose disks the cloud can grow.');
  }
  if (madeAt(footer) > now) {
    view.setUint32(24, toTimestamp(now));
    steps.push(`Date its creation back from ${new Date(madeAt(footer)).toISOString()} to now.`);
  }
  const cut = await isRoundedUp(vhd, limit);
  if (cut || isGeometryTooLarge(footer)) {
    const { cylinders, heads, sectors } = computeGeometry(cut ? limit : vhd.virtualSize);
    view.setUint16(56, cylinders);
    bytes.set([heads, sectors], 58);
    if (!cut) steps.push('Write the geometry that fits its size.');
  }
  if (cut) {
    view.setBigUint64(48, BigInt(limit));
    steps.push(`Cut the virtual size from ${vhd.virtualSize} to ${limit} bytes; what lies behind is empty.`);
  }
  if (steps.length === 0) return nothing;
  view.setUint32(64, 0);
  view.setUint32(64, checksum(bytes, 64));
  const sparse = footer.type !== diskType.fixed;
  const front = sparse ? [{ position: 0, bytes }] : [];
  return { steps, edits: [...front, { position: found.at, bytes }], size: found.at + bytes.length };
}

/** qemu-img rounds up to whole cylinders, less than 16 MiB; only a dynamic disk can be cut in place. */
async function isRoundedUp(vhd: Vhd, limit: number): Promise<boolean> {
  const over = vhd.virtualSize - limit;
  if (vhd.footer.type !== diskType.dynamic || over <= 0 || over >= 16 * 1024 * 1024 || !vhd.header)
    return false;
  const content = openContent(vhd);
  const firstBeyond = Math.ceil(limit / vhd.header.blockSize);
  if (!content || vhd.bat?.subarray(firstBeyond).some((entry) => entry !== unallocated)) return false;
  return (await content.read(limit, over)).every((byte) => byte === 0);
}

/** Carries a plan out, after the bytes that it changes were written to `undoPath` and synced. Throws where files fail. */
export function applyRepair(path: string, plan: RepairPlan, undoPath: string): void {
  const file = openSync(path, 'r+');
  try {
    const { size } = fstatSync(file);
    const before = plan.edits.map(({ position, bytes }) => kept(file, position, bytes.length));
    if (size > plan.size) before.push(kept(file, plan.size, size - plan.size));
    const after = plan.edits.map(({ position, bytes }) => ({
      position,
      base64: Buffer.from(bytes).toString('base64'),
    }));
    const undo: Undo = { size, edits: before, after: { size: plan.size, edits: after } };
    writeFileSync(undoPath, JSON.stringify(undo), { flag: 'wx', flush: true });
    for (const { position, bytes } of plan.edits) writeSync(file, bytes, 0, bytes.length, position);
    ftruncateSync(file, plan.size);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

interface Kept {
  readonly position: number;
  readonly base64: string;
}

/** The content of an undo copy: the bytes before, and, to know the disk again, those after the repair. */
interface Undo {
  readonly size: number;
  readonly edits: readonly Kept[];
  readonly after: { readonly size: number; readonly edits: readonly Kept[] };
}

/**
 * Brings back every byte that `applyRepair` changed, also where it was interrupted. Throws, and changes nothing, where the
 * disk is not the one that was repaired or was written to since.
 */
export function undoRepair(path: string, undoPath: string): void {
  const undo = readUndo(undoPath);
  const file = openSync(path, 'r+');
  try {
    if (!isAsLeft(file, undo))
      throw new Error(
        `${path} was changed after its repair, so taking that back would harm it. To keep it, remove ${undoPath}.`,
      );
    for (const { position, base64 } of undo.edits) {
      const bytes = Buffer.from(base64, 'base64');
      writeSync(file, bytes, 0, bytes.length, position);
    }
    ftruncateSync(file, undo.size);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function readUndo(path: string): Undo {
  const none = (cause?: unknown): Error =>
    new Error(`${path} is no undo copy of a repair. Look for the one that was written beside the disk.`, {
      cause,
    });
  let undo: Partial<Undo> | null;
  try {
    undo = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw none(error);
  }
  const { size, edits, after } = undo ?? {};
  if (size === undefined || !edits || !after?.edits) throw none();
  return { size, edits, after };
}

/** Each place holds what the repair wrote or, where it did not come so far, what was there before. */
function isAsLeft(file: number, { size, edits, after }: Undo): boolean {
  const now = fstatSync(file).size;
  if (now !== size && now !== after.size) return false;
  return after.edits.every(({ position, base64 }) => {
    const found = kept(file, position, Buffer.from(base64, 'base64').length).base64;
    return found === base64 || edits.some((edit) => edit.position === position && edit.base64 === found);
  });
}

function kept(file: number, position: number, length: number): Kept {
  const bytes = Buffer.alloc(length);
  const got = readSync(file, bytes, 0, length, position);
  return { position, base64: bytes.subarray(0, got).toString('base64') };
}
