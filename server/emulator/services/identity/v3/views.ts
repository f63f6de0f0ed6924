import { microseconds } from '../../../kernel/clock.ts';
import { baseOf } from '../../../kernel/request.ts';
import type { Request } from '../../../kernel/routes.ts';
import { stableId } from '../../../kernel/stableId.ts';
import type { Credential } from '../credentials.ts';
import type { Account, User } from '../identity.ts';
import { domain } from './authenticate.ts';

/** Records as Keystone v3 shows them. */

export function links(request: Request) {
  return { next: null, self: `${baseOf(request)}${request.url}`, previous: null };
}

export function projectView(request: Request, { id, name }: Account) {
  return {
    id,
    name,
    description: '',
    domain_id: domain.id,
    parent_id: domain.id,
    enabled: true,
    is_domain: false,
    tags: [],
    options: {},
    links: { self: `${baseOf(request)}/identity/v3/projects/${id}` },
  };
}

export function userView(request: Request, { id, name, account }: User) {
  return {
    id,
    name,
    domain_id: domain.id,
    default_project_id: account,
    enabled: true,
    password_expires_at: null,
    options: {},
    links: { self: `${baseOf(request)}/identity/v3/users/${id}` },
  };
}

export function roleView(request: Request, name: string) {
  const id = stableId(`role ${name}`);
  return {
    id,
    name,
    description: null,
    domain_id: null,
    options: {},
    links: { self: `${baseOf(request)}/identity/v3/roles/${id}` },
  };
}

export function domainView(request: Request) {
  return {
    ...domain,
    description: 'The default domain',
    enabled: true,
    tags: [],
    options: {},
    links: { self: `${baseOf(request)}/identity/v3/domains/${domain.id}` },
  };
}

export function credentialView(request: Request, credential: Credential) {
  const { id, name, user, account, roles, description, expires, unrestricted } = credential;
  return {
    id,
    name,
    description,
    project_id: account,
    roles: roles.map((role) => ({ id: stableId(`role ${role}`), name: role, domain_id: null })),
    expires_at: expires === null ? null : microseconds(expires),
    unrestricted,
    links: { self: `${baseOf(request)}/identity/v3/users/${user}/application_credentials/${id}` },
  };
}
