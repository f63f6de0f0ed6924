import type { Action, Caller, Profile, Service } from './profile.ts';

/** Tells whether one of the roles allows the action on the service. */
export function allows(
  profile: Profile,
  service: Service,
  roles: readonly string[],
  action: Action,
): boolean {
  return [...roles, '*'].some((role) => profile.identity.roles[service].get(role)?.includes(action));
}

/** The roles that allow it. */
export function rolesFor(profile: Profile, service: Service, action: Action): string[] {
  const roles = [...profile.identity.roles[service].keys()];
  return roles.filter((role) => allows(profile, service, [role], action));
}

/** Tells whether the caller reaches tags by their addresses only: may tag an image, and not change it. */
export function tagsByRoute(profile: Profile, { roles }: Caller): boolean {
  const may = (action: Action): boolean => allows(profile, 'images', roles, action);
  return !may('administer') && may('tag');
}
