import assert from 'node:assert/strict';
import { isObject, type Json, type JsonObject } from '../../../server/rules/json.ts';
import { type Answer, type Caller, type Running, readEvents } from '../harness.ts';
import { create, upload } from '../plain.ts';

export const compute = '/regionone/compute/v2.1';

/** Headers that ask for a minor version. */
export function minor(version: number): Record<string, string> {
  return { 'openstack-api-version': `compute 2.${version}` };
}

/** What an answer is to be: its status; of a refusal the message, of others members that it has. */
export type Expected = readonly [status: number, content?: Json | RegExp];

/** Asks the Compute API, `request` being `GET /flavors` and the like, and compares the answer. */
export async function expectAnswer(
  as: Caller,
  request: string,
  [status, content]: Expected,
  { body, version = 1, base = compute }: { body?: Json | undefined; version?: number; base?: string } = {},
): Promise<Answer> {
  const [method = '', path = ''] = request.split(' ');
  const answer = await as.ask(method, `${base}${path}`, body, minor(version));
  const label = `${request} at 2.${version} of ${JSON.stringify(body)?.slice(0, 200)}: ${answer.text}`;
  assert.equal(answer.status, status, label);
  if (content === undefined) return answer;
  if (content instanceof RegExp) assert.match(answer.text, content, label);
  else if (typeof content === 'string') assert.equal(readMessage(answer), content, label);
  else assert.partialDeepStrictEqual(answer.json, content, label);
  return answer;
}

function readMessage({ json }: Answer): Json | undefined {
  const [fault] = Object.values(json);
  return isObject(fault) ? fault['message'] : json['message'];
}

/** Builds a server of an image, and waits by the event stream until it is active; `beside`: scheduler hints. Answers its id. */
export async function build(
  emulator: Running,
  as: Caller,
  more: JsonObject = {},
  beside: JsonObject = {},
): Promise<string> {
  const image = await create(as, { name: 'base', min_disk: 0 });
  await upload(as, image, Buffer.alloc(1024));
  const server = { name: 'web', flavorRef: '1', imageRef: image, ...more };
  const { json } = await expectAnswer(as, 'POST /servers', [202], { body: { server, ...beside } });
  const id = String(isObject(json['server']) ? json['server']['id'] : '');
  await readEvents(
    emulator,
    'after=0',
    ({ kind, data }) => kind === 'server' && data['id'] === id && data['status'] === 'ACTIVE',
  );
  return id;
}
