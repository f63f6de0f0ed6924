import { randomFillSync } from 'node:crypto';
import { closeSync, openSync, rmSync, statfsSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '../kernel/log.ts';

/** Room on the disk that is kept so that a full one can be freed: a deletion writes, too. */
export interface Reserve {
  /** Gives the room back. */
  release(): void;
  /** Takes the room where it is not taken and the disk has enough of it. */
  restore(): void;
}

const reserveBytes = 8 * 2 ** 20;
/** It is taken only where as much again stays free. */
const leastFree = 2 * reserveBytes;

export function createReserve(data: string, log: Log): Reserve {
  const path = join(data, 'emulator.reserve');
  const isTaken = () => (statSync(path, { throwIfNoEntry: false })?.size ?? 0) >= reserveBytes;
  const release = () => rmSync(path, { force: true });
  return {
    release: () => {
      if (!isTaken()) return;
      release();
      log.warn(`The disk of ${data} is full. What was kept for deletions is used now.`);
    },
    restore: () => {
      if (isTaken()) return;
      try {
        const { bavail, bsize } = statfsSync(data);
        if (bavail * bsize < leastFree) return;
        release();
        fill(path);
      } catch (error) {
        release(); // half of it is of no use
        log.error(`No room was kept in ${data} for deletions on a full disk`, error);
      }
    },
  };
}

/** With bytes that no file system presses together. */
function fill(path: string): void {
  const piece = randomFillSync(Buffer.allocUnsafe(256 * 1024));
  const file = openSync(path, 'wx', 0o600);
  try {
    for (let at = 0; at < reserveBytes; at += piece.length) {
      piece.writeUInt32LE(at, 0);
      writeSync(file, piece);
    }
  } finally {
    closeSync(file);
  }
}
