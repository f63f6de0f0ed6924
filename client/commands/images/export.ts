import { closing } from '../../../server/cloud/run/notes.ts';
import { orNone } from '../../../server/cloud/session/errors.ts';
import { evaluate } from '../../../server/rules/evaluate.ts';
import { exportedObject } from '../../../server/rules/families/export.ts';
import type { ContainerFacts, Facts, JsonObject } from '../../../server/rules/rule.ts';
import { idOf } from '../../cloud/liveImages.ts';
import { exportRefusal, nameOf, personOf } from '../../cloud/permissions.ts';
import { whenTaskEnds } from '../../cloud/taskEnds.ts';
import type { Context } from '../../context.ts';
import { Cancelled } from '../../ui/errors.ts';
import { chooseContainer } from '../files/places.ts';
import { imagesFor } from '../nodes.ts';
import { showExported } from '../tasks/tasks.ts';

/** Exports an image into a container. What the task would fail with is said before there is one. */
export async function exportImage(context: Context, node: unknown): Promise<string | undefined> {
  const [seen] = await imagesFor(context, [node], { title: 'Export which image?', verb: 'export' });
  if (!seen) return undefined;
  const cloud = await context.connections.require();
  const id = idOf(seen.image);
  const facts: Facts = { ...personOf(context), image: seen.image };
  const bodyFor = (container: string): JsonObject => ({
    type: 'export',
    input: { image_uuid: id, receiving_swift_container: container },
  });
  const container = await chooseContainer(
    context,
    cloud,
    `Export “${nameOf(seen.image)}” into which container?`,
    { objection: (name) => exportRefusal(bodyFor(name), facts) },
  );
  const body = bodyFor(container);
  const listed = await orNone(cloud.objects.list(container, exportedObject(id)));
  const found: ContainerFacts = { objects: (listed ?? []).map(({ name }) => name) };
  const refused = exportRefusal(body, { ...facts, container: found });
  if (refused !== undefined) throw new Error(`The cloud would refuse this export. ${refused}`);
  const notes = evaluate('export', body, { ...facts, container: found }).map(({ message }) => message);
  const detail = [`It becomes ${container}/${exportedObject(id)}.`, ...notes, ...closing.export].join('\n\n');
  if (!(await context.ui.confirm(`Export “${nameOf(seen.image)}”?`, detail, 'Export'))) throw new Cancelled();
  if (!listed) await cloud.objects.putContainer(container);
  const task = await cloud.tasks.create('export', { image_uuid: id, receiving_swift_container: container });
  await context.showTask(task.id);
  whenTaskEnds(context, task.id, (ended) => {
    if (ended.status === 'failure') {
      void context.ui.complain(`The export failed. ${ended.message ?? ''}`.trim());
      return;
    }
    void context.ui
      .inform(`“${nameOf(seen.image)}” is exported.`, 'Show Exported Object')
      .then((action) => (action ? showExported(context, { task: ended }) : undefined));
  });
  return task.id;
}
