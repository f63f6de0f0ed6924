import assert from 'node:assert/strict';
import { isObject, type Json } from '../../../server/rules/json.ts';
import type { Answer, Caller } from '../harness.ts';

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
