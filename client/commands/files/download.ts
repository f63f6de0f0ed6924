import { randomUUID } from 'node:crypto';
import { rm, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { t } from '@vscode/l10n';
import { toFileName } from '../../../server/cloud/run/fileNames.ts';
import { downloadSegments, requireFooter } from '../../../server/cloud/services/downloads.ts';
import { readExportedSegments } from '../../../server/cloud/services/largeObjects.ts';
import type { Connection } from '../../cloud/cloudSource.ts';
import type { Context } from '../../context.ts';
import { Cancelled, unlessCancelled } from '../../ui/errors.ts';
import { reportBytes } from '../../ui/ui.ts';
import { formatSize } from '../../ui/units.ts';
import { offerResume, reconnect } from './resume.ts';
import { locateObject, type Place, selectRows } from './selection.ts';

/**
 * Downloads an object, of a large one all segments, each compared by its MD5. A gap among them is refused. What has arrived when
 * it stops is kept while the person may resume.
 */
export async function downloadObject(context: Context, node: unknown): Promise<string> {
  const connection = await context.source.connect();
  const { cloud } = connection;
  const [row] = selectRows(node);
  const place = locateObject(row);
  // Looks before it asks.
  await readExportedSegments(cloud.objects, place.container, place.path);
  const file = await context.ui.chooseFile(t`Download ${place.container}/${place.path}`, {
    save: toFileName(basename(place.path), 'download'),
  });
  if (file === undefined) throw new Cancelled();
  // The numbers of an export's segments do not tell that its last ones are missing.
  const isExport = row?.kind === 'object' && row.large !== undefined && /\.vhd$/i.test(place.path);
  const part = `${file}.${randomUUID().slice(0, 8)}.part`;
  return download(context, connection, place, { file, part, isExport });
}

interface Target {
  readonly file: string;
  /** Keeps what has arrived. */
  readonly part: string;
  readonly isExport: boolean;
}

async function download(
  context: Context,
  connection: Connection,
  place: Place,
  target: Target,
): Promise<string> {
  const { container, path } = place;
  const { file, part, isExport } = target;
  const { cloud } = connection;
  const segments = await readExportedSegments(cloud.objects, container, path);
  const what = t`Download of ${basename(path)}`;
  try {
    await context.ui.progress(what, (progress, signal) => {
      const options = { part, signal, ...reportBytes(progress, t('downloaded')) };
      return unlessCancelled(
        signal,
        downloadSegments(cloud.objects, segments, file, options),
        async () => '',
      );
    });
  } catch (error) {
    const arrived = await stat(part).then(
      ({ size }) => size,
      () => undefined,
    );
    if (arrived === undefined) throw error;
    throw offerResume(context, error, {
      what,
      kept: t`Nothing is written to ${file}; the ${formatSize(arrived)} that have arrived are in ${basename(part)}.`,
      resume: async () => download(context, await reconnect(context, connection), place, target),
      discard: () => rm(part, { force: true }),
    });
  }
  if (isExport) await requireFooter(file);
  context.log.info(
    `Downloaded ${container}/${path} to ${file}: ${segments.length} pieces, each with the MD5 that Cloud Files lists.`,
  );
  void context.ui.inform(t`Downloaded ${file}. Every piece has the MD5 that Cloud Files lists.`);
  return file;
}
