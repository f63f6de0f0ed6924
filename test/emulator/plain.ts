import assert from 'node:assert/strict';
import type { JsonObject } from '../../server/rules/json.ts';
import { type Caller, logIn, type Running, readEvents, withEmulator } from './harness.ts';

/** Users and images of the openstack profile. */

export const base = '/regionone/image/v2';
export const images = `${base}/images`;
export const bytesType = { 'content-type': 'application/octet-stream' };
export const formats = { disk_format: 'raw', container_format: 'bare' };
export const openstack = ['--profile', 'openstack', '--speed', '1000000'];

export async function create(as: Caller, body: JsonObject = {}): Promise<string> {
  const made = await as.ask('POST', images, { ...formats, ...body });
  assert.equal(made.status, 201, made.text);
  return String(made.json['id']);
}

export async function upload(as: Caller, id: string, bytes: Buffer): Promise<void> {
  const { status, text } = await as.ask('PUT', `${images}/${id}/file`, bytes, bytesType);
  assert.equal(status, 204, text);
}

export async function withUsers(
  use: (who: Record<'owner' | 'partner' | 'admin' | 'reader', Caller>, emulator: Running) => Promise<void>,
  ...args: string[]
): Promise<void> {
  await withEmulator([...openstack, ...args], async (emulator) => {
    const [owner, partner, admin, reader] = await Promise.all(
      ['owner', 'partner', 'admin', 'observer'].map((name) => logIn(emulator.url, name)),
    );
    assert.ok(owner && partner && admin && reader);
    await use({ owner, partner, admin, reader }, emulator);
  });
}

/** Waits for the end of an image's newest import. */
export async function importEnd(emulator: Running, as: Caller, id: string): Promise<JsonObject> {
  const newest = async () =>
    ((await as.ask('GET', `${images}/${id}/tasks`)).json['tasks'] as JsonObject[]).at(-1) ?? {};
  const task = await newest();
  await readEvents(
    emulator,
    'after=0',
    ({ kind, data }) =>
      kind === 'task' && data['id'] === task['id'] && ['success', 'failure'].includes(String(data['status'])),
  );
  return newest();
}
