import { t } from '@vscode/l10n';
import type { Context } from '../../context.ts';
import { offerUndo } from '../offerUndo.ts';
import { applyToEach, nameImages } from './eachImage.ts';
import { selectImages } from './selection.ts';

/** Keeps everybody but administrators from the data of images: no server can be built of them meanwhile. */
export async function deactivateImages(context: Context, node: unknown, nodes: unknown): Promise<void> {
  await setActive(context, [node, nodes], false);
}

export async function reactivateImages(context: Context, node: unknown, nodes: unknown): Promise<void> {
  await setActive(context, [node, nodes], true);
}

async function setActive(
  context: Context,
  given: readonly [unknown, unknown],
  active: boolean,
): Promise<void> {
  const verb = active ? 'reactivate' : 'deactivate';
  const title = active ? t('Reactivate which image?') : t('Deactivate which image?');
  const images = await selectImages(context, given, { title, verb });
  const { images: api } = (await context.source.connect()).cloud;
  const done = active ? t('Reactivated') : t('Deactivated');
  await applyToEach(
    context,
    images,
    (id) => api.setActive(id, active),
    (those) =>
      offerUndo(context, `${done} ${nameImages(those)}.`, () =>
        applyToEach(context, those, (id) => api.setActive(id, !active)),
      ),
  );
}
