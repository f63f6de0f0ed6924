import { t } from '@vscode/l10n';
import { unlessMissing } from '../../../server/cloud/session/errors.ts';
import { refuseQuota } from '../../../server/rules/service/patchBody.ts';
import { isUrlSafe, refuseTag, urlSafe } from '../../../server/rules/service/tagNames.ts';
import type { LiveImage } from '../../cloud/imageCollection.ts';
import { readTags } from '../../cloud/permissions.ts';
import type { Person } from '../../cloud/roles.ts';
import type { Context } from '../../context.ts';
import { Cancelled } from '../../ui/errors.ts';
import type { Objection } from '../../ui/formStep.ts';
import { offerUndo } from '../offerUndo.ts';
import { applyToEach, nameImages } from './eachImage.ts';
import { selectImages } from './selection.ts';

export async function addTag(context: Context, node: unknown, nodes: unknown): Promise<void> {
  const images = await selectImages(context, [node, nodes], { title: t('Tag which image?'), verb: 'addTag' });
  const tag = await askTag(context, images);
  const { images: api } = (await context.source.connect()).cloud;
  const without = images.filter(({ image }) => !readTags(image).includes(tag));
  if (without.length === 0)
    return void context.ui.inform(t`${nameImages(images)} already has the tag “${tag}”.`);
  await applyToEach(
    context,
    without,
    (id) => api.addTag(id, tag),
    (done) =>
      offerUndo(context, t`Tagged ${nameImages(done)} with “${tag}”.`, () =>
        applyToEach(context, done, (id) => api.removeTag(id, tag)),
      ),
  );
}

export async function removeTags(context: Context, node: unknown, nodes: unknown): Promise<void> {
  const title = t('Remove a tag from which image?');
  const images = await selectImages(context, [node, nodes], { title, verb: 'removeTag' });
  const all = [...new Set(images.flatMap(({ image }) => readTags(image)))].sort();
  const picked = await context.ui.pickMany(
    all.map((label) => ({ label })),
    t`Tags to remove from ${nameImages(images)}`,
  );
  if (!picked || picked.length === 0) throw new Cancelled();
  const tags = picked.map(({ label }) => label);
  const { images: api } = (await context.source.connect()).cloud;
  const having = (seen: LiveImage): string[] => readTags(seen.image).filter((tag) => tags.includes(tag));
  const names = tags.map((tag) => `“${tag}”`).join(', ');
  await applyToEach(
    context,
    images,
    async (id, seen) => {
      // A retry finds those gone that went before.
      for (const tag of having(seen)) await unlessMissing(api.removeTag(id, tag));
    },
    (done) =>
      offerUndo(context, t`Removed ${names} from ${nameImages(done)}.`, () =>
        applyToEach(context, done, async (id, seen) => {
          for (const tag of having(seen)) await api.addTag(id, tag);
        }),
      ),
  );
}

/** Checked while it is typed; one that a URL must escape can be had rewritten. */
async function askTag(context: Context, images: readonly LiveImage[]): Promise<string> {
  const person = await context.source.connect();
  const tag = await context.ui.ask(t`Tag for ${nameImages(images)}`, (text) =>
    objection(text, images, person),
  );
  if (tag === undefined) throw new Cancelled();
  const rewritten = isUrlSafe(tag) ? undefined : urlSafe(tag);
  if (rewritten === undefined) return tag;
  const choices = [
    { label: rewritten, description: t('can stand in a URL as it is') },
    { label: tag, description: t('as typed; URLs must escape it') },
  ];
  const picked = await context.ui.pick(choices, t('Which tag?'));
  if (!picked) throw new Cancelled();
  return picked.label;
}

function objection(tag: string, images: readonly LiveImage[], person: Person): Objection | undefined {
  const refused = refuseTag(tag, person.profile);
  if (refused) return refused.answer.text;
  for (const { image } of images) {
    const tags = [...new Set([...readTags(image), tag])];
    const full = refuseQuota(new Map([['tags', tags]]), person);
    if (full) return full.text;
  }
  if (images.every(({ image }) => readTags(image).includes(tag)))
    return { note: t('The image already has this tag.') };
  if (isUrlSafe(tag)) return undefined;
  const rewritten = urlSafe(tag);
  const advice = rewritten === undefined ? '' : t` Enter offers “${rewritten}” instead.`;
  return { note: t`URLs must escape this tag, which makes it hard to filter by.${advice}` };
}
