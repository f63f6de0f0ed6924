import { close, open, read } from 'node:fs';
import { promisify } from 'node:util';
import type { FilePiece } from '../store/blobs.ts';

const openFile = promisify(open);
const closeFile = promisify(close);
const readFile = promisify(read);
const chunkBytes = 128 * 1024;

/**
 * The bytes of pieces of files in order. Two buffers take turns: a chunk stays as it is until the next but one is asked
 * for, so one can be sent while the next is read.
 */
export async function* readPieces(pieces: readonly FilePiece[]): AsyncGenerator<Buffer> {
  const longest = Math.max(0, ...pieces.slice(0, 1000).map(({ length }) => length));
  const bytes = pieces.length > 1000 ? chunkBytes : Math.min(chunkBytes, longest);
  const buffers = [Buffer.allocUnsafeSlow(bytes), Buffer.allocUnsafeSlow(bytes)] as const;
  let turn: 0 | 1 = 0;
  for (const { path, start, length } of pieces) {
    const file = await openFile(path, 'r');
    try {
      for (let done = 0; done < length; ) {
        const buffer = buffers[turn];
        const { bytesRead } = await readFile(file, buffer, 0, Math.min(bytes, length - done), start + done);
        if (bytesRead === 0) throw new Error(`The stored file ${path} is shorter than its record says.`);
        done += bytesRead;
        turn = turn === 0 ? 1 : 0;
        yield buffer.subarray(0, bytesRead);
      }
    } finally {
      await closeFile(file);
    }
  }
}
