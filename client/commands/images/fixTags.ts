import { t } from '@vscode/l10n';
import { unlessMissing } from '../../../server/cloud/session/errors.ts';
import { isUrlSafe, urlSafe } from '../../../server/rules/service/tagNames.ts';
import type { LiveImage } from '../../cloud/imageCollection.ts';
import { readTags } from '../../cloud/permissions.ts';
import type { Context } from '../../context.ts';
import { Cancelled } from '../../ui/errors.ts';
import { applyToEach, nameImages } from './eachImage.ts';
import { selectImages } from './selection.ts';

interface Fix {
  readonly before: string;
  /** Absent: nothing is left of it that can stand in a URL. */
  readonly after?: string;
}

/** Replaces stored tags that URLs must escape, which filters and other tools trip over, by ones that they need not. */
export async function fixTags(context: Context, node: unknown, nodes: unknown): Promise<void> {
  const title = t('Fix the tags of which image?');
  const images = await selectImages(context, [node, nodes], { title, verb: 'fixTags' });
  const fixes = [...new Set(images.flatMap(({ image }) => readTags(image)))]
    .filter((tag) => !isUrlSafe(tag))
    .map((before): Fix => {
      const after = urlSafe(before);
      return { before, ...(after === undefined ? {} : { after }) };
    });
  const rows = fixes.map((fix) => ({
    label: fix.after === undefined ? t`Remove “${fix.before}”` : t`“${fix.before}” becomes “${fix.after}”`,
    picked: true,
    fix,
  }));
  const picked = await context.ui.pickMany(rows, t`Tags of ${nameImages(images)} that URLs must escape`);
  if (!picked || picked.length === 0) throw new Cancelled();
  const { images: api } = (await context.source.connect()).cloud;
  await applyToEach(context, images, async (id, seen: LiveImage) => {
    const tags = readTags(seen.image);
    for (const { fix } of picked) {
      if (!tags.includes(fix.before)) continue;
      // The new one comes first: an end in between loses nothing.
      if (fix.after !== undefined) await api.addTag(id, fix.after);
      await unlessMissing(api.removeTag(id, fix.before)); // which a retry finds gone
    }
  });
}
