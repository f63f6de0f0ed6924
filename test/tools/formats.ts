import { execFileSync } from 'node:child_process';
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureDebian } from './debian.ts';
import { MiB } from './disks.ts';

/** A file of another tool's making, and what its makers' own reader and OpenStack's checks say of it. */
export interface FormatCase {
  readonly name: string;
  /** Makes the file from `raw`, a disk of 20 MiB with something in it. */
  make(raw: string, path: string): void;
  /** The names of the checks that fail. */
  readonly failed?: readonly string[];
  /** What `qemu-img info` calls it, where that is not our name. */
  readonly qemu?: string;
  /** Its blocks can be found, and hold what the raw disk holds. */
  readonly isReadable?: true;
}

export function runTool(command: string, ...args: string[]): string {
  return execFileSync(command, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` },
  });
}

const convert = (format: string, ...more: string[]) => ({
  make: (raw: string, path: string) =>
    void runTool('qemu-img', 'convert', '-f', 'raw', '-O', format, ...more, raw, path),
});
const create = (format: string, ...more: string[]) => ({
  make: (_raw: string, path: string) =>
    void runTool('qemu-img', 'create', '-q', ...more, '-f', format, path, '20M'),
});
/** On a busy machine qemu-img now and then cannot measure how long a key takes it. */
function createEncrypted(format: string, options: string) {
  return {
    make: (raw: string, path: string): void => {
      for (let tries = 1; ; tries++)
        try {
          create(format, ...secret, '-o', options).make(raw, path);
          return;
        } catch (error) {
          if (tries === 20 || !String(error).includes('accurate CPU usage')) throw error;
        }
    },
  };
}

const secret = ['--object', 'secret,id=key,data=secret'];

/** Every format and option that qemu-img writes. */
export const qemuCases: readonly FormatCase[] = [
  ...[
    ['-o', 'compat=0.10'],
    ['-o', 'compat=1.1'],
    ['-o', 'cluster_size=512'],
    ['-o', 'cluster_size=2M'],
    ['-o', 'lazy_refcounts=on'],
    ['-o', 'refcount_bits=1'],
    ['-o', 'preallocation=metadata'],
    ['-c'],
    ['-c', '-o', 'compression_type=zstd'],
    ['-c', '-o', 'cluster_size=4096'],
  ].map((options): FormatCase => {
    // Unpacking zstd is not for every platform.
    const isReadable = !options.includes('compression_type=zstd');
    return {
      name: `qcow2 ${options.join(' ')}`,
      ...convert('qcow2', ...options),
      ...(isReadable ? { isReadable } : {}),
    };
  }),
  { name: 'qcow2 extended_l2', ...convert('qcow2', '-o', 'extended_l2=on'), failed: ['unknown_features'] },
  {
    name: 'qcow2 luks',
    ...createEncrypted('qcow2', 'encrypt.format=luks,encrypt.key-secret=key,encrypt.iter-time=10'),
  },
  {
    name: 'qcow2 backing',
    make: (raw, path) =>
      void runTool('qemu-img', 'create', '-q', '-f', 'qcow2', '-b', raw, '-F', 'raw', path),
    failed: ['backing_file'],
  },
  {
    name: 'qcow2 data_file',
    make: (_raw, path) =>
      void runTool('qemu-img', 'create', '-q', '-f', 'qcow2', '-o', `data_file=${path}.data`, path, '20M'),
    failed: ['data_file'],
  },
  { name: 'vmdk monolithicSparse', ...convert('vmdk', '-o', 'subformat=monolithicSparse'), isReadable: true },
  { name: 'vmdk streamOptimized', ...convert('vmdk', '-o', 'subformat=streamOptimized'), isReadable: true },
  ...['monolithicFlat', 'twoGbMaxExtentSparse', 'twoGbMaxExtentFlat'].map((kind) => ({
    name: `vmdk ${kind}`,
    ...convert('vmdk', '-o', `subformat=${kind}`),
    failed: ['descriptor'],
  })),
  { name: 'vhdx dynamic', ...convert('vhdx', '-o', 'subformat=dynamic'), isReadable: true },
  { name: 'vhdx fixed', ...convert('vhdx', '-o', 'subformat=fixed'), isReadable: true },
  { name: 'vhdx small blocks', ...convert('vhdx', '-o', 'block_size=1M'), isReadable: true },
  { name: 'vdi', ...convert('vdi'), isReadable: true },
  { name: 'vdi static', ...convert('vdi', '-o', 'static=on'), isReadable: true },
  { name: 'vhd', ...convert('vpc', '-o', 'force_size=on'), qemu: 'vpc' },
  { name: 'qed', ...convert('qed'), failed: ['banned'] },
  { name: 'luks', ...createEncrypted('luks', 'key-secret=key,iter-time=10') },
  { name: 'raw', ...convert('raw'), isReadable: true },
];

const table =
  (...args: string[]) =>
  (_raw: string, path: string): void => {
    ensureDebian(['gdisk'], 'sgdisk');
    writeFileSync(path, '');
    truncateSync(path, 64 * MiB);
    runTool('sgdisk', ...args, path);
  };

/** Raw disks with tables of partitions. */
export const tableCases: readonly FormatCase[] = [
  { name: 'gpt', make: table('-n1:2048:+10M', '-t1:ef00', '-n2:0:0'), qemu: 'raw' },
  { name: 'mbr', make: table('-n1:2048:+10M', '-m1'), qemu: 'raw' },
  { name: 'hybrid', make: table('-n1:2048:+10M', '-n2:0:0', '-h1'), qemu: 'raw', failed: ['mbr'] },
  { name: 'empty gpt', make: table('-o'), qemu: 'raw' },
];

/** Makes the raw disk of which the others are made: bytes here and there, in a first block and after a gap. */
export function makeRawDisk(folder: string): string {
  const path = join(folder, 'base.raw');
  const bytes = Buffer.alloc(20 * MiB);
  for (let at = 0; at < 3 * MiB; at += 4) bytes.writeUInt32LE((at * 2_654_435_761) % 2 ** 32, at);
  for (let at = 9 * MiB + 512; at < 10 * MiB; at += 8) bytes.writeUInt32LE(at % 251, at);
  bytes.fill(7, 20 * MiB - 512);
  bytes.fill(0, 510, 512);
  writeFileSync(path, bytes);
  return path;
}
