import assert from 'node:assert/strict';
import type { Json, JsonObject } from '../../server/rules/json.ts';
import type { Caller } from './harness.ts';

export const base = '/regionone/network/v2.0';

/** The id of nothing. */
export const noId = '00000000-0000-4000-a000-000000000001';

/** Makes a group or a rule. */
export async function order(as: Caller, kind: 'security_group' | 'security_group_rule', wanted: JsonObject) {
  const path = `${base}/${kind.replaceAll('_', '-')}s`;
  const { json, status, text } = await as.ask('POST', path, { [kind]: wanted });
  assert.equal(status, 201, text);
  return json[kind] as JsonObject;
}

/** Asks Neutron, and expects a refusal. */
export async function expectFault(
  as: Caller,
  method: string,
  path: string,
  body: Json | undefined,
  [status, type, message]: readonly [number, string, string],
): Promise<void> {
  const answer = await as.ask(method, `${base}${path}`, body);
  const label = `${method} ${path} of ${JSON.stringify(body)?.slice(0, 200)}`;
  assert.deepEqual(
    [answer.status, answer.json],
    [status, { NeutronError: { type, message, detail: '' } }],
    label,
  );
}
