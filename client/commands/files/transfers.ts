import { basename } from 'node:path';
import type { Cloud } from '../../../server/cloud/cloud.ts';
import { fileName } from '../../../server/cloud/run/fileNames.ts';
import {
  downloadSegments,
  exportedSegments,
  requireFooter,
  uploadFile,
} from '../../../server/cloud/services/largeObjects.ts';
import type { ObjectHead } from '../../../server/cloud/services/objects.ts';
import type { Context } from '../../context.ts';
import { Cancelled, unlessCancelled } from '../../ui/errors.ts';
import type { Progress } from '../../ui/ui.ts';
import { sizeText } from '../../ui/units.ts';
import { chooseContainer, placeOfRow, rowsOf, writableFiles } from './places.ts';

/**
 * Uploads a file below a container or folder; above 5 GB in segments. What is there already is not sent again. One that is
 * cancelled leaves nothing.
 */
export async function uploadObject(context: Context, node: unknown): Promise<void> {
  const cloud = await writableFiles(context);
  const [row] = rowsOf(node);
  const place = placeOfRow(row);
  const container =
    place?.container ?? (await chooseContainer(context, cloud, 'Upload into which container?'));
  const file = await context.ui.chooseFile(`Upload a file into ${container}`);
  if (file === undefined) throw new Cancelled();
  const folder = (place?.path ?? '').replace(/[^/]*$/, '');
  const name = `${folder}${basename(file)}`;
  const before = await cloud.objects.headObject(container, name);
  if (before) {
    const detail = 'What it holds now is replaced.';
    if (!(await context.ui.confirm(`${container}/${name} is there already.`, detail, 'Replace')))
      throw new Cancelled();
  }
  const sent = await context.ui
    .progress(`Upload of ${basename(file)}`, (progress, signal) => {
      const upload = { signal, discards: true, ...bytesTo(progress, 'uploaded') };
      return unlessCancelled(signal, uploadFile(cloud.objects, container, name, file, upload), () =>
        leftOf(cloud, container, name, before),
      );
    })
    .finally(() => context.files.refresh());
  if (sent === 0) void context.ui.inform(`${container}/${name} holds this file already.`);
}

/** Removes what a cancelled upload made of an object, whose last bytes may have been on their way; answers what there is now. */
async function leftOf(
  { objects }: Cloud,
  container: string,
  name: string,
  before: ObjectHead | undefined,
): Promise<string> {
  if (!before) {
    await objects.deleteObject(container, name);
    return `Cancelled: nothing of ${name} was left in ${container}.`;
  }
  const now = await objects.headObject(container, name);
  return now?.etag === before.etag
    ? `Cancelled: ${container}/${name} is as it was.`
    : `Cancelled too late: ${container}/${name} is replaced already.`;
}

/** Downloads an object, of a large one all segments, each compared by its MD5. A gap among them is refused. */
export async function downloadObject(context: Context, node: unknown): Promise<string> {
  const { cloud } = await context.source.connect();
  const [row] = rowsOf(node);
  const place = placeOfRow(row);
  if (!place || place.path === '' || place.path.endsWith('/'))
    throw new Error('Select an object in Cloud Files first.');
  const { container, path } = place;
  const segments = await exportedSegments(cloud.objects, container, path);
  const file = await context.ui.chooseFile(`Download ${container}/${path}`, {
    save: fileName(basename(path), 'download'),
  });
  if (file === undefined) throw new Cancelled();
  await context.ui.progress(`Download of ${basename(path)}`, (progress, signal) =>
    unlessCancelled(
      signal,
      downloadSegments(cloud.objects, segments, file, { signal, ...bytesTo(progress, 'downloaded') }),
      async () => `Cancelled: nothing was written to ${file}.`,
    ),
  );
  // The numbers of an export's segments do not tell that its last ones are missing.
  if (row?.kind === 'object' && row.large && /\.vhd$/i.test(path)) await requireFooter(file);
  context.log.info(
    `Downloaded ${container}/${path} to ${file}: ${segments.length} pieces, each with its MD5.`,
  );
  void context.ui.inform(`Downloaded ${file}. Every piece has the MD5 that Cloud Files lists.`);
  return file;
}

/** Tells a person of bytes. */
export function bytesTo(
  progress: Progress,
  done: string,
): { readonly progress: (bytes: number, total: number) => void } {
  return {
    progress: (bytes, total) =>
      progress.report(total === 0 ? 1 : bytes / total, `${sizeText(bytes)} of ${sizeText(total)} ${done}`),
  };
}
