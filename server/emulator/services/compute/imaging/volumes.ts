import { randomUUID } from 'node:crypto';
import type { EmulatorContext } from '../../context.ts';
import { orderSnapshot } from '../../volumes/orders.ts';
import type { ServerRow } from '../servers/rows.ts';
import { listAttached } from '../servers/volumes.ts';
import { createSnapshot, type NewSnapshot } from './properties.ts';

/** Who asks for an image of a server, and in which request. */
export interface Asker {
  readonly user: { readonly id: string };
  readonly account: { readonly id: string };
  readonly request: { readonly id: string };
}

/**
 * Inside `store.write`: the image of a server that boots from a volume, as Nova makes it: snapshots of its volumes, and an
 * image without data that names them. Answers the image's id.
 */
export function snapshotVolumes(
  context: EmulatorContext,
  { user, account, request }: Asker,
  row: ServerRow,
  wanted: NewSnapshot,
): string {
  const { images, servers, volumes } = context;
  const mappings = listAttached(context, row.region, [row.id]).flatMap((attached) => {
    const volume = volumes.find(row.region, attached.volume);
    if (!volume) return [];
    const snapshot = orderSnapshot(context, { account: account.id, user: user.id }, volume, {
      ...{ name: `snapshot for ${wanted.name}`, description: '', metadata: {}, mayBeInUse: true },
    });
    return {
      boot_index: volume.id === row.boot_volume ? 0 : null,
      device_name: attached.device,
      source_type: 'snapshot',
      destination_type: 'volume',
      snapshot_id: snapshot.id,
      volume_size: volume.size,
      delete_on_termination: attached.delete_on_termination,
    };
  });
  const more = {
    ...wanted.more,
    root_device_name: row.root_device,
    bdm_v2: 'True',
    block_device_mapping: JSON.stringify(mappings),
  };
  const id = randomUUID();
  createSnapshot(context, { user, account }, row, id, { ...wanted, more });
  const image = images.find(row.region, id);
  if (image) images.change(image, { status: 'active', size: 0, container_format: 'bare' });
  servers.act(row, { action: 'createImage', request: request.id, user: user.id, account: account.id });
  servers.finish(row, 'createImage');
  return id;
}
