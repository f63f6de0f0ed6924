import { setTimeout as delay } from 'node:timers/promises';
import type { JsonObject } from '../../rules/json.ts';
import type { Task, Tasks } from '../services/tasks.ts';

export interface Waiting {
  /** Milliseconds between two looks; at a real cloud at least 30,000 (SOURCES: rackspace §1.7). */
  readonly interval: number;
  readonly signal?: AbortSignal | undefined;
  /** Called when the status is another than before. */
  readonly changed?: (work: Work) => void;
}

/** What is waited for: an `import` or `export` task, a `server` or an `image`. */
export interface Work {
  readonly id: string;
  readonly type: string;
  readonly status: string;
}

/** Tells whether it is a task, which a person can look at. */
export function isTask({ type }: Work): boolean {
  return type !== 'server' && type !== 'image';
}

/** Milliseconds that a real cloud asks its customers to leave between two looks at a task. */
export const politeInterval = 30_000;
/** Milliseconds between two looks at a task of an emulator, which is nobody's shared machine. */
export const emulatorInterval = 100;

/** Waits until a task has ended, well or not. Throws CloudError, and the signal's reason. */
export async function waitForTask(tasks: Tasks, id: string, waiting: Waiting): Promise<Task> {
  let status = '';
  for (;;) {
    const task = await tasks.get(id, waiting.signal);
    if (task.status !== status) waiting.changed?.(task);
    ({ status } = task);
    if (status === 'success' || status === 'failure') return task;
    await pause(waiting);
  }
}

/** Lets the interval pass. Throws the signal's reason. */
export async function pause({ interval, signal }: Waiting): Promise<void> {
  try {
    await delay(interval, undefined, signal ? { signal } : {});
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

/** The ids of the newest tasks: whatever is made later is none of them. */
export async function listNewestTasks(tasks: Tasks, type: 'import' | 'export'): Promise<string[]> {
  const { value: page } = await tasks.list({ type, sort_dir: 'desc' }).next();
  return page ? page.map(({ id }) => id) : [];
}

/** The task with this input that was made after `known` were the newest; lists leave out the input, so each is looked at. */
export async function findTaskSince(
  tasks: Tasks,
  type: 'import' | 'export',
  input: JsonObject,
  known: readonly string[],
): Promise<Task | undefined> {
  for await (const page of tasks.list({ type, sort_dir: 'desc' })) {
    for (const { id } of page) {
      if (known.includes(id)) return undefined;
      const task = await tasks.get(id);
      if (sameInput(task.input ?? {}, input)) return task;
    }
  }
  return undefined;
}

function sameInput(one: JsonObject, other: JsonObject): boolean {
  const ordered = (value: JsonObject): string =>
    JSON.stringify(value, (_, part) =>
      part && typeof part === 'object' && !Array.isArray(part)
        ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
        : part,
    );
  return ordered(one) === ordered(other);
}
