import { t } from '@vscode/l10n';
import { tagsByRoute } from '../../server/rules/profile/roles.ts';
import { classOf, isProtected } from '../../server/rules/service/attributes.ts';
import { lacksRole, type Person } from '../cloud/roles.ts';

/** Says why the person cannot change an attribute of an image, in a sentence; undefined where they can. */
export function refuseEditing(name: string, person: Person): string | undefined {
  const { profile, caller } = person;
  const kind = classOf(name);
  if (kind === 'read-only' || kind === 'reserved') return t`Only the service sets '${name}'.`;
  if (isProtected(name, profile)) return t`'${name}' is protected: customers cannot change it.`;
  const reason = lacksRole('images', 'administer', person);
  return name === 'tags' && tagsByRoute(profile, caller) ? undefined : reason;
}
