import assert from 'node:assert/strict';
import type { Json, JsonObject } from '../../server/rules/json.ts';
import { type Answer, ask } from './harness.ts';

/** Asking Keystone v3. */

export const tokens = '/identity/v3/auth/tokens';
export const isDefault = { domain: { id: 'default' } };
export const openstack = ['--profile', 'openstack', '--seed', 'empty'];

export interface Token {
  readonly methods: string[];
  readonly user: { id: string };
  readonly audit_ids: string[];
  readonly expires_at: string;
  readonly issued_at: string;
  readonly project?: { id: string };
  readonly system?: object;
  readonly roles?: { id: string; name: string }[];
  readonly catalog?: object[];
  readonly application_credential?: { id: string; name: string; restricted: boolean };
}

export function tokenOf({ text }: Answer): Token {
  return JSON.parse(text).token;
}

export function messageOf({ text }: Answer): string {
  return JSON.parse(text).error.message;
}

export function byPassword(name: string, password = 'emulator'): JsonObject {
  return { methods: ['password'], password: { user: { name, password, ...isDefault } } };
}

export function byToken(id: string): JsonObject {
  return { methods: ['token'], token: { id } };
}

export function byCredential(given: JsonObject): JsonObject {
  return { methods: ['application_credential'], application_credential: given };
}

/** Asks for tokens, and things in the name of one. */
export function client(url: string) {
  const issue = (identity: Json, scope?: Json) =>
    ask(url, 'POST', tokens, { auth: { identity, ...(scope === undefined ? {} : { scope }) } });
  return {
    issue,
    as: async (name: string, scope?: Json) => {
      const issued = await issue(byPassword(name), scope);
      assert.equal(issued.status, 201, name);
      const token = issued.headers.get('x-subject-token') ?? '';
      const call = (method: string, path: string, body?: Json, headers: Record<string, string> = {}) =>
        ask(url, method, `/identity/v3${path}`, body, { 'x-auth-token': token, ...headers });
      return { token, id: tokenOf(issued).user.id, call };
    },
  };
}
