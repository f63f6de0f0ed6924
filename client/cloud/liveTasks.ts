import type { Task } from '../../server/cloud/services/tasks.ts';
import { orNone } from '../../server/cloud/session/errors.ts';
import type { Reader } from './live.ts';

export interface LiveTask extends Task {
  /** 0 to 1; known while the emulator works on it. */
  readonly progress?: number;
}

/** As many of the newest tasks as a person looks at. Lists leave out what a task is about, so each is read by itself. */
const shown = 50;

export function taskReader(): Reader<LiveTask> {
  const progress = new Map<string, number>();
  const withProgress = (task: Task): LiveTask => {
    const known = progress.get(task.id);
    return task.status !== 'processing' || known === undefined ? task : { ...task, progress: known };
  };
  return {
    kind: 'task',
    all: async (cloud) => {
      const tasks = new Map<string, LiveTask>();
      for await (const page of cloud.tasks.list({ limit: String(shown) })) {
        for (const { id } of page) tasks.set(id, withProgress(await cloud.tasks.get(id)));
        break;
      }
      return tasks;
    },
    one: async (cloud, id) => {
      const task = await orNone(cloud.tasks.get(id));
      return task && withProgress(task);
    },
    hint: ({ id, summary }) => {
      const { status, progress: done } = summary;
      if (status === 'success' || status === 'failure') progress.delete(id);
      else if (typeof done === 'number') progress.set(id, done);
    },
  };
}
