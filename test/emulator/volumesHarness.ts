import assert from 'node:assert/strict';
import type { Json, JsonObject } from '../../server/rules/json.ts';
import { ask, type Caller, type Running, readEvents } from './harness.ts';

/** Volumes of the openstack profile's owner. */

export const volumesBase = '/regionone/volume/v3/100001';

/** The header of a microversion. */
export function version(minor: number): Record<string, string> {
  return { 'openstack-api-version': `volume 3.${minor}` };
}

export async function order(as: Caller, name: 'volume' | 'snapshot', body: JsonObject): Promise<JsonObject> {
  const { status, text, json } = await as.ask('POST', `${volumesBase}/${name}s`, { [name]: body });
  assert.equal(status, 202, text);
  return Object(json[name]);
}

export async function show(as: Caller, name: 'volume' | 'snapshot', id: string): Promise<JsonObject> {
  const { json, text } = await as.ask('GET', `${volumesBase}/${name}s/${id}`);
  assert.ok(name in json, text);
  return Object(json[name]);
}

/** Waits, by the event stream, until a volume or a snapshot has come to a status, or is gone. */
export async function reach(emulator: Running, id: unknown, status: string): Promise<void> {
  await readEvents(emulator, 'after=0', ({ kind, data }) => {
    if (!kind.startsWith('volume') || data['id'] !== id) return false;
    return status === 'gone' ? data['action'] === 'delete' : data['status'] === status;
  });
}

export async function make(
  emulator: Running,
  as: Caller,
  name: 'volume' | 'snapshot',
  body: JsonObject,
): Promise<string> {
  const id = String((await order(as, name, body))['id']);
  await reach(emulator, id, 'available');
  return id;
}

/** A request to the control service. */
export function control(
  { url, token }: Pick<Running, 'url' | 'token'>,
  method: string,
  path: string,
  body?: Json,
) {
  return ask(url, method, `/emulator${path}`, body, { authorization: `Bearer ${token}` });
}
