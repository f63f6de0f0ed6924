import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from '../../server/cloud/cloud.ts';
import { uploadFile } from '../../server/cloud/services/largeObjects.ts';
import { writeDisk } from '../disks/large.ts';
import { GiB } from '../tools/disks.ts';
import { startEmulator } from '../tools/emulator.ts';
import { cpuOf } from './cpu.ts';
import { mixture } from './disks.ts';
import { peakOf } from './resident.ts';
import { record } from './results.ts';

const rounds = 3;

/**
 * Imports and exports of a dynamic VHD of 1 GiB (`CLOUD_IMAGES_BENCH_GIB` for more) through HTTP, beside the tools that
 * do the same on files: the best of three, each into new files, since the machine may be at other work.
 */
export async function benchTasks(): Promise<void> {
  const size = Number(process.env['CLOUD_IMAGES_BENCH_GIB'] ?? 1) * GiB;
  const { bavail, bsize } = statfsSync(tmpdir());
  if (bavail * bsize < 11 * size) {
    console.log(`Imports and exports: not measured; ${tmpdir()} needs ${(11 * size) / GiB} GiB of room.\n`);
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'cloud-images-bench-'));
  try {
    const disk = join(folder, 'disk.vhd');
    const bytes = await writeDisk(disk, mixture(2 * size, 2), 1);
    console.log(`Imports and exports of ${(bytes / 1e6).toFixed(0)} MB (best of ${rounds})`);
    const out = join(folder, 'out');
    const zipped = join(folder, 'zipped');
    execFileSync('bash', ['-c', `pigz -1 -c ${disk} > ${zipped}`]);
    const md5 = `tee >(md5sum >${folder}/md5) > ${out}; sync ${out}`;
    const hashes = `tee >(md5sum >${folder}/md5) >(sha512sum >${folder}/sha)`;
    const copy = ['cp', `cp --sparse=never --reflink=never ${disk} ${out}; sync ${out}`] as const;
    // Swift's ETag is an MD5, and what is compressed must be unzipped: no export can be as fast as `cp` alone.
    const peers = {
      deflate: {
        import: [
          ['pigz -1 | tee hashes', `set -o pipefail; pigz -1 -c ${disk} | ${hashes} > ${out}; sync ${out}`],
        ],
        export: [['gzip -d | tee md5sum', `set -o pipefail; gzip -dc ${zipped} | ${md5}`], copy],
      },
      stored: {
        import: [['hashes', `${hashes} < ${disk} > /dev/null`]],
        export: [['tee md5sum', `< ${disk} ${md5}`], copy],
      },
    } as const;
    for (const compression of ['deflate', 'stored'] as const) {
      const ours = await measure(folder, disk, compression);
      for (const type of ['import', 'export'] as const) {
        const beside = peers[compression][type].map(
          ([name, command]) => [name, timed(command, out)] as const,
        );
        line(`${type}, ${compression}`, ours[type], beside);
      }
      console.log(`peak memory of the emulator  ${ours.peak.toFixed(0)} MiB`);
      record({ what: `peak memory, ${compression}`, value: ours.peak, unit: 'MiB', most: 200 });
    }
    console.log('');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface Spent {
  readonly milliseconds: number;
  readonly cpu: number;
}

async function measure(
  folder: string,
  disk: string,
  ovaCompression: string,
): Promise<{ import: Spent; export: Spent; peak: number }> {
  const config = join(folder, 'config.json');
  writeFileSync(config, JSON.stringify({ emulator: { ovaCompression } }));
  const data = join(folder, 'data');
  const emulator = await startEmulator({ data, arguments: ['--speed', '1e9', '--config', config] });
  try {
    const credentials = { userName: 'owner', password: 'emulator', project: '100001', region: 'DFW' };
    const cloud = await connect({ authUrl: `${emulator.url}/identity/v3`, ...credentials });
    await uploadFile(cloud.objects, 'exports', 'disk.vhd', disk); // above 5 GB in segments
    const run = async (type: 'import' | 'export', input: Record<string, string | { name: string }>) => {
      execFileSync('sync');
      const before = cpuOf(emulator.process.pid ?? 0);
      const start = performance.now();
      const { id } = await cloud.tasks.create(type, input);
      for (;;) {
        const task = await cloud.tasks.get(id);
        if (task.status === 'failure') throw new Error(`The ${type} failed: ${task.message}`);
        if (task.status === 'success') {
          const milliseconds = performance.now() - start;
          return { task, spent: { milliseconds, cpu: cpuOf(emulator.process.pid ?? 0) - before } };
        }
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };
    const [imports, exports]: [Spent[], Spent[]] = [[], []];
    for (let round = 0; round < rounds; round += 1) {
      const made = await run('import', {
        import_from: 'exports/disk.vhd',
        image_properties: { name: 'disk' },
      });
      imports.push(made.spent);
      const image = String(made.task.result?.['image_id']);
      const container = `round${round}`;
      await cloud.objects.putContainer(container);
      const gone = await run('export', { image_uuid: image, receiving_swift_container: container });
      exports.push(gone.spent);
    }
    return { import: best(imports), export: best(exports), peak: peakOf(emulator.process.pid ?? 0) };
  } finally {
    await emulator.close();
    rmSync(data, { recursive: true });
  }
}

function best(spent: readonly Spent[]): Spent {
  return spent.reduce((least, one) => (one.milliseconds < least.milliseconds ? one : least));
}

/** Milliseconds, the best of some. */
function timed(command: string, out: string): number {
  const times = Array.from({ length: rounds }, () => {
    rmSync(out, { force: true });
    spawnSync('sync');
    const start = performance.now();
    execFileSync('bash', ['-c', command]);
    return performance.now() - start;
  });
  return Math.min(...times);
}

function line(
  name: string,
  { milliseconds, cpu }: Spent,
  peers: readonly (readonly [string, number])[],
): void {
  const beside = peers.map(
    ([peer, time]) => `; ${peer} ${time.toFixed(0)} ms: ${(time / milliseconds).toFixed(2)} × as fast`,
  );
  for (const [at, [peer, time]] of peers.entries())
    record({
      what: `${name}, as fast as`,
      value: time / milliseconds,
      unit: '×',
      ...leastOf(name, at),
      peer,
    });
  console.log(`${name.padEnd(28)} ${milliseconds.toFixed(0)} ms, CPU ${cpu.toFixed(0)} ms${beside.join('')}`);
}

/** What is asked of the way beside the peer of that number: exports stand beside what has the same hashes to make, and beside `cp`. */
function leastOf(name: string, at: number): { least?: number } {
  if (name === 'import, deflate') return { least: 0.9 };
  if (name === 'import, stored') return { least: 0.8 };
  return at === 1 ? { least: 0.7 } : {};
}
