import { formatMicroseconds } from '../../../kernel/clock.ts';
import { readBaseUrl } from '../../../kernel/request.ts';
import type { Request } from '../../../kernel/routes.ts';
import { makeStableId } from '../../../kernel/stableId.ts';
import type { AccessRule } from '../accessRules.ts';
import type { Credential } from '../credentials.ts';
import type { Account, User } from '../identity.ts';
import type { UserDetails } from '../people.ts';
import type { ProjectDetails } from '../projects.ts';
import { domain } from './authenticate.ts';

/** Records as Keystone v3 shows them. */

export function links(request: Request) {
  return { next: null, self: `${readBaseUrl(request)}${request.url}`, previous: null };
}

export function renderProject(
  request: Request,
  { id, name }: Account,
  { description, enabled, tags }: ProjectDetails,
) {
  return {
    id,
    name,
    domain_id: domain.id,
    description,
    enabled,
    parent_id: domain.id,
    is_domain: false,
    tags,
    options: {},
    links: { self: `${readBaseUrl(request)}/identity/v3/projects/${id}` },
  };
}

export function userView(request: Request, { id, name, account }: User, { enabled, extra }: UserDetails) {
  return {
    ...extra,
    id,
    name,
    domain_id: domain.id,
    default_project_id: account,
    enabled,
    password_expires_at: null,
    options: {},
    links: { self: `${readBaseUrl(request)}/identity/v3/users/${id}` },
  };
}

export function renderRole(request: Request, name: string) {
  const id = makeStableId(`role ${name}`);
  return {
    id,
    name,
    description: null,
    domain_id: null,
    options: {},
    links: { self: `${readBaseUrl(request)}/identity/v3/roles/${id}` },
  };
}

export function renderDomain(request: Request) {
  return {
    ...domain,
    description: 'The default domain',
    enabled: true,
    tags: [],
    options: {},
    links: { self: `${readBaseUrl(request)}/identity/v3/domains/${domain.id}` },
  };
}

export function renderCredential(request: Request, credential: Credential) {
  const { id, name, user, account, roles, description, expires, micros, unrestricted, rules } = credential;
  return {
    id,
    name,
    description,
    project_id: account,
    roles: roles.map((role) => ({ id: makeStableId(`role ${role}`), name: role, domain_id: null })),
    expires_at:
      expires === null
        ? null
        : formatMicroseconds(expires).replace(/\d{3}$/, String(micros).padStart(3, '0')),
    unrestricted,
    ...(rules ? { access_rules: rules.map(renderRule) } : {}),
    links: { self: `${readBaseUrl(request)}/identity/v3/users/${user}/application_credentials/${id}` },
  };
}

/** A rule as the credentials that use it show it. */
export function renderRule({ id, service, path, method }: AccessRule) {
  return { id, service, path, method };
}
