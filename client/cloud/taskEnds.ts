import type { Context } from '../context.ts';
import type { LiveTask } from './liveTasks.ts';

/** Calls once when a task has ended. What the events tell is waited for; nothing is asked. */
export function whenTaskEnds(
  { tasks }: Pick<Context, 'tasks'>,
  id: string,
  ended: (task: LiveTask) => void,
): void {
  let told = false;
  const look = async (): Promise<void> => {
    const snapshot = await tasks.loaded();
    if (snapshot.is === 'disconnected') listening.dispose();
    const task = snapshot.is === 'ready' ? snapshot.items.get(id) : undefined;
    if (told || (task?.status !== 'success' && task?.status !== 'failure')) return;
    told = true;
    listening.dispose();
    ended(task);
  };
  const listening = tasks.onDidChange((changed) => {
    if (changed === undefined || changed === id) void look();
  });
}
