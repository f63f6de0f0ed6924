/** One piece of disk work in a process of its own, for its time and its memory: `node job.ts JSON` prints JSON. */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { readDiskFacts } from '../../server/disks/facts.ts';
import { fileSource } from '../../server/disks/fileSource.ts';
import { mergeChain } from '../../server/disks/format/chain.ts';
import { packOva } from '../../server/disks/format/ova.ts';
import { readInto } from '../../server/disks/source.ts';

export type Job =
  | { readonly do: 'read'; readonly paths: readonly string[]; readonly times: number }
  | { readonly do: 'merge'; readonly paths: readonly string[]; readonly out: string }
  | {
      readonly do: 'pack';
      readonly paths: readonly string[];
      readonly out: string;
      readonly compression: 'deflate' | 'stored';
    }
  | { readonly do: 'hash'; readonly paths: readonly string[] };

export interface JobResult {
  /** Of each run. */
  readonly milliseconds: readonly number[];
  readonly cpu: number;
  /** The process's memory, in MiB: before the work, and at most (VmHWM; Linux). */
  readonly before: number;
  readonly peak: number;
  readonly result: unknown;
}

const job: Job = JSON.parse(process.argv[2] ?? '{}');
const before = memory('VmRSS');
const cpu = process.cpuUsage();
const milliseconds: number[] = [];
let result: unknown;
for (let times = job.do === 'read' ? job.times : 1; times > 0; times--) {
  const start = performance.now();
  result = await run(job);
  milliseconds.push(performance.now() - start);
}
const { user, system } = process.cpuUsage(cpu);
const done: JobResult = { milliseconds, cpu: (user + system) / 1000, before, peak: memory('VmHWM'), result };
console.log(JSON.stringify(done));

async function run(job: Job): Promise<unknown> {
  const sources = job.paths.map(fileSource);
  const [first] = sources;
  if (!first) throw new Error('No disk was named.');
  try {
    if (job.do === 'read') return await readDiskFacts(job.paths[0] ?? '', first);
    if (job.do === 'hash') {
      const hashes = [createHash('md5'), createHash('sha512')];
      const bytes = Buffer.alloc(1024 * 1024);
      for (let at = 0; at < first.size; at += bytes.length) {
        const piece = bytes.subarray(0, await readInto(first, bytes, at));
        for (const hash of hashes) hash.update(piece);
      }
      return hashes.map((hash) => hash.digest('hex'));
    }
    const file = openSync(job.out, 'w');
    try {
      if (job.do === 'pack') {
        const members = sources.map((source, at) => ({ name: `${at}.vhd`, source }));
        return await packOva(members, (bytes) => void writeSync(file, bytes), job);
      }
      const identity = { uuid: new Uint8Array(16).fill(0xab), timestamp: 1 };
      return await mergeChain(sources, identity, (bytes, at) => {
        writeSync(file, bytes, 0, bytes.length, at);
      });
    } finally {
      closeSync(file);
    }
  } finally {
    for (const source of sources) source.close();
  }
}

function memory(field: 'VmRSS' | 'VmHWM'): number {
  const [, kilobytes] =
    new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
}
