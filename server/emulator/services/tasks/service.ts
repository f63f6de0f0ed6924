import type { Store } from '../../store/store.ts';
import type { Service } from '../service.ts';
import { exportJob } from './exportJob.ts';
import { importJob } from './importJob.ts';
import { taskRoutes } from './routes.ts';

/** Imports and exports as tasks, which the Images API serves. */
export const tasks: Service = {
  name: 'tasks',
  routes: taskRoutes,
  jobs: (context) => ({ import: importJob(context), export: exportJob(context) }),
  eventKinds: ['task'],
  expiries: [{ kind: 'task', table: 'tasks', remove: (context) => context.tasks.expire() }],
  countedTables: ['tasks'],
  removeAccount: ({ store }, account) => {
    store.run('DELETE FROM tasks WHERE account = ?', account);
  },
  findProblems: function* (store: Store) {
    for (const { id, type } of store.all<{ id: string; type: string }>(
      `SELECT id, type FROM tasks WHERE status IN ('pending', 'processing') AND id NOT IN (SELECT id FROM jobs)`,
    ))
      yield `Task ${id} (${type}) waits for ever: it has no job.`;
    for (const { id, kind } of store.all<{ id: string; kind: string }>(
      `SELECT id, kind FROM jobs WHERE id IN (SELECT id FROM tasks WHERE status IN ('success', 'failure'))`,
    ))
      yield `Job ${id} (${kind}) goes on though its task has ended.`;
  },
};
