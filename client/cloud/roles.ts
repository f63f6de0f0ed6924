import { t } from '@vscode/l10n';
import type { Action, Service } from '../../server/rules/profile/profile.ts';
import { allows, rolesFor } from '../../server/rules/profile/roles.ts';
import type { Connection } from './cloudSource.ts';

/** The user and the cloud that a permission depends on. */
export type Person = Pick<Connection, 'profile' | 'caller'>;

/** Says that the cloud has nothing of the kind. */
export function notOffered({ name }: Person['profile']): string {
  return t`This cloud does not offer it (profile ${name}).`;
}

/** Returns why none of the person's roles allows the action. */
export function lacksRole(service: Service, action: Action, { profile, caller }: Person): string | undefined {
  if (allows(profile, service, caller.roles, action)) return undefined;
  const able = new Intl.ListFormat('en', { type: 'disjunction' }).format(rolesFor(profile, service, action));
  return t`You need the role ${able}. Your roles: ${caller.roles.join(', ') || t('none')}.`;
}
