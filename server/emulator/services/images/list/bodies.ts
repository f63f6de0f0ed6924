import type { Json } from '../../../../rules/json.ts';
import type { EmulatorContext } from '../../context.ts';
import { encodeView, type ImageRow, viewOf } from '../view.ts';

/** An image in a list, before its body is looked up. */
export type Listed = Pick<ImageRow, 'key' | 'revision'>;

/** Bodies of images as JSON text, kept by image and revision: most reads are of images that did not change. */
export interface Bodies {
  of(row: ImageRow): string;
  /** Those of a page, in its order. What is not kept is read by one query a table; images deleted since are left out. */
  page(listed: readonly Listed[]): string[];
}

const keptBytes = 16 * 2 ** 20;

export function createBodies(context: EmulatorContext): Bodies {
  const { images, profile, store } = context;
  const none = new Map<string, Json>();
  const kept = new Map<number, { revision: number; text: string }>();
  let bytes = 0;

  const keep = ({ key, revision }: Listed, text: string): string => {
    bytes += text.length - (kept.get(key)?.text.length ?? 0);
    kept.set(key, { revision, text });
    for (const [oldest, { text: gone }] of kept) {
      if (bytes <= keptBytes) break;
      kept.delete(oldest);
      bytes -= gone.length;
    }
    return text;
  };
  const known = ({ key, revision }: Listed): string | undefined => {
    const found = kept.get(key);
    return found?.revision === revision ? found.text : undefined;
  };
  const read = (keys: readonly number[]): Map<number, string> => {
    const among = JSON.stringify(keys);
    const rows = store.all<ImageRow>(
      'SELECT * FROM images WHERE key IN (SELECT value FROM json_each(?))',
      among,
    );
    const properties = new Map(rows.map(({ key }) => [key, new Map<string, Json>()]));
    const tags = new Map(rows.map(({ key }) => [key, [] as string[]]));
    for (const { image, name, value } of store.all<{ image: number; name: string; value: string | null }>(
      'SELECT image, name, value FROM image_properties WHERE image IN (SELECT value FROM json_each(?))',
      among,
    ))
      properties.get(image)?.set(name, value);
    for (const { image, tag } of store.all<{ image: number; tag: string }>(
      'SELECT image, tag FROM image_tags WHERE image IN (SELECT value FROM json_each(?))',
      among,
    ))
      tags.get(image)?.push(tag);
    return new Map(
      rows.map((row) => {
        const view = viewOf(row, properties.get(row.key) ?? none, tags.get(row.key) ?? [], profile);
        return [row.key, keep(row, encodeView(view))];
      }),
    );
  };

  return {
    of: (row) => known(row) ?? keep(row, encodeView(images.view(row))),
    page: (listed) => {
      const texts = listed.map(known);
      const missing = listed.filter((_, at) => texts[at] === undefined);
      const fresh = missing.length > 0 ? read(missing.map(({ key }) => key)) : undefined;
      return listed.flatMap(({ key }, at) => texts[at] ?? fresh?.get(key) ?? []);
    },
  };
}
