import { execFileSync, spawnSync } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DiskContent, filledContent } from '../../server/disks/content.ts';
import type { Job, JobResult } from '../disks/job.ts';
import { largestDisk, makeChild, writeDisk, writeLargestFull } from '../disks/large.ts';
import { GiB, MiB, makeVhd } from '../tools/disks.ts';
import { median } from './cpu.ts';
import { record } from './results.ts';

const jobFile = join(import.meta.dirname, '..', 'disks', 'job.ts');
const rounds = 3;

/** Opening, merging and packing of disks of about 1 GB, beside `cp`, `pigz` and the hash tools on the same bytes. */
export async function benchDisks(): Promise<void> {
  const { bavail, bsize } = statfsSync(tmpdir());
  if (bavail * bsize < 8 * GiB) {
    console.log(`Disks: not measured; ${tmpdir()} needs 8 GiB of room.\n`);
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'cloud-images-bench-'));
  try {
    await benchOpening(folder);
    await benchMergeAndPack(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function benchOpening(folder: string): Promise<void> {
  const disks = {
    '40 GiB': join(folder, 'real.vhd'),
    '2,040 GiB, empty': join(folder, 'empty.vhd'),
    '2,040 GiB, full, in no order': join(folder, 'full.vhd'),
  };
  makeVhd(disks['40 GiB'], { virtualSize: 40 * GiB, guest: 'linux' });
  makeVhd(disks['2,040 GiB, empty'], { virtualSize: largestDisk, guest: 'linux' });
  await writeLargestFull(disks['2,040 GiB, full, in no order']);
  console.log('Disks: open, validate, recognise the guest (median of 51, and the first in a fresh process)');
  for (const [name, path] of Object.entries(disks)) {
    const { milliseconds } = run({ do: 'read', paths: [path], times: 51 });
    const first = run({ do: 'read', paths: [path], times: 1 });
    const peer = medianOf(() => timed('qemu-img', ['info', '--format', 'vpc', path]));
    record({
      what: `open and validate, ${name}`,
      value: median(milliseconds),
      unit: 'ms',
      most: name === '40 GiB' ? 1 : 20,
      peer: `qemu-img info ${peer.toFixed(1)} ms`,
    });
    console.log(
      `${name.padEnd(30)} ${median(milliseconds).toFixed(2)} ms, first ${median(first.milliseconds).toFixed(1)} ms, ` +
        `${(first.peak - first.before).toFixed(0)} MiB more memory; qemu-img info ${peer.toFixed(1)} ms`,
    );
    rmSync(path);
  }
}

async function benchMergeAndPack(folder: string): Promise<void> {
  const chain = ['leaf.vhd', 'child.vhd', 'base.vhd'].map((name) => join(folder, name));
  const [leaf = '', child = '', base = ''] = chain;
  const sizes = [
    await writeDisk(leaf, mixture(2 * GiB, 10), 3),
    await writeDisk(child, mixture(2 * GiB, 7), 2),
    await writeDisk(base, mixture(2 * GiB, 2), 1),
  ];
  makeChild(leaf, 2);
  makeChild(child, 1);
  const merged = join(folder, 'merged.vhd');
  const out = join(folder, 'out');
  const size = (run({ do: 'merge', paths: chain, out: merged }).result as { size: number }).size;
  console.log(
    `\nDisks: a chain of ${sizes.map(megabytes).join(' + ')}, merged ${megabytes(size)}; medians of ${rounds}`,
  );
  const both = (ours: Job, peer: readonly [string, string[]]) => compare(out, ours, peer);

  line(
    'merge',
    size,
    both({ do: 'merge', paths: chain, out }, ['cp', ['--sparse=never', '--reflink=never', merged, out]]),
    'cp of the result',
  );
  const pigz = `set -o pipefail; pigz -1 -c ${merged} | tee >(md5sum >${folder}/md5) >(sha512sum >${folder}/sha) > ${out}`;
  const pack = { do: 'pack', paths: [merged], out } as const;
  line(
    'hash + pack OVA (deflate)',
    size,
    both({ ...pack, compression: 'deflate' }, ['bash', ['-c', pigz]]),
    'pigz -1 | tee md5sum, sha512sum',
  );
  const tee = `tee >(md5sum >${folder}/md5) >(sha512sum >${folder}/sha) > ${out} < ${merged}`;
  line(
    'hash + pack OVA (stored)',
    size,
    both({ ...pack, compression: 'stored' }, ['bash', ['-c', tee]]),
    'tee md5sum, sha512sum',
  );
  const hashes = medianOf(() => run({ do: 'hash', paths: [merged] }).milliseconds[0] ?? 0);
  console.log(`${''.padEnd(28)}(both hashes alone in one thread of Node: ${hashes.toFixed(0)} ms)\n`);
}

interface Compared {
  readonly ours: number;
  readonly cpu: number;
  readonly peer: number;
  readonly peak: number;
}

/** Ours and the peer in turns, each on a quiet disk; into a file that was not there. */
function compare(out: string, job: Job, [command, args]: readonly [string, string[]]): Compared {
  const ours: JobResult[] = [];
  const peer: number[] = [];
  for (let round = 0; round < rounds; round++) {
    fresh(out);
    ours.push(run(job));
    fresh(out);
    peer.push(timed(command, args));
  }
  return {
    ours: median(ours.map(({ milliseconds }) => milliseconds[0] ?? 0)),
    cpu: median(ours.map(({ cpu }) => cpu)),
    peer: median(peer),
    peak: Math.max(...ours.map(({ peak }) => peak)),
  };
}

function line(name: string, size: number, { ours, cpu, peer, peak }: Compared, peerName: string): void {
  const rate = (size / 1e6 / (ours / 1000)).toFixed(0);
  record({
    what: `${name}, as fast as`,
    value: peer / ours,
    unit: '×',
    least: name === 'merge' ? 0.8 : 0.9,
    peer: peerName,
  });
  console.log(
    `${name.padEnd(28)}${ours.toFixed(0)} ms (${rate} MB/s, CPU ${cpu.toFixed(0)} ms, at most ${peak.toFixed(0)} MiB); ` +
      `${peerName} ${peer.toFixed(0)} ms: ${(peer / ours).toFixed(2)} × as fast`,
  );
}

/** As disks are: about half holes; programs, text and what cannot be compressed. Only every `step`-th block. */
export function mixture(size: number, step: number): DiskContent {
  const program = readFileSync(process.execPath);
  const text = readFileSync(join(import.meta.dirname, '..', '..', 'package-lock.json'));
  const block = 2 * MiB;
  const blocks = Array.from({ length: Math.floor(size / block / step) }, (_, at) => at * step);
  return filledContent(
    size,
    async (into, position) => {
      const number = Math.floor(position / block);
      if (number % step !== 0) into.fill(0);
      else if (number % 7 < 2) randomFillSync(into);
      else if (number % 7 < 4)
        Buffer.from(into.buffer, into.byteOffset, into.length).fill(text.subarray(number % 997));
      else into.set(program.subarray((number * block) % (program.length - block)).subarray(0, into.length));
    },
    () => blocks.map((number) => ({ position: number * block, length: block })),
  );
}

function run(job: Job): JobResult {
  return JSON.parse(execFileSync(process.execPath, [jobFile, JSON.stringify(job)], { encoding: 'utf8' }));
}

function timed(command: string, args: readonly string[]): number {
  const start = performance.now();
  const { status, stderr } = spawnSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  if (status !== 0) throw new Error(`${command} ended with ${status}: ${stderr}`);
  return performance.now() - start;
}

function fresh(out: string): void {
  rmSync(out, { force: true });
  spawnSync('sync');
}

function medianOf(measure: () => number): number {
  return median(Array.from({ length: rounds }, measure));
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}
