import { t } from '@vscode/l10n';
import type { Cloud } from '../../../server/cloud/cloud.ts';
import { readSegments } from '../../../server/cloud/services/largeObjects.ts';
import type { Context } from '../../context.ts';
import { confirmMany } from '../../ui/confirm.ts';
import { Cancelled } from '../../ui/errors.ts';
import { formatCount, formatSize } from '../../ui/units.ts';
import type { FileNode, ObjectNode, SegmentNode } from '../../views/files/fileNode.ts';
import { doForEach } from '../eachItem.ts';
import { deleteContainer } from './containers.ts';
import { requireWritableFiles, selectRows } from './selection.ts';

/**
 * Deletes objects, or the container whose row has the focus. Warns what becomes of an object whose segment is deleted; offers
 * to delete the segments of a large object too, which cost money otherwise.
 */
export async function deleteObjects(context: Context, node: unknown, nodes: unknown): Promise<void> {
  const selected = selectRows(node, nodes);
  if (selected[0]?.kind === 'container') return deleteContainer(context, selected[0]);
  const cloud = await requireWritableFiles(context);
  const rows = selected.filter(isObject);
  if (rows.length === 0) throw new Error(t('Select objects in Cloud Files first.'));
  const segments = rows.filter((row) => row.kind === 'segment');
  const what = rows.length === 1 ? `“${rows[0]?.name}”` : formatCount(rows.length, 'object');
  const warnings = segments.map(
    ({ name, of }) =>
      t`“${name}” is a segment of “${of.name}”. Without it, a download of “${of.name}” is too short, without any error, and the image cannot be imported again.`,
  );
  const detail = [...warnings, t('A deleted object cannot be restored.')].join('\n\n');
  await confirmMany(context, { count: rows.length, question: t`Delete ${what}?`, detail, verb: t('Delete') });
  const parts = new Map<FileNode, readonly PlacedName[]>();
  for (const row of rows)
    if (row.kind === 'object' && row.large) parts.set(row, await chooseSegments(context, cloud, row));
  await doForEach({
    items: rows,
    plural: t('objects'),
    name: ({ name }) => name,
    work: async (row) => {
      // The manifest goes last: as long as it is there, it says what its segments are.
      for (const { container, name } of [...(parts.get(row) ?? []), row])
        await cloud.objects.deleteObject(container, name);
    },
  }).finally(() => context.files.refresh(...new Set(rows.map(({ container }) => container))));
}

interface PlacedName {
  readonly container: string;
  readonly name: string;
}

/** Returns the segments of a large object where they are to be deleted with it. */
async function chooseSegments(
  { ui }: Context,
  { objects }: Cloud,
  { container, name }: ObjectNode,
): Promise<readonly PlacedName[]> {
  const large = await readSegments(objects, container, name);
  if (!large || large.segments.length === 0) return [];
  const size = formatSize(large.segments.reduce((sum, { bytes }) => sum + bytes, 0));
  const both = t`It and its ${formatCount(large.segments.length, 'segment')}`;
  const picked = await ui.pick(
    [
      { label: both, description: t`frees ${size}`, both: true },
      { label: t('Only the object itself'), description: t('its segments stay and cost money'), both: false },
    ],
    t`Delete what of “${name}”?`,
  );
  if (!picked) throw new Cancelled();
  return picked.both ? large.segments : [];
}

function isObject(node: FileNode): node is ObjectNode | SegmentNode {
  return node.kind === 'object' || node.kind === 'segment';
}
