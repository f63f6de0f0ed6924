/** What must hold of a disk of any format whatever its bytes: an answer, in bounded memory, by bounded reading. */
import assert from 'node:assert/strict';
import { UnreadableBlock } from '../../server/disks/blockContent.ts';
import { readDiskFacts } from '../../server/disks/facts.ts';
import { glance } from '../../server/disks/format/glance.ts';
import { inspect } from '../../server/disks/format/inspect.ts';
import { readHead } from '../../server/disks/format/inspection.ts';
import { sniff } from '../../server/disks/format/sniff.ts';
import { type ByteSource, cachedSource, DamagedData } from '../../server/disks/source.ts';
import { type FormatBase, formatCase } from './formatCases.ts';
import { type CaseResult, judgeBounded } from './judge.ts';
import { randomOf } from './random.ts';

/** Rejects where something does not hold. */
export function judgeFormatCase(
  bases: readonly FormatBase[],
  seed: number,
  number: number,
): Promise<CaseResult> {
  const made = formatCase(bases, seed, number);
  return judgeBounded(made, async () => {
    const source = cachedSource(made.source);
    const { format, safety, virtualSize = 0, matches } = await inspect(source);
    assert.equal(safety.safe, safety.failed.length === 0);
    assert.ok(Number.isSafeInteger(virtualSize) && virtualSize >= 0, `${virtualSize}`);
    if (number % 16 === 0) {
      await readDiskFacts('fuzz', made.source);
      await lookInside(source, seed, number);
    }
    const streams = matches.map((match) => match.format).join('+');
    return `${format}: ${streams || 'raw'}, ${safety.failed.join() || 'safe'}`;
  });
}

/** The content at some places, where it can be found. */
async function lookInside(source: ByteSource, seed: number, number: number): Promise<void> {
  const head = await readHead(source);
  const opened = await glance(source, sniff(head), head.bytes);
  if (!opened || 'problem' in opened) return;
  const random = randomOf(seed + 1, number);
  for (let times = 0; times < 4; times++) {
    const position = random.below(opened.content.size + 1);
    const length = random.below(70_000);
    try {
      const bytes = await opened.content.read(position, length);
      assert.equal(bytes.length, Math.max(0, Math.min(length, opened.content.size - position)));
    } catch (error) {
      assert.ok(error instanceof UnreadableBlock || error instanceof DamagedData, String(error));
    }
  }
}
