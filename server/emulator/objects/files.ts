import { close, open, read, readSync } from 'node:fs';
import { promisify } from 'node:util';
import type { FilePiece } from '../store/blobs.ts';

const openFile = promisify(open);
const closeFile = promisify(close);
const readFile = promisify(read);
const chunkBytes = 128 * 1024;
/** What is read at once, without another thread: that would take longer than the reading. */
const smallBytes = 4096;

/**
 * The bytes of pieces of files in order. Two buffers take turns: a chunk stays as it is until the next but one is asked
 * for, so one can be sent while the next is read. Small pieces share a chunk, and neighbours of one file its opening.
 * Before the last chunk comes, every file is closed.
 */
export async function* readPieces(pieces: readonly FilePiece[]): AsyncGenerator<Buffer> {
  let left = pieces.reduce((sum, { length }) => sum + length, 0);
  const bytes = Math.min(chunkBytes, left);
  const buffers = [Buffer.allocUnsafeSlow(bytes), Buffer.allocUnsafeSlow(bytes)] as const;
  let turn: 0 | 1 = 0;
  let filled = 0;
  let opened: { path: string; file: number } | undefined;
  const closeOpened = async () => {
    const before = opened;
    opened = undefined;
    if (before) await closeFile(before.file);
  };
  try {
    for (const { path, start, length } of pieces) {
      if (opened?.path !== path) {
        await closeOpened();
        opened = { path, file: await openFile(path, 'r') };
      }
      const { file } = opened;
      for (let done = 0; done < length; ) {
        const wanted = Math.min(bytes - filled, length - done);
        const bytesRead =
          length <= smallBytes
            ? readSync(file, buffers[turn], filled, wanted, start + done)
            : (await readFile(file, buffers[turn], filled, wanted, start + done)).bytesRead;
        if (bytesRead === 0) throw new Error(`The stored file ${path} is shorter than its record says.`);
        done += bytesRead;
        filled += bytesRead;
        left -= bytesRead;
        if (filled < bytes && left > 0) continue;
        if (left === 0) await closeOpened();
        const chunk = buffers[turn].subarray(0, filled);
        turn = turn === 0 ? 1 : 0;
        filled = 0;
        yield chunk;
      }
    }
  } finally {
    await closeOpened();
  }
}
