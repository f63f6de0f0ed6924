/** What must hold of every disk whatever its bytes: an answer, in bounded memory, by bounded reading. */
import assert from 'node:assert/strict';
import { getHeapStatistics } from 'node:v8';
import { mapBlocks } from '../../server/disks/blockMap.ts';
import { openContent } from '../../server/disks/content.ts';
import { readDiskFacts } from '../../server/disks/facts.ts';
import { openVhd } from '../../server/disks/format/vhd.ts';
import { planRepair } from '../../server/disks/repair.ts';
import { type FuzzCase, fuzzCase } from './cases.ts';
import { randomOf } from './random.ts';

const MiB = 1024 * 1024;
export const mostAllocated = 64 * MiB;
const mostRead = 64 * MiB;
const uuid = new Uint8Array(16).fill(1);

export interface CaseResult {
  /** `sound`, the first damaged field, or what it is if no VHD. */
  readonly outcome: string;
  /** What else is to be counted. */
  readonly counts?: readonly string[];
  /** Bytes that were allocated, the case's own making not counted; too low where memory was freed meanwhile. */
  readonly allocated: number;
  /** Of this thread's processor, so that a busy machine makes no case slow. Nothing here waits for anything. */
  readonly milliseconds: number;
}

/** Rejects where something does not hold. */
export async function judgeCase(bases: readonly Buffer[], seed: number, number: number): Promise<CaseResult> {
  const made = fuzzCase(bases, seed, number);
  return judgeBounded(made, () => look(made, seed, number));
}

/** Holds what is done with a case to the bounds of reading and memory. */
export async function judgeBounded(made: FuzzCase, look: () => Promise<string>): Promise<CaseResult> {
  const before = inUse();
  const start = process.threadCpuUsage();
  const outcome = await look();
  const { user, system } = process.threadCpuUsage(start);
  const milliseconds = (user + system) / 1000;
  const allocated = inUse() - before;
  const { total, largest } = made.read;
  assert.ok(largest <= 4 * MiB, `one reading of ${largest} bytes`);
  assert.ok(total <= mostRead, `${total} bytes were read`);
  assert.ok(allocated <= mostAllocated, `${allocated} bytes were allocated`);
  return { outcome, allocated, milliseconds };
}

async function look({ source }: FuzzCase, seed: number, number: number): Promise<string> {
  const facts = await readDiskFacts('fuzz', source);
  assert.equal(facts.format === 'vhd', facts.vhd !== undefined);
  if (!facts.vhd) return facts.format;
  const { damage, metadataSize, virtualSize, guest } = facts.vhd;
  assert.ok(Number.isSafeInteger(virtualSize) && virtualSize >= 0, `virtual size ${virtualSize}`);
  assert.ok(metadataSize >= 0, `metadata ${metadataSize}`);
  for (const { field, text } of damage) assert.ok(field.length > 0 && text.length > 0);
  assert.ok(guest.layout.length > 0 && guest.layout.length < 4096, guest.layout);
  if (number % 16 === 0) await lookInside({ source }, seed, number);
  return damage[0]?.field ?? 'sound';
}

/** The same disk's content at some places, and what a repair would do. */
async function lookInside({ source }: Pick<FuzzCase, 'source'>, seed: number, number: number): Promise<void> {
  const vhd = await openVhd(source);
  assert.ok(vhd);
  const content = openContent(vhd);
  const random = randomOf(seed + 1, number);
  for (let times = 0; content && times < 4; times++) {
    const position = random.below(content.size + 1);
    const length = random.below(70_000);
    const bytes = await content.read(position, length);
    assert.equal(bytes.length, Math.max(0, Math.min(length, content.size - position)));
  }
  const map = mapBlocks(vhd);
  assert.equal(map === undefined, vhd.blocks === undefined);
  const blocks = map?.lengths.reduce((sum, length) => sum + length, 0);
  assert.equal(blocks, vhd.blocks?.table.length);
  const plan = await planRepair(vhd, uuid, 40 * 1024 * MiB, Date.now());
  for (const { position, bytes } of plan.edits)
    assert.ok(position >= 0 && position + bytes.length <= plan.size);
}

function inUse(): number {
  const { used_heap_size, external_memory } = getHeapStatistics();
  return used_heap_size + external_memory;
}
