import type { Json, JsonObject } from '../../rules/json.ts';
import { addressPart } from '../session/address.ts';
import { readPages } from '../session/pages.ts';
import type { Session } from '../session/session.ts';
import { asObject } from './images.ts';

/** A task as `GET /v2/tasks/ID` shows it; lists leave out `input`, `result` and `message` (SOURCES: rackspace §1.7). */
export interface Task {
  readonly id: string;
  readonly type: string;
  readonly status: 'pending' | 'processing' | 'success' | 'failure';
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly input?: JsonObject;
  readonly result?: JsonObject;
  readonly message?: string;
}

/** Rackspace's tasks. Everything throws CloudError. */
export interface Tasks {
  /** `type`: import or export; the cloud refuses others. `input` is the body's: `{ import_from, image_properties }`. */
  create(type: Json, input: JsonObject): Promise<Task>;
  get(id: string, signal?: AbortSignal): Promise<Task>;
  list(query?: Readonly<Record<string, string>>, signal?: AbortSignal): AsyncGenerator<Task[], void>;
}

export function openTasks(session: Session, base: string): Tasks {
  return {
    create: async (type, input) =>
      taskOf(asObject(await session.json(`${base}/tasks`, { method: 'POST', json: { type, input } }))),
    get: async (id, signal) =>
      taskOf(asObject(await session.json(`${base}/tasks/${addressPart(id)}`, { signal }))),
    list: async function* (query = {}, signal) {
      for await (const page of readPages(session, `${base}/tasks`, 'tasks', query, signal))
        yield page.map(taskOf);
    },
  };
}

function taskOf(body: JsonObject): Task {
  const text = (name: string): string => String(body[name] ?? '');
  const status = text('status');
  const input = asObject(body['input'] ?? null);
  const result = asObject(body['result'] ?? null);
  // Rackspace wrote the word None where it had nothing to say.
  const message = meaning(body['message']);
  return {
    id: text('id'),
    type: text('type'),
    status: status === 'processing' || status === 'success' || status === 'failure' ? status : 'pending',
    createdAt: text('created_at'),
    updatedAt: text('updated_at'),
    ...(body['input'] ? { input } : {}),
    ...(body['result'] ? { result } : {}),
    ...(message === undefined ? {} : { message }),
  };
}

function meaning(message: Json | undefined): string | undefined {
  return typeof message === 'string' && message !== '' && message !== 'None' ? message : undefined;
}
