import type { Task } from '../../server/cloud/services/tasks.ts';
import { CloudError, unlessMissing } from '../../server/cloud/session/errors.ts';
import type { Reader } from './collection.ts';

export interface LiveTask extends Task {
  /** 0 to 1, while the cloud reports it. */
  readonly progress?: number;
  /** What is being done, while the cloud tells. */
  readonly stage?: string;
}

/** The newest tasks that are shown. Lists leave out a task's input, so each task is read on its own. */
export const shownTasks = 50;

export function taskReader(): Reader<LiveTask> {
  const told = new Map<string, Pick<LiveTask, 'progress' | 'stage'>>();
  const withProgress = (task: Task): LiveTask =>
    task.status === 'processing' ? { ...task, ...told.get(task.id) } : task;
  return {
    kind: 'task',
    readAll: async ({ cloud, profile }) => {
      const tasks = new Map<string, LiveTask>();
      try {
        for await (const page of cloud.tasks.list({ limit: String(shownTasks) })) {
          for (const { id } of page) tasks.set(id, withProgress(await cloud.tasks.get(id)));
          break;
        }
      } catch (error) {
        // Plain clouds show the tasks of their own work to administrators alone.
        if (profile.offers.importTask || !isRefusal(error)) throw error;
      }
      return tasks;
    },
    readOne: async ({ cloud }, id) => {
      const task = await unlessMissing(cloud.tasks.get(id));
      return task && withProgress(task);
    },
    note: ({ id, progress, stage }) => {
      if (progress === undefined && stage === undefined) told.delete(id);
      else
        told.set(id, {
          ...told.get(id),
          ...(progress === undefined ? {} : { progress }),
          ...(stage === undefined ? {} : { stage }),
        });
    },
  };
}

function isRefusal(error: unknown): boolean {
  return error instanceof CloudError && (error.status === 403 || error.status === 404);
}
