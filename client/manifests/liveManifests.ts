import * as vscode from 'vscode';
import type { ImageState } from '../../server/cloud/run/calls.ts';
import { findFileDrift, type ImageDrift, writeLive } from '../../server/cloud/run/drift.ts';
import { unlessMissing } from '../../server/cloud/session/errors.ts';
import type { ManifestFile } from '../../server/manifests/file.ts';
import { readManifest } from '../../server/manifests/read.ts';
import type { JsonObject } from '../../server/rules/json.ts';
import { uuid } from '../../server/rules/service/attributes.ts';
import type { Connection } from '../cloud/cloudSource.ts';
import { isOwn } from '../cloud/permissions.ts';
import type { Context } from '../context.ts';
import { describeError } from '../ui/errors.ts';
import { readManifestText } from './manifestText.ts';
import { openFolders } from './workspace.ts';

/** A manifest, and the live images that it describes. */
export interface LiveManifest {
  readonly file: ManifestFile;
  readonly images: readonly ImageDrift[];
}

type Needs = Pick<Context, 'source' | 'images' | 'imageNames' | 'log'>;

/**
 * Compares a manifest, as it is in the editor or on disk, with the connected cloud. Undefined where it describes no live image,
 * no cloud is connected, or the workspace is not trusted.
 */
export async function readLiveManifest(context: Needs, uri: vscode.Uri): Promise<LiveManifest | undefined> {
  const { connection } = context.source;
  if (!connection || !vscode.workspace.isTrusted || uri.scheme !== 'file') return undefined;
  const workspace = openFolders(context);
  if ((await workspace.kindOf(uri.fsPath)) === undefined) return undefined;
  const text = await readManifestText(uri);
  if (text === undefined) return undefined;
  const told = await workspace.kindHint(uri.fsPath);
  const file = readManifest({ text, path: uri.fsPath, told });
  if (file.problems.some(({ severity }) => severity === 'error')) return undefined;
  const images = await findFileDrift(file, (stated) => findLive(context, connection, stated));
  return images.length > 0 ? { file, images } : undefined;
}

/** Returns the names that differ, each once. */
export function listDriftNames({ images }: LiveManifest): string[] {
  return [...new Set(images.flatMap(({ drift }) => drift.map(({ name }) => name)))];
}

/** Returns the manifest as it would be if it stated what is live. */
export function writeLiveText({ file, images }: LiveManifest): string {
  return writeLive(file, images);
}

/** Finds the image that is meant: by id, else the only own one of its name. */
async function findLive(
  { images, imageNames, log }: Needs,
  connection: Connection,
  stated: JsonObject,
): Promise<ImageState | undefined> {
  const { cloud } = connection;
  const snapshot = await images.loaded();
  if (snapshot.kind !== 'ready') return undefined;
  const { id, name, members } = stated;
  try {
    const listed = typeof id === 'string' ? snapshot.items.get(id)?.image : undefined;
    // Lists leave out hidden images.
    const byId =
      listed ?? (typeof id === 'string' && uuid.test(id) && (await unlessMissing(cloud.images.get(id))));
    const own =
      id === undefined
        ? imageNames
            .find(snapshot.items, connection.caller.account, name)
            .filter((one) => isOwn(one, connection))
        : [];
    const image = byId || (own.length === 1 ? own[0] : undefined);
    if (!image) return undefined;
    if (members === undefined || image.get('visibility') === 'public') return { image };
    const sharing = await cloud.members.list(String(image.get('id')));
    return { image, members: sharing.map(({ account }) => account) };
  } catch (error) {
    log.warn(`A manifest was not compared with the cloud: ${describeError(error)}`);
    return undefined;
  }
}
