import { join } from 'node:path';
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { type ManifestFormat, nameManifests, writeAdopted } from '../../../server/cloud/run/adopt.ts';
import type { ImageState } from '../../../server/cloud/run/calls.ts';
import { readState } from '../../../server/cloud/run/targets.ts';
import { kindByName } from '../../../server/manifests/kinds.ts';
import type { Connection } from '../../cloud/cloudSource.ts';
import { type LiveImage, readId } from '../../cloud/imageCollection.ts';
import { isOwn, readName } from '../../cloud/permissions.ts';
import type { Context } from '../../context.ts';
import { Cancelled } from '../../ui/errors.ts';
import { applyToEach, nameImages } from './eachImage.ts';
import { selectImages } from './selection.ts';

/** Writes a manifest of an image into a file, or of several into a folder: its plan changes nothing. */
export async function writeManifests(context: Context, node: unknown, nodes: unknown): Promise<void> {
  const title = t('Write a manifest from which image?');
  const images = await selectImages(context, [node, nodes], { title });
  const connection = await context.source.connect();
  const foreign = images.filter((seen) => !isOwn(seen.image, connection) && !seen.ofOthers);
  if (foreign.length > 0)
    throw new Error(
      t`${nameImages(foreign)} of another account cannot be described by your manifests. Make a copy of your own first.`,
    );
  const { cloud, profile } = connection;
  await saveManifests(context, connection, images, { read: (id) => readState(cloud, profile, id, true) });
}

/** Reads an image for its manifest; nothing where it is gone. */
export type ReadState = (id: string) => Promise<ImageState | undefined>;

/** Asks where to, and writes a manifest of each image: one into a file, several into a folder. `areGone`: of deleted ones. */
export async function saveManifests(
  context: Context,
  connection: Connection,
  images: readonly LiveImage[],
  { read, areGone = false }: { readonly read: ReadState; readonly areGone?: boolean },
): Promise<void> {
  const write: Write = async (id, path) => {
    const live = await read(id);
    if (!live) throw new Error(t`There is no image ${id} any more.`);
    const format: ManifestFormat = /\.jsonc?$/i.test(path) ? 'json' : 'yaml';
    await vscode.workspace.fs.writeFile(
      vscode.Uri.file(path),
      Buffer.from(writeAdopted(live, connection, { format, isGone: areGone })),
    );
  };
  const [seen] = images;
  if (images.length === 1 && seen) await writeOne(context, seen, write);
  else await writeFolder(context, images, write);
}

type Write = (id: string, path: string) => Promise<void>;

async function writeOne(context: Context, seen: LiveImage, write: Write): Promise<void> {
  const [save = ''] = nameManifests([seen.image], 'yaml');
  const path = await context.ui.chooseFile(t`Write a manifest from “${readName(seen.image)}” to`, {
    save,
    verb: t('Write'),
  });
  if (path === undefined) throw new Cancelled();
  if (kindByName(path) !== 'image')
    throw new Error(
      t('Name it NAME.image.yaml or NAME.image.json, so that it is known as an image manifest.'),
    );
  await write(readId(seen.image), path);
  await vscode.window.showTextDocument(vscode.Uri.file(path));
}

async function writeFolder(context: Context, images: readonly LiveImage[], write: Write): Promise<void> {
  const { ui } = context;
  const folder = await ui.chooseFolder(
    t`Write ${images.length} manifests into which folder?`,
    t('Write Here'),
  );
  if (folder === undefined) throw new Cancelled();
  const names = nameManifests(
    images.map(({ image }) => image),
    'yaml',
  );
  const there = await listFiles(folder);
  const taken = names.filter((name) => there.has(name.toLowerCase()));
  const question = t`Overwrite ${taken.length === 1 ? (taken[0] ?? '') : t`${taken.length} files`} in ${folder}?`;
  if (taken.length > 0 && !(await ui.confirm(question, taken.join('\n'), t('Overwrite'))))
    throw new Cancelled();
  const pathOf = new Map(images.map(({ image }, at) => [readId(image), join(folder, names[at] ?? '')]));
  const work = (id: string) => write(id, pathOf.get(id) ?? '');
  await applyToEach(context, images, work, async (done) => {
    const first = pathOf.get(readId(done[0]?.image ?? new Map()));
    const uri = vscode.Uri.file(first ?? folder);
    if (vscode.workspace.getWorkspaceFolder(uri))
      await vscode.commands.executeCommand('revealInExplorer', uri);
    else void ui.inform(t`${done.length} manifests are written into ${folder}.`);
  });
}

/** Names in lower case, as file systems that do not tell case apart know them. */
async function listFiles(folder: string): Promise<Set<string>> {
  const entries = await vscode.workspace.fs.readDirectory(vscode.Uri.file(folder));
  return new Set(entries.map(([name]) => name.toLowerCase()));
}
