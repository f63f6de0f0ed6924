import type { Cloud } from '../../../server/cloud/cloud.ts';
import { segmentsOf } from '../../../server/cloud/services/largeObjects.ts';
import type { Context } from '../../context.ts';
import { Cancelled } from '../../ui/errors.ts';
import { counted, sizeText } from '../../ui/units.ts';
import type { FileNode, ObjectNode, SegmentNode } from '../../views/files/fileNode.ts';
import { requireWritableFiles, selectRows } from './selection.ts';

/**
 * Deletes objects. Of a segment it is said what becomes of the object that it is a part of; with a large object its
 * segments can go too, which are charged on otherwise.
 */
export async function deleteObjects(context: Context, node: unknown, nodes: unknown): Promise<void> {
  const cloud = await requireWritableFiles(context);
  const rows = selectRows(node, nodes).filter(isObject);
  if (rows.length === 0) throw new Error('Select objects in Cloud Files first.');
  const segments = rows.filter((row) => row.kind === 'segment');
  const what = rows.length === 1 ? `“${rows[0]?.name}”` : counted(rows.length, 'object');
  const warnings = segments.map(
    ({ name, of }) =>
      `“${name}” is a segment of “${of.name}”: without it a download of that is short, the cloud says nothing of it, and the image cannot be imported again.`,
  );
  const detail = [...warnings, 'A deleted object cannot be brought back.'].join('\n\n');
  if (!(await context.ui.confirm(`Delete ${what}?`, detail, 'Delete'))) throw new Cancelled();
  for (const row of rows) {
    const parts = row.kind === 'object' && row.large ? await chooseSegments(context, cloud, row) : [];
    // The manifest goes last: as long as it is there, it says what its segments are.
    for (const { container, name } of [...parts, row]) await cloud.objects.deleteObject(container, name);
  }
  context.files.refresh();
}

/** The segments of a large object where they shall go with it. */
async function chooseSegments(
  { ui }: Context,
  { objects }: Cloud,
  { container, name }: ObjectNode,
): Promise<readonly { readonly container: string; readonly name: string }[]> {
  const large = await segmentsOf(objects, container, name);
  if (!large || large.segments.length === 0) return [];
  const size = sizeText(large.segments.reduce((sum, { bytes }) => sum + bytes, 0));
  const both = `It and its ${counted(large.segments.length, 'segment')}`;
  const picked = await ui.pick(
    [
      { label: both, description: `${size} less to pay for`, both: true },
      { label: 'Only the object itself', description: 'its segments stay, and are charged', both: false },
    ],
    `What of “${name}” shall be deleted?`,
  );
  if (!picked) throw new Cancelled();
  return picked.both ? large.segments : [];
}

function isObject(node: FileNode): node is ObjectNode | SegmentNode {
  return node.kind === 'object' || node.kind === 'segment';
}
