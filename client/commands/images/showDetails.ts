import { readId } from '../../cloud/imageCollection.ts';
import { readName } from '../../cloud/permissions.ts';
import type { Context } from '../../context.ts';
import { taskRow } from '../../views/tasks/taskRow.ts';
import { selectServers } from '../servers/selection.ts';
import { taskOf } from '../tasks/tasks.ts';
import { selectImages } from './selection.ts';

/** Opens the details page of an image. */
export async function showDetails(context: Context, node: unknown): Promise<void> {
  const [seen] = await selectImages(context, [node], { title: 'Show the details of which image?' });
  if (seen) await context.details.show({ kind: 'image', id: readId(seen.image) }, readName(seen.image));
}

/** Opens the page of a task, which becomes that of the image that an import makes. */
export async function showTaskDetails(context: Context, node: unknown): Promise<void> {
  const task = taskOf(node);
  if (!task) throw new Error('Run this command from the row of a task.');
  await context.details.show({ kind: 'task', id: task.id }, taskRow(task, Date.now()).label);
}

/** Opens the page of a server's imaging: its queue, its stages, and the images that were taken of it. */
export async function showImaging(context: Context, node: unknown): Promise<void> {
  const [live] = await selectServers(context, [node], { title: 'Show the imaging of which server?' });
  if (live) await context.details.show({ kind: 'server', id: live.server.id }, live.server.name);
}
