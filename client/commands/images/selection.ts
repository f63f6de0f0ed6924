import { t } from '@vscode/l10n';
import type { Connection } from '../../cloud/cloudSource.ts';
import { type LiveImage, readId } from '../../cloud/imageCollection.ts';
import { describeVerb, forbids, forbidsAll, type ImageVerb, readName } from '../../cloud/permissions.ts';
import type { Person } from '../../cloud/roles.ts';
import type { Context } from '../../context.ts';
import { Cancelled } from '../../ui/errors.ts';
import type { Ui } from '../../ui/ui.ts';
import { imageRow } from '../../views/images/imageRow.ts';
import type { ImageRowNode } from '../../views/images/imageRows.ts';

/** Arguments that VS Code gives a command of a tree: the row, and all selected rows where it is one of them. */
type Given = readonly [node: unknown, nodes?: unknown];

interface Selection {
  readonly title: string;
  readonly verb?: ImageVerb;
  /** Returns an error with a way out where the verb can be done to none of the images. */
  readonly remedy?: (images: readonly LiveImage[], problems: readonly string[]) => Error | undefined;
}

/**
 * Finds the images that a command is for, as they are now: the selected rows, the one row, or, from the palette, one that is
 * picked. Complains about those to which the verb cannot be done; throws where none is left.
 */
export async function selectImages(
  context: Context,
  [node, nodes]: Given,
  { title, verb, remedy }: Selection,
): Promise<LiveImage[]> {
  const connection = await context.source.connect();
  const snapshot = await context.images.loaded();
  if (snapshot.kind === 'failed') throw new Error(snapshot.reason);
  const known: ReadonlyMap<string, LiveImage> = snapshot.kind === 'ready' ? snapshot.items : new Map();
  const rows = (Array.isArray(nodes) && nodes.length > 0 ? nodes : [node]).filter(isImageRow);
  if (rows.length > 0) {
    // A row may be of the region or the user before, in the moment until the tree is drawn again.
    // One image may be several rows, and a query finds images that lists leave out.
    const { filter } = context.browsing;
    const found = filter?.kind === 'query' ? filter.images : new Map<string, LiveImage>();
    const ids = new Set(rows.map(({ seen }) => readId(seen.image)));
    const images = [...ids].flatMap((id) => known.get(id) ?? found.get(id) ?? []);
    if (images.length === 0) {
      throw missingError(
        rows.map(({ seen }) => readName(seen.image)),
        connection,
      );
    }
    if (verb === undefined) return images;
    const problems = images.flatMap((seen) => forbids(verb, seen, connection) ?? []);
    const other = problems.length === images.length ? remedy?.(images, problems) : undefined;
    if (other) throw other;
    return permitted(context.ui, verb, images, connection);
  }
  const picked = await context.ui.pick(listChoices([...known.values()], verb, connection), title);
  if (!picked) throw new Cancelled();
  return [picked.seen];
}

/** The error where nothing that the rows stand for is in the connected region. */
export function missingError(names: readonly string[], { cloud: { region } }: Connection): Error {
  return new Error(t`There is no ${names.map((name) => `“${name}”`).join(', ')} in ${region}.`);
}

function permitted(ui: Ui, verb: ImageVerb, images: readonly LiveImage[], person: Person): LiveImage[] {
  const problems = images.flatMap((seen) => forbids(verb, seen, person) ?? []);
  if (problems.length === images.length) throw new Error(problems.join('\n'));
  if (problems.length > 0) void ui.complain(problems.join('\n'));
  return images.filter((seen) => forbids(verb, seen, person) === undefined);
}

function listChoices(
  images: readonly LiveImage[],
  verb: ImageVerb | undefined,
  person: Person,
): { label: string; description: string; detail: string; seen: LiveImage }[] {
  const refused = verb && forbidsAll(verb, person);
  if (refused !== undefined) throw new Error(refused);
  const fit = verb ? images.filter((seen) => forbids(verb, seen, person) === undefined) : images;
  if (fit.length === 0 && verb)
    throw new Error(t`There is no image here that you can ${describeVerb(verb)}.`);
  return fit.map((seen) => {
    const { label, description } = imageRow(seen, Date.now());
    return { label, description, detail: readId(seen.image), seen };
  });
}

export function isImageRow(node: unknown): node is ImageRowNode {
  return typeof node === 'object' && node !== null && 'kind' in node && node.kind === 'image';
}
