/** Bytes that can be read anywhere: a file, an object, a range over HTTP, a member of an archive. */
export interface ByteSource {
  readonly size: number;
  /** Exactly `length` bytes, or fewer only where the source ends. The bytes belong to the source: do not change them. */
  read(position: number, length: number): Uint8Array | Promise<Uint8Array>;
  /** The same into the caller's memory, where the source can do that without a copy: ask by `readInto`. */
  fill?(into: Uint8Array, position: number): number | Promise<number>;
}

/** Compressed bytes that cannot be unpacked, or are not what their checksum says. */
export class DamagedData extends Error {
  constructor(start: number, length: number) {
    super(`The compressed data is damaged in the ${length} bytes from ${start}.`);
  }
}

/** Reads as many bytes as `into` takes, fewer only where the source ends. Answers how many there were. */
export async function readInto(source: ByteSource, into: Uint8Array, position: number): Promise<number> {
  if (source.fill) return source.fill(into, position);
  const bytes = await source.read(position, into.length);
  into.set(bytes);
  return bytes.length;
}

export function memorySource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    read: (position, length) => bytes.subarray(position, position + within(bytes.length, position, length)),
  };
}

/** A part of a source, as a source of its own. */
export function sliceSource(source: ByteSource, start: number, length: number): ByteSource {
  const size = within(source.size, start, length);
  return {
    size,
    read: (position, wanted) => source.read(start + position, within(size, position, wanted)),
    fill: (into, position) =>
      readInto(source, into.subarray(0, within(size, position, into.length)), start + position),
  };
}

/** A source by the function that reads into memory, as `fill` does. */
export function filledSource(
  size: number,
  fill: (into: Uint8Array, position: number) => Promise<number>,
): ByteSource {
  return {
    size,
    fill,
    read: async (position, length) => {
      const bytes = new Uint8Array(within(size, position, length));
      return bytes.subarray(0, await fill(bytes, position));
    },
  };
}

/** Sources one after the other, as one. */
export function joinedSource(parts: readonly ByteSource[]): ByteSource {
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  const fill = async (into: Uint8Array, position: number): Promise<number> => {
    let filled = 0;
    let start = 0;
    for (const part of parts) {
      const from = position + filled - start;
      const wanted = Math.min(into.length - filled, part.size - from);
      start += part.size;
      if (from < 0 || wanted <= 0) continue;
      const got = await readInto(part, into.subarray(filled, filled + wanted), from);
      filled += got;
      if (got < wanted) break;
    }
    return filled;
  };
  return filledSource(size, fill);
}

/** Keeps what was read last in memory (2 MiB), so that many small reads near each other cost one request. */
export function cachedSource(source: ByteSource): ByteSource {
  const pageBytes = 64 * 1024;
  const pages = new Map<number, Uint8Array>();
  const page = async (index: number): Promise<Uint8Array> => {
    const known = pages.get(index);
    if (known) return known;
    const bytes = await source.read(index * pageBytes, pageBytes);
    const oldest = pages.keys().next();
    if (pages.size >= 32 && !oldest.done) pages.delete(oldest.value);
    pages.set(index, bytes);
    return bytes;
  };
  const read = async (position: number, length: number): Promise<Uint8Array> => {
    const wanted = within(source.size, position, length);
    const first = Math.floor(position / pageBytes);
    const last = Math.floor((position + wanted - 1) / pageBytes);
    if (wanted === 0) return new Uint8Array(0);
    if (last - first > 3) return source.read(position, wanted);
    if (first === last) {
      const at = position - first * pageBytes;
      return (await page(first)).subarray(at, at + wanted);
    }
    const bytes = new Uint8Array(wanted);
    for (let index = first; index <= last; index++) {
      const from = Math.max(position, index * pageBytes);
      const part = (await page(index)).subarray(
        from - index * pageBytes,
        position + wanted - index * pageBytes,
      );
      bytes.set(part, from - position);
    }
    return bytes;
  };
  return {
    size: source.size,
    read,
    fill: async (into, position) => {
      if (into.length > 4 * pageBytes) return readInto(source, into, position);
      const bytes = await read(position, into.length);
      into.set(bytes);
      return bytes.length;
    },
  };
}

/** Counts how many of `length` bytes at `position` lie within `size`. */
export function within(size: number, position: number, length: number): number {
  return Math.max(0, Math.min(length, size - position));
}
