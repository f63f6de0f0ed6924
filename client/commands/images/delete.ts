import { t } from '@vscode/l10n';
import type { ImageState } from '../../../server/cloud/run/calls.ts';
import { readState } from '../../../server/cloud/run/targets.ts';
import { type LiveImage, readId } from '../../cloud/imageCollection.ts';
import { forbids, isOwn, readName } from '../../cloud/permissions.ts';
import type { Context } from '../../context.ts';
import { confirmMany } from '../../ui/confirm.ts';
import { describeError, Remediable } from '../../ui/errors.ts';
import { report } from '../report.ts';
import { applyToEach, nameImages } from './eachImage.ts';
import { selectImages } from './selection.ts';
import { isMemberRow, unshareImages } from './sharing.ts';
import { saveManifests } from './writeManifest.ts';

/**
 * Deletes images after a yes, of several after their number is typed. Where all of them are protected, offers to remove the
 * protection too; afterwards, to write down what has been deleted.
 */
export async function deleteImages(context: Context, node: unknown, nodes: unknown): Promise<void> {
  // The row of an account below its image: Delete takes the image from the account.
  if (isMemberRow(node)) return unshareImages(context, node, nodes);
  const connection = await context.source.connect();
  const remedy = (refused: readonly LiveImage[], problems: readonly string[]): Error | undefined =>
    refused.every((seen) => forbids('unprotect', seen, connection) === undefined)
      ? new Remediable(problems.join('\n'), t('Unprotect and Delete'), () =>
          deleteAll(context, refused, true),
        )
      : undefined;
  const title = t('Delete which image?');
  const images = await selectImages(context, [node, nodes], { title, verb: 'delete', remedy });
  await deleteAll(context, images, false);
}

async function deleteAll(
  context: Context,
  images: readonly LiveImage[],
  isProtected: boolean,
): Promise<void> {
  const names = images.map(({ image }) => `“${readName(image)}”`).join(', ');
  const loss = t('A deleted image cannot be restored. Accounts that it is shared with lose it at once.');
  const detail = images.length === 1 ? loss : `${names}. ${loss}`;
  const question = isProtected
    ? t`Remove the protection and delete ${nameImages(images)}?`
    : t`Delete ${nameImages(images)}?`;
  await confirmMany(context, { question, detail, verb: t('Delete'), count: images.length });
  const connection = await context.source.connect();
  const { cloud, profile } = connection;
  const states = new Map<string, ImageState>();
  await applyToEach(
    context,
    images,
    async (id) => {
      const state = await readState(cloud, profile, id, true).catch((error: unknown) => {
        context.log.info(`${id} cannot be described before its deletion: ${describeError(error)}`);
      });
      const protect = (value: boolean) =>
        cloud.images.patch(id, [{ op: 'replace', path: '/protected', value }]);
      if (isProtected) await protect(false);
      try {
        await cloud.images.delete(id);
      } catch (error) {
        // What is not deleted stays as safe as it was.
        if (isProtected)
          await protect(true).catch((again: unknown) =>
            context.log.error(`${id} is not protected any more: ${describeError(again)}`),
          );
        throw error;
      }
      if (state) states.set(id, state);
    },
    (done) => {
      const described = done.filter(({ image }) => states.has(readId(image)) && isOwn(image, connection));
      const write = described.length === 1 ? t('Write Its Manifest…') : t('Write Their Manifests…');
      const offers = described.length > 0 ? [write] : [];
      void context.ui.inform(t`Deleted ${nameImages(done)}.`, ...offers).then(async (action) => {
        if (action !== write) return;
        const gone = { read: async (id: string) => states.get(id), areGone: true };
        const saved = saveManifests(context, connection, described, gone);
        await saved.catch((error: unknown) => report(context, write, error));
      });
    },
  );
}
