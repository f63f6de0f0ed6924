import { productVersion } from '../../version.ts';
import { ApiError } from '../kernel/apiError.ts';
import { readJson } from '../kernel/body.ts';
import { readParam } from '../kernel/request.ts';
import { sendChunks } from '../kernel/sending.ts';
import type { EmulatorContext } from '../services/context.ts';
import type { OnControl, Service } from '../services/service.ts';
import { listContentColumns } from '../services/services.ts';
import { readFields, text } from './fields.ts';
import { enterSnapshot } from './snapshotFile/enter.ts';
import { SnapshotRefused } from './snapshotFile/format.ts';
import { receiveSnapshot } from './snapshotFile/read.ts';
import { openSnapshot } from './snapshotFile/write.ts';
import { bringBack, drop, keep, type State } from './state.ts';

interface Row {
  number: number;
  name: string;
  /** On the clock. */
  time: number;
  clock: string;
}

/** Named copies of the whole cloud, its clock and its running jobs among it, to go back to. Their content stays held. */
export function snapshotRoutes(
  on: OnControl,
  context: EmulatorContext,
  services: readonly Service[],
  state: State,
): void {
  // Long, since it is a table of routes that share a few readers.
  const { store, clock } = context;
  const find = (name: string): Row => {
    const row = store.get<Row>('SELECT * FROM snapshots WHERE name = ?', name);
    if (!row) throw new ApiError('emulator/not-found', `There is no snapshot '${name}'.`);
    return row;
  };
  const requireFree = (name: string): void => {
    if (store.get('SELECT 1 FROM snapshots WHERE name = ?', name))
      throw new ApiError(
        'emulator/exists',
        `A snapshot '${name}' exists. Delete it, or choose another name.`,
      );
  };
  const view = ({ number, name, time }: Row) => {
    const held = store.get<{ bytes: number }>(
      `SELECT coalesce(sum(size), 0) AS bytes FROM snapshot_blobs JOIN blobs ON hash = blob WHERE snapshot = ?`,
      number,
    );
    return { name, time: new Date(time).toISOString(), bytes: held?.bytes ?? 0 };
  };

  on('GET', '/snapshots', () => ({
    snapshots: store.all<Row>('SELECT * FROM snapshots ORDER BY number').map(view),
  }));
  on('POST', '/snapshots', async (request, reply) => {
    const { name } = readFields(await readJson(request), { name: text() });
    await store.write(() => {
      requireFree(name);
      const { key } = store.run(
        'INSERT INTO snapshots (name, time, clock) VALUES (?, ?, ?)',
        name,
        clock.now(),
        JSON.stringify(clock.state),
      );
      keep(store, listContentColumns(services), key);
    });
    return reply.code(201).send(view(find(name)));
  });
  on('GET', '/snapshots/:name', async (request, reply) => {
    const snapshot = find(readParam(request, 'name'));
    const file = await openSnapshot(context, services, snapshot, productVersion()).catch((error) => {
      find(snapshot.name); // it may have gone meanwhile
      throw error;
    });
    reply.headers({ 'content-type': 'application/x-tar', 'content-length': file.bytes });
    await sendChunks(context.log, request, reply, file.read()).finally(file.release);
  });
  on('PUT', '/snapshots/:name', async (request, reply) => {
    const name = text()(readParam(request, 'name'), 'The name of the snapshot');
    requireFree(name);
    await orRefuse(async () => {
      const received = await receiveSnapshot(context, services, request.raw);
      let settle = (): void => undefined;
      try {
        await store.write(() => {
          requireFree(name);
          ({ settle } = enterSnapshot(context, listContentColumns(services), received, name));
        });
      } finally {
        settle();
        received.discard();
      }
    });
    return reply.code(201).send(view(find(name)));
  });
  on('POST', '/snapshots/:name/restore', async (request) => {
    const name = readParam(request, 'name');
    await state.alter(() => {
      const { number, clock: kept } = find(name);
      bringBack(store, number);
      for (const service of services) service.recover?.(context, 'restore');
      clock.change(() => JSON.parse(kept));
    });
    return view(find(name));
  });
  on('DELETE', '/snapshots/:name', async (request, reply) => {
    await store.free(() => {
      const { number } = find(readParam(request, 'name'));
      const held = store.all<{ blob: string }>('SELECT blob FROM snapshot_blobs WHERE snapshot = ?', number);
      drop(store, number);
      store.run('DELETE FROM snapshots WHERE number = ?', number);
      for (const { blob } of held) context.blobs.release(blob);
    });
    return reply.code(204).send();
  });
}

async function orRefuse(act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    throw error instanceof SnapshotRefused ? new ApiError('emulator/snapshot', error.message) : error;
  }
}
