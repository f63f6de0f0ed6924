import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { extract } from 'tar-stream';
import { ApiError } from '../../kernel/apiError.ts';
import type { EmulatorContext } from '../../services/context.ts';
import type { Service } from '../../services/service.ts';
import { readHashName } from '../../store/names.ts';
import { type Head, names, parseHead, readContentName, refusals, SnapshotRefused } from './format.ts';
import { type Spooled, spool } from './spool.ts';

/** A file that has been read: everything is there and is what its name says, and nothing is entered yet. */
export interface ReceivedSnapshot {
  readonly head: Head;
  readonly records: Spooled;
  readonly contents: readonly Spooled[];
  /** Removes what was not adopted. */
  discard(): void;
}

const largestHead = 2 ** 20;

/** Reads the head of a file. Throws SnapshotRefused, and what the system says. */
export async function readHead(path: string, services: readonly Service[]): Promise<Head> {
  const source = createReadStream(path);
  try {
    for await (const entry of readEntries(source)) return await takeHead(entry, services);
  } finally {
    source.destroy();
  }
  throw new SnapshotRefused(refusals.foreign);
}

/** Writes what a file holds beside the store. Throws SnapshotRefused; whatever goes wrong, no file is left. */
export async function receiveSnapshot(
  { blobs, profile }: EmulatorContext,
  services: readonly Service[],
  source: Readable,
): Promise<ReceivedSnapshot> {
  let head: Head | undefined;
  let records: Spooled | undefined;
  const contents = new Map<string, Spooled>();
  const discard = (): void => {
    for (const { file } of [...contents.values(), ...(records ? [records] : [])]) blobs.discard(file);
  };
  try {
    for await (const entry of readEntries(source)) {
      const { name } = entry;
      if (!head) {
        head = await takeHead(entry, services);
        if (head.profile !== profile.name)
          throw new SnapshotRefused(refusals.profile(head.profile, profile.name));
      } else if (name === names.records && !records) {
        records = await spool(blobs, entry.bytes, 'sha256');
        if (records.hash !== head.records.sha256)
          throw new SnapshotRefused(refusals.damaged('its records are not what they were'));
      } else {
        const hash = readContentName(name);
        if (hash === undefined || contents.has(hash))
          throw new SnapshotRefused(refusals.damaged(`it holds '${name}'`));
        const spooled = await spool(blobs, entry.bytes, readHashName(hash));
        contents.set(hash, spooled);
        if (spooled.hash !== hash)
          throw new SnapshotRefused(
            refusals.damaged(`content ${hash.slice(0, 16)}… is not what its name says`),
          );
      }
    }
    if (!head) throw new SnapshotRefused(refusals.foreign);
    if (!records || contents.size !== head.contents.count)
      throw new SnapshotRefused(refusals.damaged('it is cut short'));
    return { head, records, contents: [...contents.values()], discard };
  } catch (error) {
    discard();
    throw error;
  }
}

interface Entry {
  readonly name: string;
  readonly bytes: AsyncIterable<Uint8Array>;
}

async function takeHead({ name, bytes }: Entry, services: readonly Service[]): Promise<Head> {
  if (name !== names.head) throw new SnapshotRefused(refusals.foreign);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of bytes) {
    size += chunk.length;
    if (size > largestHead) throw new SnapshotRefused(refusals.foreign);
    chunks.push(chunk);
  }
  return parseHead(Buffer.concat(chunks).toString(), services);
}

/** The files of a tar, in order; each one's bytes are read, or left, before the next. */
async function* readEntries(source: Readable): AsyncGenerator<Entry> {
  const archive = extract();
  let cause: unknown;
  source.on('error', (error) => {
    cause = error;
    archive.destroy(error);
  });
  source.once('close', () => {
    if (!source.readableEnded) archive.destroy();
  });
  source.pipe(archive);
  let first = true;
  // What a client or the disk did is theirs; anything else is said by the reader of the tar.
  const explain = (error: unknown): unknown => {
    const known = cause ?? error;
    if (known instanceof SnapshotRefused || known instanceof ApiError || isOfSystem(known)) return known;
    return new SnapshotRefused(first ? refusals.foreign : refusals.damaged('it is cut short'), {
      cause: known,
    });
  };
  try {
    for await (const entry of archive) {
      if (entry.header.type !== 'file')
        throw new SnapshotRefused(
          first ? refusals.foreign : refusals.damaged(`'${entry.header.name}' is no file`),
        );
      first = false;
      yield { name: entry.header.name, bytes: readBytes(entry, explain) };
      entry.resume();
    }
  } catch (error) {
    throw explain(error);
  } finally {
    source.unpipe(archive);
    archive.destroy();
  }
  if (!source.readableEnded) throw new SnapshotRefused(refusals.damaged('it is cut short'));
}

async function* readBytes(
  entry: AsyncIterable<unknown>,
  explain: (error: unknown) => unknown,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const bytes of entry) if (bytes instanceof Uint8Array) yield bytes;
  } catch (error) {
    throw explain(error);
  }
}

function isOfSystem(error: unknown): boolean {
  return error instanceof Error && 'errno' in error;
}
