import { t } from '@vscode/l10n';
import type { LiveImage } from '../../cloud/imageCollection.ts';
import type { Context } from '../../context.ts';
import { offerUndo } from '../offerUndo.ts';
import { applyToEach, nameImages } from './eachImage.ts';
import { selectImages } from './selection.ts';

export async function protect(context: Context, node: unknown, nodes: unknown): Promise<void> {
  const title = t('Protect which image against deletion?');
  const images = await selectImages(context, [node, nodes], { title, verb: 'protect' });
  await setProtected(context, images, true);
}

export async function unprotect(context: Context, node: unknown, nodes: unknown): Promise<void> {
  const title = t('Remove the protection from which image?');
  const images = await selectImages(context, [node, nodes], { title, verb: 'unprotect' });
  await setProtected(context, images, false);
}

async function setProtected(context: Context, images: readonly LiveImage[], value: boolean): Promise<void> {
  const { images: api } = (await context.source.connect()).cloud;
  const patchTo = (to: boolean) => (id: string) =>
    api.patch(id, [{ op: 'replace', path: '/protected', value: to }]);
  const verb = value ? t('Protected') : t('Removed the protection of');
  await applyToEach(context, images, patchTo(value), (done) =>
    offerUndo(context, `${verb} ${nameImages(done)}.`, () => applyToEach(context, done, patchTo(!value))),
  );
}
