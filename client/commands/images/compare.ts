import { basename } from 'node:path';
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { type Image, listNamed } from '../../../server/cloud/services/images.ts';
import type { Connection } from '../../cloud/cloudSource.ts';
import { type LiveImage, readId } from '../../cloud/imageCollection.ts';
import { readName } from '../../cloud/permissions.ts';
import type { Context } from '../../context.ts';
import { imageScheme, liveScheme, makeImageUri, type Whereabouts } from '../../documents/imageUri.ts';
import { type Resolution, resolutions, resolutionTitles } from '../../documents/saveConflict.ts';
import { listDriftNames, readLiveManifest } from '../../manifests/liveManifests.ts';
import { activeOrPicked, findManifests, givenUri } from '../../manifests/manifestFiles.ts';
import { Cancelled } from '../../ui/errors.ts';
import { imageRow } from '../../views/images/imageRow.ts';
import { selectImages } from './selection.ts';

/** Shows what the cloud has now beside what the editor has. */
export async function compareImage(_: Context, given: unknown): Promise<void> {
  const uri = given instanceof vscode.Uri ? given : vscode.window.activeTextEditor?.document.uri;
  if (uri?.scheme !== imageScheme) throw new Error(t('Open the image that you want to compare first.'));
  await showDiff(liveUri(uri), uri, t`${basename(uri.path)} (cloud ↔ here)`);
}

/** Ends a conflict of an opened image with the cloud, in the way that is given or picked. */
export async function resolveConflict(context: Context, given: unknown, way?: unknown): Promise<void> {
  const uri = givenUri(given) ?? vscode.window.activeTextEditor?.document.uri;
  if (uri?.scheme !== imageScheme) throw new Error(t('Open the image whose save has met a conflict.'));
  const items = resolutions.map((resolution) => ({
    resolution,
    label: resolutionTitles[resolution],
    description: descriptions[resolution],
  }));
  const known = items.find(({ resolution }) => resolution === way);
  const picked = known ?? (await context.ui.pick(items, t`End the conflict of ${basename(uri.path)} how?`));
  if (!picked) throw new Cancelled();
  await context.documents.resolve(uri, picked.resolution);
}

const descriptions: Readonly<Record<Resolution, string>> = {
  merge: t('see both sides and choose line by line'),
  theirs: t("the cloud's values for what conflicts, your other changes are saved"),
  mine: t("overwrites the cloud's values for what conflicts"),
};

/** Shows a manifest beside what is live of the images that it describes. */
export async function compareManifest(context: Context, given: unknown): Promise<void> {
  const uri = givenUri(given) ?? (await activeOrPicked(context, ['image'], t('Compare which manifest?')));
  await context.drift.compare(uri);
}

/** Something to compare an image with. */
interface Choice extends vscode.QuickPickItem {
  compare?(): Promise<void>;
}

/** Compares two selected images, or one with what is picked: its manifest, the same in another region, another image. */
export async function compareImageWith(context: Context, node: unknown, nodes: unknown): Promise<void> {
  const [seen, second] = await selectImages(context, [node, nodes], { title: t('Compare which image?') });
  if (!seen) return;
  const connection = await context.source.connect();
  const name = readName(seen.image);
  if (second) return compareImages([seen.image, connection], [second.image, connection]);
  const choices = [
    ...(await listManifests(context, seen)),
    ...listRegions(seen.image, connection),
    ...(await listOthers(context, seen, connection)),
  ];
  if (choices.length === 0) throw new Error(t`There is nothing here to compare “${name}” with.`);
  const picked = await context.ui.pick(choices, t`Compare “${name}” with what?`);
  if (!picked?.compare) throw new Cancelled();
  await picked.compare();
}

/** The manifests of the workspace that describe the image. */
async function listManifests(context: Context, { image }: LiveImage): Promise<Choice[]> {
  const found: Choice[] = [];
  for (const uri of await findManifests(context, ['image', 'import', 'server-image'])) {
    const live = await readLiveManifest(context, uri);
    if (!live?.images.some((one) => one.live.image.get('id') === image.get('id'))) continue;
    const names = listDriftNames(live);
    found.push({
      label: `$(file) ${basename(uri.path)}`,
      description: vscode.workspace.asRelativePath(uri),
      detail: names.length === 0 ? t('No difference') : t`Differs: ${names.join(', ')}`,
      compare: () => context.drift.compare(uri),
    });
  }
  return group(t('Manifests'), found);
}

function listRegions(image: Image, connection: Connection): Choice[] {
  const { cloud } = connection;
  const others = cloud.session.regions.filter((region) => region !== cloud.region);
  const name = readName(image);
  const choices = others.map(
    (region): Choice => ({
      label: `$(globe) ${region}`,
      description: t`the image named “${name}” there`,
      compare: async () => {
        const [sought, owner] = ['name', 'owner'].map((of) => String(image.get(of) ?? ''));
        const [there] = await listNamed(cloud.inRegion(region).images, sought ?? '', owner);
        if (!there) throw new Error(t`There is no image named “${name}” in ${region}.`);
        await compareImages([image, connection], [there, { ...connection, cloud: cloud.inRegion(region) }]);
      },
    }),
  );
  return group(t('Other Regions'), choices);
}

async function listOthers({ images }: Context, { image }: LiveImage, here: Whereabouts): Promise<Choice[]> {
  const snapshot = await images.loaded();
  const all = snapshot.kind === 'ready' ? [...snapshot.items.values()] : [];
  const choices = all
    .filter((other) => readId(other.image) !== readId(image))
    .map((other): Choice => {
      const { label, description } = imageRow(other, Date.now());
      return {
        label,
        description,
        detail: readId(other.image),
        compare: () => compareImages([image, here], [other.image, here]),
      };
    });
  return group(t('Images'), choices);
}

function group(label: string, choices: readonly Choice[]): Choice[] {
  if (choices.length === 0) return [];
  return [{ label, kind: vscode.QuickPickItemKind.Separator }, ...choices];
}

async function compareImages(
  one: readonly [Image, Whereabouts],
  other: readonly [Image, Whereabouts],
): Promise<void> {
  const say = ([image, { cloud }]: readonly [Image, Whereabouts]): string =>
    one[1].cloud.region === other[1].cloud.region
      ? `“${readName(image)}”`
      : t`“${readName(image)}” in ${cloud.region}`;
  await showDiff(
    liveUri(makeImageUri(...one)),
    liveUri(makeImageUri(...other)),
    `${say(one)} ↔ ${say(other)}`,
  );
}

/** The image as it is in the cloud now; the query makes the editor read it anew. */
function liveUri(uri: vscode.Uri): vscode.Uri {
  return uri.with({ scheme: liveScheme, query: String(Date.now()) });
}

async function showDiff(left: vscode.Uri, right: vscode.Uri, title: string): Promise<void> {
  await vscode.commands.executeCommand('vscode.diff', left, right, title);
}
