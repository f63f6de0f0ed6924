import type { ServerDisk, SnapshotTaken } from '../../../diskWorker/protocol.ts';
import type { EmulatorContext } from '../../context.ts';
import type { ImageRow } from '../../images/view.ts';
import type { ServerRow } from '../servers/rows.ts';
import { withDisk } from './disk.ts';
import { uploadProperties } from './properties.ts';

/** Writes the disk of a server, as it was after `lastWrite`, as an image's content; `enter`, inside `store.write`, gives it a place. */
export async function captureDisk(
  context: EmulatorContext,
  server: ServerRow,
  image: string,
  {
    lastWrite,
    ...watch
  }: {
    readonly lastWrite?: number;
    readonly signal: AbortSignal;
    progress(done: number, total: number): void;
  },
  enter: (taken: SnapshotTaken) => void,
): Promise<void> {
  const target = context.blobs.incoming();
  try {
    const write = (disk: ServerDisk) =>
      context.lane.snapshot(
        {
          ...disk,
          target,
          as: context.profile.offers.importTask ? 'ova' : 'qcow2',
          compression: context.settings.ovaCompression,
          uuid: image,
          time: context.clock.now(),
        },
        watch,
      );
    const taken = await withDisk(context, server, target, write, lastWrite);
    await context.store.write(() => {
      context.blobs.adopt(target, taken.sha512, taken.size);
      enter(taken);
    });
  } finally {
    context.blobs.discard(target); // what was adopted is no longer there
  }
}

/** Inside `store.write`: the image gets its data. */
export function fillImage(
  context: EmulatorContext,
  server: ServerRow,
  image: ImageRow,
  taken: SnapshotTaken,
): void {
  const { images, profile, settings } = context;
  const isOva = profile.offers.importTask;
  const added = profile.compute.hasMicroversions ? uploadProperties(server) : {};
  for (const [name, value] of Object.entries(added)) images.setProperty(image, name, value);
  images.change(image, {
    status: 'active',
    disk_format: isOva ? 'vhd' : 'qcow2',
    container_format: isOva ? 'ovf' : (server.container_format ?? 'bare'),
    blob: taken.sha512,
    size: taken.size,
    virtual_size: taken.virtualSize,
    checksum: taken.md5,
    os_hash_value: taken.sha512,
    stores: profile.offers.stores ? (settings.stores[0] ?? null) : null,
  });
}
