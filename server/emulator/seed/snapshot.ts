import { createReadStream } from 'node:fs';
import { explainReading } from '../../verbs/fileErrors.ts';
import { enterSnapshot } from '../control/snapshotFile/enter.ts';
import { type Head, isContradiction, refusals, SnapshotRefused } from '../control/snapshotFile/format.ts';
import { readHead, receiveSnapshot } from '../control/snapshotFile/read.ts';
import { bringBack, drop } from '../control/state.ts';
import { StartRefused } from '../options.ts';
import type { EmulatorContext } from '../services/context.ts';
import type { Service } from '../services/service.ts';
import { listContentColumns, services as standardServices } from '../services/services.ts';

/** Reads what the file of `--snapshot` says of itself. Throws StartRefused. */
export async function readStartHead(file: string): Promise<Head> {
  try {
    return await readHead(file, standardServices);
  } catch (error) {
    throw toRefusal(error, file);
  }
}

/**
 * Begins a new data folder with a snapshot in place of a seed; the clock goes on from there, at the speed that was asked for.
 * Throws StartRefused where the folder holds a cloud already, or the file cannot be used.
 */
export async function startFromSnapshot(
  context: EmulatorContext,
  services: readonly Service[],
  file: string,
  speed: number | undefined,
): Promise<void> {
  const { store, blobs, clock, profile, log } = context;
  if (store.get("SELECT 1 FROM meta WHERE name = 'profile'"))
    throw new StartRefused(
      'The data folder holds a cloud already, and --snapshot is for a new one. Choose another folder with --data, or restore the file: cloud-images emulator snapshot restore FILE.',
    );
  try {
    const received = await receiveSnapshot(context, services, createReadStream(file));
    const { head } = received;
    let settle = (): void => undefined;
    try {
      await store.write(() => {
        const entered = enterSnapshot(context, listContentColumns(services), received, head.name);
        settle = entered.settle;
        store.run("INSERT INTO meta (name, value) VALUES ('profile', ?)", profile.name);
        bringBack(store, entered.number);
        const held = store.all<{ blob: string }>(
          'SELECT blob FROM snapshot_blobs WHERE snapshot = ?',
          entered.number,
        );
        drop(store, entered.number);
        store.run('DELETE FROM snapshots WHERE number = ?', entered.number);
        for (const { blob } of held) blobs.release(blob);
        for (const service of services) service.recover?.(context, 'restore');
        clock.change((now) => ({ ...head.clock, speed: speed === undefined ? head.clock.speed : now.speed }));
      });
    } finally {
      settle();
      received.discard();
    }
    log.info(`Began with the snapshot ${file} of ${new Date(head.time).toISOString()}.`);
  } catch (error) {
    throw toRefusal(error, file);
  }
}

function toRefusal(error: unknown, file: string): unknown {
  if (error instanceof SnapshotRefused) return new StartRefused(`--snapshot ${file}: ${error.message}`);
  if (isContradiction(error))
    return new StartRefused(`--snapshot ${file}: ${refusals.unfit}`, { cause: error });
  // What goes wrong beside the store has paths of the data folder.
  const isOfFile = error instanceof Error && 'errno' in error && (!('path' in error) || error.path === file);
  if (!isOfFile) return error;
  const { message } = explainReading(error, file) ?? { message: `${file} cannot be read: ${error.message}.` };
  return new StartRefused(`--snapshot ${message}`, { cause: error });
}
