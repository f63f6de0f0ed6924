/** The cloud's OVA: a gzip-compressed tar of VHDs, `0.vhd` the newest (leaf), the highest number the base. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { extract, type Header } from 'tar-stream';
import { gunzipAnywhere } from '../gzip/gunzip.ts';
import { gzip } from '../gzip/gzip.ts';
import { type ByteSource, joinedSource, memorySource, readInto, sliceSource } from '../source.ts';
import { alignTar, tarBlock, tarHeader } from './tar.ts';

export interface OvaMember {
  readonly name: string;
  readonly source: ByteSource;
}

export interface PackOptions {
  /** DECISIONS 22: `deflate` is level 1. */
  readonly compression?: 'deflate' | 'stored';
  readonly signal?: AbortSignal;
  /** Works out the MD5 of what the sink was given, elsewhere; by default it is done here. */
  readonly md5?: { grown(size: number, bytes: Uint8Array): void; digest(size: number): Promise<string> };
  /** Bytes read of all members together. */
  progress?(done: number, total: number): void;
}

export interface PackedOva {
  readonly size: number;
  /** Of the OVA, in hex: Glance's `checksum` and `os_hash_value`. */
  readonly md5: string;
  readonly sha512: string;
}

/** Takes the OVA's bytes in order. They are valid until it returns, or its promise resolves. */
export type Sink = (bytes: Uint8Array) => void | Promise<void>;

/** Packs and hashes in one pass, in bounded memory. Equal members give equal bytes. Rejects where a source or the sink fails. */
export async function packOva(
  members: readonly OvaMember[],
  sink: Sink,
  options: PackOptions = {},
): Promise<PackedOva> {
  const md5 = options.md5 ?? hereBeside();
  const sha512 = createHash('sha512');
  let size = 0;
  const archive = await tar(members, options);
  for await (const bytes of gzip(archive, options.compression ?? 'deflate')) {
    options.signal?.throwIfAborted();
    sha512.update(bytes);
    size += bytes.length;
    await sink(bytes);
    md5.grown(size, bytes);
  }
  return { size, md5: await md5.digest(size), sha512: sha512.digest('hex') };
}

function hereBeside() {
  const md5 = createHash('md5');
  return {
    grown: (_: number, bytes: Uint8Array) => void md5.update(bytes),
    digest: async () => md5.digest('hex'),
  };
}

/** The archive as a source: headers, members, padding. Members that end too soon fail the reading. */
async function tar(members: readonly OvaMember[], options: PackOptions): Promise<ByteSource> {
  const total = members.reduce((sum, { source }) => sum + source.size, 0);
  let done = 0;
  const counted = ({ name, source }: OvaMember): ByteSource => {
    const fill = async (into: Uint8Array, position: number): Promise<number> => {
      const got = await readInto(source, into, position);
      if (got < into.length)
        throw new Error(`${name} ended after ${position + got} of ${source.size} bytes.`);
      done += got;
      options.progress?.(done, total);
      return got;
    };
    return { size: source.size, read: (position, length) => source.read(position, length), fill };
  };
  const parts: ByteSource[] = [];
  for (const member of members) {
    const { size } = member.source;
    const padding = new Uint8Array(alignTar(size) - size);
    parts.push(memorySource(await tarHeader(member.name, size)), counted(member), memorySource(padding));
  }
  return joinedSource([...parts, memorySource(new Uint8Array(2 * tarBlock))]);
}

/**
 * The files of an OVA of ours, which can be read anywhere while its source is open. Undefined for any other, which
 * `openOva` reads.
 */
export async function ovaMembers(source: ByteSource): Promise<readonly OvaMember[] | undefined> {
  const archive = await gunzipAnywhere(source);
  if (!archive) return undefined;
  const members: OvaMember[] = [];
  for (let at = 0; ; ) {
    const header = Buffer.from(await archive.read(at, tarBlock));
    if (header.equals(Buffer.alloc(tarBlock))) return members;
    const name = header.toString('latin1', 0, 100).replace(/\0.*$/s, '');
    // Octal, or from 8 GiB on a number of twelve bytes whose first bit is set.
    const large = header.subarray(128, 136).readBigUInt64BE();
    const size =
      header[124] === 0x80 ? Number(large) : Number.parseInt(header.toString('latin1', 124, 136), 8);
    if (!(size >= 0) || !header.equals(await tarHeader(name, size))) return undefined;
    members.push({ name, source: sliceSource(archive, at + tarBlock, size) });
    at += tarBlock + alignTar(size);
  }
}

export interface ReadMember {
  readonly name: string;
  readonly size: number;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/**
 * The files of an OVA, in the archive's order; each one's chunks must be read, or left, before the next.
 * Directories are left out, `./` before names too. Rejects where the bytes are no gzip-compressed tar.
 */
export async function* openOva(source: ByteSource): AsyncGenerator<ReadMember> {
  const archive = extract();
  const input = Readable.from(bytesOf(source));
  const unzipped = createGunzip({ chunkSize: 1024 * 1024 });
  input.on('error', (error) => unzipped.destroy(error));
  unzipped.on('error', (error) => archive.destroy(error));
  input.pipe(unzipped).pipe(archive);
  try {
    for await (const entry of archive) {
      const { name, size, type }: Header = entry.header;
      if (type === 'file')
        yield { name: name.replace(/^(\.\/)+/, ''), size: size ?? 0, chunks: chunksOf(entry) };
      entry.resume();
    }
  } finally {
    input.destroy();
    unzipped.destroy();
  }
}

async function* bytesOf(source: ByteSource): AsyncGenerator<Uint8Array> {
  const step = 1024 * 1024;
  for (let at = 0; at < source.size; at += step) yield await source.read(at, step);
}

/**
 * The disks of an OVA from the newest to the base, by name: `0.vhd`, `1.vhd` …; in older images `snap.vhd`, `image.vhd`,
 * `base.vhd`; a single VHD of any name is the newest. `swap.vhd` is no part of it. A gap is told in the cloud's words.
 */
export function chainOrder(
  names: readonly string[],
): { readonly order: readonly string[] } | { readonly corrupt: string } {
  const disks = names.filter((name) => name.endsWith('.vhd') && name !== 'swap.vhd');
  if (disks.length === 1) return { order: disks };
  const older = ['snap.vhd', 'image.vhd', 'base.vhd'].filter((name) => disks.includes(name));
  if (older.length > 0 && older.length === disks.length) return { order: older };
  const order = disks.map((_, index) => `${index}.vhd`);
  const gap = order.findIndex((name) => !disks.includes(name));
  return gap >= 0 || disks.length === 0
    ? { corrupt: `Corrupt image. Expected seq number: ${Math.max(gap, 0)}` }
    : { order };
}

async function* chunksOf(entry: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  for await (const chunk of entry) if (chunk instanceof Uint8Array) yield chunk;
}
