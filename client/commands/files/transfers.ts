import { basename } from 'node:path';
import {
  downloadSegments,
  exportedSegments,
  requireFooter,
  uploadFile,
} from '../../../server/cloud/largeObjects.ts';
import type { Context } from '../../context.ts';
import { Cancelled } from '../../errors.ts';
import type { Progress } from '../../ui.ts';
import { sizeText } from '../../units.ts';
import { chooseContainer, placeOfRow, rowsOf, writableFiles } from './places.ts';

/** Uploads a file below a container or folder; above 5 GB in segments. What is there already is not sent again. */
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
  if (await cloud.objects.headObject(container, name)) {
    const detail = 'What it holds now is replaced.';
    if (!(await context.ui.confirm(`${container}/${name} is there already.`, detail, 'Replace')))
      throw new Cancelled();
  }
  const sent = await context.ui.progress(`Upload of ${basename(file)}`, (progress, signal) =>
    uploadFile(cloud.objects, container, name, file, { signal, ...bytesTo(progress, 'uploaded') }),
  );
  context.files.refresh();
  if (sent === 0) void context.ui.inform(`${container}/${name} holds this file already.`);
}

/** Downloads an object, of a large one all segments, each compared by its MD5. A gap among them is refused. */
export async function downloadObject(context: Context, node: unknown): Promise<string> {
  const cloud = await context.connections.require();
  const [row] = rowsOf(node);
  const place = placeOfRow(row);
  if (!place || place.path === '' || place.path.endsWith('/'))
    throw new Error('Select an object in Cloud Files first.');
  const { container, path } = place;
  const segments = await exportedSegments(cloud.objects, container, path);
  const file = await context.ui.chooseFile(`Download ${container}/${path}`, { save: basename(path) });
  if (file === undefined) throw new Cancelled();
  await context.ui.progress(`Download of ${basename(path)}`, (progress, signal) =>
    downloadSegments(cloud.objects, segments, file, { signal, ...bytesTo(progress, 'downloaded') }),
  );
  // The numbers of an export's segments do not tell that its last ones are missing.
  if (row?.is === 'object' && row.large && /\.vhd$/i.test(path)) await requireFooter(file);
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
