import { basename } from 'node:path';
import { toFileName } from '../../../server/cloud/run/fileNames.ts';
import {
  downloadSegments,
  readExportedSegments,
  requireFooter,
} from '../../../server/cloud/services/largeObjects.ts';
import type { Context } from '../../context.ts';
import { Cancelled, unlessCancelled } from '../../ui/errors.ts';
import { reportBytes } from '../../ui/ui.ts';
import { locateObject, selectRows } from './selection.ts';

/** Downloads an object, of a large one all segments, each compared by its MD5. A gap among them is refused. */
export async function downloadObject(context: Context, node: unknown): Promise<string> {
  const { cloud } = await context.source.connect();
  const [row] = selectRows(node);
  const { container, path } = locateObject(row);
  const segments = await readExportedSegments(cloud.objects, container, path);
  const file = await context.ui.chooseFile(`Download ${container}/${path}`, {
    save: toFileName(basename(path), 'download'),
  });
  if (file === undefined) throw new Cancelled();
  await context.ui.progress(`Download of ${basename(path)}`, (progress, signal) =>
    unlessCancelled(
      signal,
      downloadSegments(cloud.objects, segments, file, { signal, ...reportBytes(progress, 'downloaded') }),
      async () => `Download cancelled. Nothing is written to ${file}.`,
    ),
  );
  // The numbers of an export's segments do not tell that its last ones are missing.
  if (row?.kind === 'object' && row.large && /\.vhd$/i.test(path)) await requireFooter(file);
  context.log.info(
    `Downloaded ${container}/${path} to ${file}: ${segments.length} pieces, each with the MD5 that Cloud Files lists.`,
  );
  void context.ui.inform(`Downloaded ${file}. Every piece has the MD5 that Cloud Files lists.`);
  return file;
}
