import type { LiveTask } from '../../cloud/taskCollection.ts';
import { findImported, locateExport } from '../../views/tasks/taskRow.ts';

/** An object of Cloud Files that has to do with an image. */
export interface ObjectPlace {
  readonly origin: 'export' | 'import';
  readonly container: string;
  readonly name: string;
}

/** Finds the newest good export of an image and what it was imported of, among the tasks that are known. */
export function locateObjects(id: string, tasks: Iterable<LiveTask>): ObjectPlace[] {
  const ended = [...tasks]
    .filter(({ status }) => status === 'success')
    .sort((one, other) => other.createdAt.localeCompare(one.createdAt));
  const exported = ended.find(({ type, input }) => type === 'export' && input?.['image_uuid'] === id);
  const imported = ended.find((task) => findImported(task) === id);
  const result = exported && locateExport(exported);
  const from = imported?.input?.['import_from'];
  const slash = typeof from === 'string' ? from.indexOf('/') : -1;
  return [
    ...(result ? [{ origin: 'export' as const, ...result }] : []),
    ...(typeof from === 'string' && slash > 0
      ? [{ origin: 'import' as const, container: from.slice(0, slash), name: from.slice(slash + 1) }]
      : []),
  ];
}
