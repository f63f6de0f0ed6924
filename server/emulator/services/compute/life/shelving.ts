import { randomUUID } from 'node:crypto';
import type { EmulatorContext } from '../../context.ts';
import type { ImageRow } from '../../images/view.ts';
import { captureDisk, fillImage } from '../imaging/capture.ts';
import { createSnapshot } from '../imaging/properties.ts';
import type { ServerRow } from '../servers/rows.ts';

const nameOf = ({ name }: ServerRow) => `${name}-shelved`;

/** Inside `store.write`: enters the image in which a server is kept while it is shelved. */
export function beginShelving(context: EmulatorContext, row: ServerRow): void {
  if (row.boot_volume !== null) return; // its volume stays
  const who = { user: { id: row.user }, account: { id: row.account } };
  createSnapshot(context, who, row, randomUUID(), { name: nameOf(row), metadata: {}, type: 'snapshot' });
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

/** Inside `store.write`: the server has its host again, or is gone. */
export function endShelving(context: EmulatorContext, row: ServerRow): void {
  const image = findShelved(context, row);
  if (image) context.images.remove(image);
}

function findShelved({ images, store }: EmulatorContext, row: ServerRow): ImageRow | undefined {
  const found = store.get<{ id: string }>(
    `SELECT images.id FROM images
       JOIN image_properties AS server ON server.image = images.key AND server.name = 'instance_uuid' AND server.value = ?
     WHERE images.region = ? AND images.name = ? ORDER BY images.created DESC`,
    row.id,
    row.region,
    nameOf(row),
  );
  return found && images.find(row.region, found.id);
}
