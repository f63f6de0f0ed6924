import { closeSync, fdatasync, openSync, writeSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';

const syncData = promisify(fdatasync);

/** A new file that takes large pieces. */
export interface Writing {
  readonly path: string;
  readonly file: number;
  /** The bytes are written when it returns; its promise only gives others their turn. */
  write(bytes: Uint8Array, position: number): Promise<void>;
  /** Resolves when all of it is durable. */
  sync(): Promise<void>;
  /** After the syncing that still runs. */
  close(): Promise<void>;
}

/** How much is written before others get their turn: a message to stop among them. */
const turnBytes = 8 * 1024 * 1024;
/** How much is written before it is sent to the disk, while more comes: so that in the end little is left to wait for. */
const syncBytes = 64 * 1024 * 1024;

/** `lasting`: it will be synced. Throws where the file is there. */
export function createWriting(path: string, lasting: boolean): Writing {
  const file = openSync(path, 'wx+', 0o600);
  let sinceTurn = 0;
  let sinceSync = 0;
  let syncing: Promise<void> | undefined;
  let failure: { readonly error: unknown } | undefined;
  const syncSoon = (): void => {
    sinceSync = 0;
    syncing = syncData(file)
      .catch((error) => {
        failure ??= { error }; // the system tells it once, so a later sync would know nothing of it
      })
      .finally(() => {
        syncing = undefined;
      });
  };
  return {
    path,
    file,
    write: async (bytes, position) => {
      for (let at = 0; at < bytes.length; )
        at += writeSync(file, bytes, at, bytes.length - at, position + at);
      sinceTurn += bytes.length;
      sinceSync += bytes.length;
      if (lasting && sinceSync >= syncBytes && !syncing) syncSoon();
      if (sinceTurn < turnBytes) return;
      sinceTurn = 0;
      await setImmediate();
    },
    sync: async () => {
      await syncing;
      if (failure) throw failure.error;
      await syncData(file);
    },
    close: async () => {
      await syncing;
      closeSync(file);
    },
  };
}
