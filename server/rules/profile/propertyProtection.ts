import { classOf } from '../service/attributes.ts';
import type { Caller, Profile, PropertyAction } from './profile.ts';

/**
 * Tells whether an operator's property protection lets the caller do something with a custom property. As in Glance
 * (SOURCES: glance §9): the first rule whose pattern matches the beginning of the name decides, and a name that none
 * matches is denied; `@` is everybody, `!` nobody. Without such rules, or where the caller is not known, all is let.
 */
export function permits(
  { profile, caller }: { readonly profile: Profile; readonly caller?: Caller | undefined },
  name: string,
  action: PropertyAction,
): boolean {
  const rules = profile.propertyProtection;
  if (!rules || !caller || classOf(name) !== 'custom') return true;
  const rule = rules.find((each) => each.matches(name));
  return rule?.[action].some((role) => role === '@' || caller.roles.includes(role)) === true;
}
