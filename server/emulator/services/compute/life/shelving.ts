import { randomUUID } from 'node:crypto';
import type { EmulatorContext } from '../../context.ts';
import type { ImageRow } from '../../images/view.ts';
import { captureDisk, fillImage } from '../imaging/capture.ts';
import { createSnapshot } from '../imaging/properties.ts';
import type { ServerRow } from '../servers/rows.ts';

/** Inside `store.write`: enters the image in which a server is kept while it is shelved. */
export function beginShelving(context: EmulatorContext, row: ServerRow): void {
  if (row.boot_volume !== null) return; // its volume stays
  const id = randomUUID();
  const who = { user: { id: row.user }, account: { id: row.account } };
  createSnapshot(context, who, row, id, { name: `${row.name}-shelved`, metadata: {}, type: 'snapshot' });
  context.store.run('INSERT OR REPLACE INTO shelved_images (server, image) VALUES (?, ?)', row.key, id);
}

/** Gives that image the server's disk. */
export async function keepShelved(
  context: EmulatorContext,
  row: ServerRow,
  signal: AbortSignal,
): Promise<void> {
  const image = findShelved(context, row);
  if (image?.status !== 'queued') return;
  await captureDisk(context, row, image.id, { signal, progress: () => undefined }, (taken) => {
    const found = context.images.find(row.region, image.id);
    if (found) fillImage(context, row, found, taken);
    else context.blobs.release(taken.sha512);
  });
}

/** Inside `store.write`: the server has its host again, or is gone. Its image stays where somebody has protected it. */
export function endShelving(context: EmulatorContext, row: ServerRow): void {
  const image = findShelved(context, row);
  if (image?.protected === 0) context.images.remove(image);
  context.store.run('DELETE FROM shelved_images WHERE server = ?', row.key);
}

function findShelved({ images, store }: EmulatorContext, { key, region }: ServerRow): ImageRow | undefined {
  const found = store.get<{ image: string }>('SELECT image FROM shelved_images WHERE server = ?', key);
  return found && images.find(region, found.image);
}
