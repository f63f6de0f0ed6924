import { permits } from '../../../rules/profile/propertyProtection.ts';
import { offers, type Verb } from '../../../rules/profile/verbs.ts';
import type { Caller, JsonObject } from '../../../rules/rule.ts';
import type { Refusal } from '../../../rules/service/patchBody.ts';
import type { Cloud } from '../../kernel/cloud.ts';
import { Fault, faultOf } from '../../kernel/errorBody.ts';
import type { Request } from '../../kernel/http.ts';
import type { ScopedSession } from '../identity/people.ts';
import { type Action, requireImages } from '../identity/permissions.ts';

/** Who asks, if a role of theirs allows it. Faults: 401, and 403 in Glance's words, which name its policy. */
export function allow(cloud: Cloud, request: Request, action: Action, policy: string): ScopedSession {
  const session = cloud.identity.authenticate(request.headers['x-auth-token']);
  requireImages(cloud.profile, session.caller, action, policy);
  return session;
}

/** Faults: 403 where the profile does not offer the verb to customers. */
export function requireOffered(cloud: Cloud, verb: Verb, policy: string): void {
  if (!offers(cloud.profile, verb))
    throw new Fault(403, `You are not authorized to complete ${policy} action.`, { rule: 'role/images' });
}

/** The value, or the fault that the rules answer instead. */
export function accepted<T extends object>(value: T | Refusal): T {
  if ('rule' in value && 'status' in value) throw faultOf(value);
  return value;
}

/** The body without the properties that the operator's protection keeps from the caller (facts/glance.md §9). */
export function shownTo({ profile }: Cloud, caller: Caller, body: string): string {
  if (!profile.propertyProtection) return body;
  const image: JsonObject = JSON.parse(body);
  const shown = Object.entries(image).filter(([name]) => permits({ profile, caller }, name, 'read'));
  return JSON.stringify(Object.fromEntries(shown));
}
