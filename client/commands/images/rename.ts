import { t } from '@vscode/l10n';
import type { Json } from '../../../server/rules/json.ts';
import { refuseChange } from '../../../server/rules/service/changes.ts';
import { readName } from '../../cloud/permissions.ts';
import type { Context } from '../../context.ts';
import { Cancelled } from '../../ui/errors.ts';
import { offerUndo } from '../offerUndo.ts';
import { applyToEach } from './eachImage.ts';
import { selectImages } from './selection.ts';

export async function renameImage(context: Context, node: unknown): Promise<void> {
  const [seen] = await selectImages(context, [node], { title: t('Rename which image?'), verb: 'rename' });
  if (!seen) return;
  const person = await context.source.connect();
  const before = seen.image.get('name') ?? null;
  const objection = (value: string): string | undefined =>
    value === before
      ? t('The image already has this name.')
      : refuseChange({ op: 'replace', name: 'name', value }, person)?.answer.text;
  const name = await context.ui.ask(t`New name of “${readName(seen.image)}”`, objection, {
    value: String(before ?? ''),
  });
  if (name === undefined) throw new Cancelled();
  const { images: api } = (await context.source.connect()).cloud;
  const set = (value: Json) =>
    applyToEach(context, [seen], (id) => api.patch(id, [{ op: 'replace', path: '/name', value }]));
  await set(name);
  offerUndo(context, t`Renamed “${readName(seen.image)}” to “${name}”.`, () => set(before));
}
