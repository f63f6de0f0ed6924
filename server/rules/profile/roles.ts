import type { Profile } from '../rule.ts';

/**
 * Which role may do what (facts/rackspace.md §3, decision 13). `tag`: PUT and DELETE of a tag; `share`: adding a member;
 * `administer`: everything else that changes.
 */
export type Action = 'read' | 'tag' | 'share' | 'administer';
export type Service = 'images' | 'files' | 'servers';

/** Whether one of the roles allows the action on the service. */
export function allows(
  profile: Profile,
  service: Service,
  roles: readonly string[],
  action: Action,
): boolean {
  return roles.some((role) => tables[service][profile.name].get(role)?.includes(action));
}

/** The roles that allow it. */
export function rolesFor(profile: Profile, service: Service, action: Action): string[] {
  const roles = [...tables[service][profile.name].keys()];
  return roles.filter((role) => allows(profile, service, [role], action));
}

const everything: readonly Action[] = ['read', 'tag', 'share', 'administer'];

type Table = Readonly<Record<Profile['name'], ReadonlyMap<string, readonly Action[]>>>;

const images: Table = {
  rackspace: new Map([
    ['identity:user-admin', everything],
    ['admin', everything],
    ['cloudImages:admin', everything],
    ['cloudImages:creator', ['read', 'tag', 'share']],
    ['cloudImages:observer', ['read', 'tag']],
    ['observer', ['read', 'tag']],
  ]),
  openstack: new Map([
    ['admin', everything],
    ['member', everything],
    ['reader', ['read']],
  ]),
};

const files: Table = {
  rackspace: new Map([
    ['identity:user-admin', everything],
    ['admin', everything],
    ['observer', ['read']],
  ]),
  openstack: new Map([
    ['admin', everything],
    ['member', everything],
    ['ResellerAdmin', everything],
    ['reader', ['read']],
  ]),
};

const servers: Table = {
  rackspace: files.rackspace,
  openstack: images.openstack,
};

const tables: Readonly<Record<Service, Table>> = { images, files, servers };
