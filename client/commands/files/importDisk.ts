import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { t } from '@vscode/l10n';
import type { Outcome } from '../../../server/cloud/run/execute.ts';
import { type DiskFile, noDisks, taskPart } from '../../../server/cloud/run/steps.ts';
import { readDiskFile } from '../../../server/disks/readDiskFile.ts';
import type { Context } from '../../context.ts';
import { givenUri } from '../../manifests/manifestFiles.ts';
import { prepareRun, type Runnable } from '../../manifests/run.ts';
import { Cancelled } from '../../ui/errors.ts';
import { carryImport, requireTrust } from '../manifests/import.ts';
import { chooseContainer } from './chooseContainer.ts';
import { locateObject, requireWritableFiles, selectRows } from './selection.ts';

/**
 * Imports a disk file as an image: from a row of the explorer, one that was dropped, or one that is picked. Where imports
 * are tasks it is uploaded into a container that is picked first. What the cloud would refuse is said before anything is sent.
 */
export async function importDiskFile(context: Context, given: unknown): Promise<Outcome> {
  requireTrust();
  const { profile } = await context.source.connect();
  const file =
    givenUri(given)?.fsPath ?? (await context.ui.chooseFile(t('Import which disk?'), { verb: t('Import') }));
  if (file === undefined) throw new Cancelled();
  const name = basename(file);
  const facts = await readDiskFile(name, file);
  const disk: DiskFile = { path: file, bytes: (await stat(file)).size, ...(facts ? { facts } : {}) };
  const container = profile.offers.importTask ? await chooseTarget(context) : 'disk';
  return importDisk(context, `${container}/${name}`, {
    ...noDisks,
    diskOf: async () => disk,
  });
}

/** Imports an object of Cloud Files as an image. What the cloud would refuse is said before it is asked. */
export async function importObject(context: Context, node: unknown): Promise<Outcome> {
  const { profile } = await context.source.connect();
  if (!profile.offers.importTask)
    throw new Error(t('Plain OpenStack imports no objects. Download it, and import the file.'));
  const { container, path } = locateObject(selectRows(node)[0]);
  return importDisk(context, `${container}/${path}`, noDisks);
}

async function importDisk(context: Context, from: string, disks: Runnable['disks']): Promise<Outcome> {
  const { profile } = await context.source.connect();
  const file = basename(from);
  const proposed = file.replace(/\.[^.]+$/, '');
  const name = await context.ui.ask(
    t('Name of the image'),
    (text) => (text.trim() === '' ? t('Enter a name.') : undefined),
    {
      value: proposed,
    },
  );
  if (name === undefined) throw new Cancelled();
  const input = { import_from: from, image_properties: { name: name.trim() } };
  const part = taskPart({ type: 'import', input }, profile, file);
  const run = await prepareRun(context, { parts: [part], title: t`Import of ${file}`, disks });
  return carryImport(context, run).finally(() => context.files.refresh());
}

async function chooseTarget(context: Context): Promise<string> {
  const cloud = await requireWritableFiles(context);
  return chooseContainer(context, cloud, t('Upload the disk into which container?'));
}
