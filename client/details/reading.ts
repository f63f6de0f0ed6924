import { t } from '@vscode/l10n';
import { readStoredDisk } from '../../server/cloud/stored/storedDisk.ts';
import { readStored } from '../../server/cloud/stored/storedObject.ts';
import type { Connection } from '../cloud/cloudSource.ts';
import type { LiveServer } from '../cloud/serverCollection.ts';
import type { LiveTask } from '../cloud/taskCollection.ts';
import { describeError } from '../ui/errors.ts';
import type { StoredCopy } from './model/content.ts';
import type { Fetched } from './model/fetched.ts';
import { locateObjects } from './model/stored.ts';
import { type Expected, expectImaging } from './model/timeLines.ts';

/** Reads something, and tells how that ends: an error in words, for the section that it is for. */
export async function fetched<T>(read: () => Promise<T>): Promise<Fetched<T>> {
  try {
    return { kind: 'ready', value: await read() };
  } catch (error) {
    return { kind: 'failed', reason: describeError(error) };
  }
}

/**
 * Reads what Cloud Files has of an image: first what the objects are made of, which `tell` takes, then the tables of the disks
 * in them. Throws CloudError.
 */
export async function readCopies(
  { cloud: { objects } }: Connection,
  id: string,
  tasks: Iterable<LiveTask>,
  { tell, signal }: { readonly tell: (copies: readonly StoredCopy[]) => void; readonly signal: AbortSignal },
): Promise<readonly StoredCopy[]> {
  const stored = await Promise.all(
    locateObjects(id, tasks).map(async ({ origin, ...place }) => ({
      origin,
      object: await readStored(objects, place),
    })),
  );
  tell(stored.map((copy) => ({ ...copy, disk: { kind: 'reading' } })));
  return Promise.all(
    stored.map(async ({ origin, object }) => ({
      ...{ origin, object },
      disk:
        object.segments.length === 0
          ? { kind: 'unread' as const }
          : await fetched(() => readStoredDisk(objects, object, signal)),
    })),
  );
}

/**
 * How long the imaging of a server takes: what the connection tells of it, else the least that the cloud states; undefined where
 * neither does, or the cloud's clock stands still.
 */
export async function readExpected(connection: Connection, live: LiveServer): Promise<Expected | undefined> {
  const { control, cloud } = connection;
  if (!control) return expectImaging(live, connection);
  const told = await fetched(async () => {
    const [minutes, { speed, paused }] = await Promise.all([
      control.readImaging(cloud.region, live.server.id),
      control.clock(),
    ]);
    if (paused) return undefined;
    return { before: (minutes.before * 60_000) / speed, upload: (minutes.upload * 60_000) / speed };
  });
  if (told.kind !== 'ready' || !told.value) return undefined;
  return { ...told.value, because: t('of the amounts that its disk holds and was written') };
}
