import type { JsonObject } from '../../../rules/json.ts';
import type { Caller, Verb } from '../../../rules/profile/profile.ts';
import { permits } from '../../../rules/profile/propertyProtection.ts';
import { answers } from '../../../rules/service/answers.ts';
import { type Refusal, refuseRole } from '../../../rules/service/changes.ts';
import { toApiError } from '../../kernel/apiError.ts';
import type { Request } from '../../kernel/routes.ts';
import type { EmulatorContext } from '../context.ts';
import type { ScopedSession } from '../identity/identity.ts';
import { type Action, requireImages } from '../identity/permissions.ts';

/** Authenticates the caller and checks the role. Throws 401, and 403 in Glance's words, which name its policy. */
export function allow(
  context: EmulatorContext,
  request: Request,
  action: Action,
  policy: string,
): ScopedSession {
  const session = context.identity.authenticate(request.headers['x-auth-token']);
  requireImages(context.profile, session.caller, action, policy);
  return session;
}

/** Who asks, and why the roles do not allow it where that is still to be answered: once the image is found. */
export interface Asking extends ScopedSession {
  readonly forbidden: Refusal | undefined;
}

/** Authenticates who asks about one image. Throws 401, and 403 where roles are checked before the service reads. */
export function identify(context: EmulatorContext, request: Request, action: Action, policy: string): Asking {
  const session = context.identity.authenticate(request.headers['x-auth-token']);
  const forbidden = refuseRole(context.profile, session.caller, action, policy);
  if (forbidden && context.profile.images.checksRolesFirst) throw toApiError(forbidden);
  return { ...session, forbidden };
}

/** Throws 403 where the profile does not offer the verb to customers. */
export function requireOffered(context: EmulatorContext, verb: Verb, policy: string): void {
  if (!context.profile.offers[verb]) throw toApiError({ rule: 'role/images', ...answers.policy(policy) });
}

/** The value, or the fault that the rules answer instead. */
export function requireAccepted<T extends object>(value: T | Refusal): T {
  if ('rule' in value && 'status' in value) throw toApiError(value);
  return value;
}

/** The body without the properties that the operator's protection keeps from the caller (SOURCES: glance §9). */
export function hideProtected({ profile }: EmulatorContext, caller: Caller, body: string): string {
  if (!profile.propertyProtection) return body;
  const image: JsonObject = JSON.parse(body);
  const shown = Object.entries(image).filter(([name]) => permits({ profile, caller }, name, 'read'));
  return JSON.stringify(Object.fromEntries(shown));
}
