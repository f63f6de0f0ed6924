import { ApiError } from '../kernel/apiError.ts';
import { readJson } from '../kernel/body.ts';
import { readParam } from '../kernel/request.ts';
import type { EmulatorContext } from '../services/context.ts';
import type { OnControl, Service } from '../services/service.ts';
import { listContentColumns } from '../services/services.ts';
import { readFields, text } from './fields.ts';
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
      if (store.get('SELECT 1 FROM snapshots WHERE name = ?', name))
        throw new ApiError(
          'emulator/exists',
          `A snapshot '${name}' exists. Delete it, or choose another name.`,
        );
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
