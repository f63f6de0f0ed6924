import { basename } from 'node:path';
import type { Cloud } from '../../../server/cloud/cloud.ts';
import { uploadFile } from '../../../server/cloud/services/largeObjects.ts';
import type { ObjectHead } from '../../../server/cloud/services/objects.ts';
import type { Context } from '../../context.ts';
import { givenUri } from '../../manifests/manifestFiles.ts';
import { confirmChange } from '../../ui/confirm.ts';
import { Cancelled, unlessCancelled } from '../../ui/errors.ts';
import { reportBytes } from '../../ui/ui.ts';
import { chooseContainer } from './chooseContainer.ts';
import { locateRow, requireWritableFiles, selectRows } from './selection.ts';

/**
 * Uploads a file below a container or folder; above 5 GB in segments. Content that is already there is not sent again. A
 * cancelled upload leaves nothing.
 */
export async function uploadObject(context: Context, node: unknown, dropped?: unknown): Promise<void> {
  const cloud = await requireWritableFiles(context);
  const [row] = selectRows(node);
  const place = locateRow(row);
  const container =
    place?.container ?? (await chooseContainer(context, cloud, 'Upload into which container?'));
  const file = givenUri(dropped)?.fsPath ?? (await context.ui.chooseFile(`Upload a file into ${container}`));
  if (file === undefined) throw new Cancelled();
  const folder = (place?.path ?? '').replace(/[^/]*$/, '');
  const name = `${folder}${basename(file)}`;
  const before = await cloud.objects.headObject(container, name);
  if (before) {
    const detail = 'Its present content is lost.';
    await confirmChange(context, { question: `Replace ${container}/${name}?`, detail, verb: 'Replace' });
  }
  const sent = await context.ui
    .progress(`Upload of ${basename(file)}`, (progress, signal) => {
      const upload = { signal, discards: true, ...reportBytes(progress, 'uploaded') };
      return unlessCancelled(signal, uploadFile(cloud.objects, container, name, file, upload), () =>
        undoUpload(cloud, container, name, before),
      );
    })
    .finally(() => context.files.refresh());
  if (sent === 0) void context.ui.inform(`${container}/${name} already holds this file.`);
}

/** Removes what a cancelled upload made of an object, and returns what there is now: its last bytes may have arrived. */
async function undoUpload(
  { objects }: Cloud,
  container: string,
  name: string,
  before: ObjectHead | undefined,
): Promise<string> {
  if (!before) {
    await objects.deleteObject(container, name);
    return `Upload cancelled. Nothing of ${name} is left in ${container}.`;
  }
  const now = await objects.headObject(container, name);
  return now?.etag === before.etag
    ? `Upload cancelled. ${container}/${name} is unchanged.`
    : `Cancelled too late: ${container}/${name} is already replaced.`;
}
