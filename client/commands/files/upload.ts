import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { t } from '@vscode/l10n';
import type { Cloud } from '../../../server/cloud/cloud.ts';
import { discardUpload, isCut, uploadFile } from '../../../server/cloud/services/largeObjects.ts';
import type { ObjectHead } from '../../../server/cloud/services/objects.ts';
import type { Connection } from '../../cloud/cloudSource.ts';
import { readSegmentBytes } from '../../cloud/segmentBytes.ts';
import type { Context } from '../../context.ts';
import { givenUri } from '../../manifests/manifestFiles.ts';
import { confirmChange } from '../../ui/confirm.ts';
import { Cancelled, unlessCancelled } from '../../ui/errors.ts';
import { reportBytes } from '../../ui/ui.ts';
import { chooseContainer } from './chooseContainer.ts';
import { offerResume, reconnect } from './resume.ts';
import { locateRow, requireWritableFiles, selectRows } from './selection.ts';

/**
 * Uploads a file below a container or folder; above 5 GB, or the size that is set, in segments. Content that is already there is
 * not sent again. A cancelled upload leaves nothing, or segments from which the person may resume.
 */
export async function uploadObject(context: Context, node: unknown, dropped?: unknown): Promise<void> {
  const cloud = await requireWritableFiles(context);
  const connection = await context.source.connect();
  const [row] = selectRows(node);
  const place = locateRow(row);
  const container =
    place?.container ?? (await chooseContainer(context, cloud, t('Upload into which container?')));
  const file = givenUri(dropped)?.fsPath ?? (await context.ui.chooseFile(t`Upload a file into ${container}`));
  if (file === undefined) throw new Cancelled();
  const folder = (place?.path ?? '').replace(/[^/]*$/, '');
  const name = `${folder}${basename(file)}`;
  const before = await cloud.objects.headObject(container, name);
  if (before) {
    const detail = t('Its present content is lost.');
    await confirmChange(context, { question: t`Replace ${container}/${name}?`, detail, verb: t('Replace') });
  }
  await send(context, { connection, container, name, file, before });
}

interface Sending {
  /** Where to. */
  readonly connection: Connection;
  readonly container: string;
  readonly name: string;
  readonly file: string;
  /** What was there. */
  readonly before: ObjectHead | undefined;
}

async function send(context: Context, sending: Sending): Promise<void> {
  const { connection, container, name, file, before } = sending;
  const { cloud } = connection;
  const segmentBytes = readSegmentBytes();
  const isSegmented = isCut((await stat(file)).size, segmentBytes);
  const what = t`Upload of ${basename(file)}`;
  try {
    const sent = await context.ui.progress(what, (progress, signal) => {
      const upload = {
        signal,
        segmentBytes,
        discards: !isSegmented,
        ...reportBytes(progress, t('uploaded')),
      };
      return unlessCancelled(signal, uploadFile(cloud.objects, container, name, file, upload), async () =>
        isSegmented ? '' : undoUpload(cloud, container, name, before),
      );
    });
    if (sent === 0) void context.ui.inform(t`${container}/${name} already holds this file.`);
  } catch (error) {
    if (!isSegmented) throw error;
    throw offerResume(context, error, {
      what,
      kept: t`The segments that have arrived are kept in ${container}_segments, where they cost money.`,
      resume: async () => send(context, { ...sending, connection: await reconnect(context, connection) }),
      discard: () => discardUpload(cloud.objects, container, name, file),
    });
  } finally {
    context.files.refresh(container);
  }
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
    return t`Upload cancelled. Nothing of ${name} is left in ${container}.`;
  }
  const now = await objects.headObject(container, name);
  return now?.etag === before.etag
    ? t`Upload cancelled. ${container}/${name} is unchanged.`
    : t`Cancelled too late: ${container}/${name} is already replaced.`;
}
