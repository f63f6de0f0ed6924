import assert from 'node:assert/strict';
import type { Json, JsonObject } from '../../../server/rules/json.ts';
import { ask, type Caller, type Running, readEvents } from '../harness.ts';
import { create, upload } from '../plain.ts';
import { compute } from './asking.ts';

/** Servers that are built, changed and deleted, each waited for by the events that tell of it. */

export async function makeImage(owner: Caller, more: JsonObject = {}): Promise<string> {
  const image = await create(owner, { name: 'base', ...more });
  await upload(owner, image, Buffer.from('a small disk'));
  return image;
}

export async function build(
  emulator: Running,
  owner: Caller,
  server: JsonObject,
  base = compute,
): Promise<string> {
  const made = await owner.ask('POST', `${base}/servers`, {
    server: { name: 'web', flavorRef: '1', ...server },
  });
  assert.equal(made.status, 202, made.text);
  const id = String((made.json['server'] as JsonObject)['id']);
  await settled(emulator, id);
  return id;
}

/** Waits until nothing is done to a server. Answers the states that it has had, each as `STATUS task`. */
export async function settled(emulator: Running, id: string, after = 0): Promise<string[]> {
  const events = await readEvents(
    emulator,
    `after=${after}`,
    ({ kind, data }) =>
      kind === 'server' &&
      data['id'] === id &&
      (data['action'] === 'delete' || (data['task_state'] === null && data['status'] !== 'BUILD')),
  );
  return events
    .filter(({ kind, data }) => kind === 'server' && data['id'] === id)
    .map(({ data }) => `${String(data['status'])} ${String(data['task_state'])}`);
}

export async function lastEvent(emulator: Running): Promise<number> {
  return Number((await control(emulator, 'GET', ''))['seq']);
}

export async function control(
  emulator: Running,
  method: string,
  path: string,
  body?: Json,
): Promise<JsonObject> {
  const authorization = `Bearer ${emulator.token}`;
  const { status, json, text } = await ask(emulator.url, method, `/emulator${path}`, body, { authorization });
  assert.ok(status < 300, `${method} ${path}: ${text}`);
  return json;
}

/** Does an action, waits for what follows, and answers the states. */
export async function act(
  emulator: Running,
  owner: Caller,
  id: string,
  action: JsonObject,
  base = compute,
): Promise<string[]> {
  const seq = await lastEvent(emulator);
  const { status, text } = await owner.ask('POST', `${base}/servers/${id}/action`, action);
  assert.ok(status < 300, text);
  return settled(emulator, id, seq);
}

export async function show(owner: Caller, id: string, base = compute): Promise<JsonObject> {
  return (await owner.ask('GET', `${base}/servers/${id}`)).json['server'] as JsonObject;
}

/** Steps a clock that stands still from event to event, until this is done to the server. */
export async function stepUntil(
  emulator: Running,
  owner: Caller,
  id: string,
  task: string | null,
): Promise<void> {
  for (let steps = 0; (await show(owner, id))['OS-EXT-STS:task_state'] !== task; steps += 1) {
    assert.ok(steps < 20, `the server never gets to ${String(task)}`);
    await control(emulator, 'POST', '/clock', { step: 'next' });
  }
}
