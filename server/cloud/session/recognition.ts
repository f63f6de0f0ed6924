import type { ProfileName } from '../../rules/profile/profile.ts';
import type { Authentication } from './authentication.ts';

/** The profile of a cloud, and how that is known, as a clause: `its catalogue names 'cloudImages'`. */
export interface Recognition {
  readonly profile: ProfileName;
  readonly because: string;
}

/** Recognizes a cloud by what its sign-in answers (DECISIONS 27). */
export function recognizeCloud({
  catalogue,
  roles,
  fields,
}: Pick<Authentication, 'catalogue' | 'roles' | 'fields'>): Recognition {
  const service = catalogue.find(({ name }) => name === 'cloudImages' || name === 'cloudFiles');
  if (service) return { profile: 'rackspace', because: `its catalogue names '${service.name}'` };
  const role = roles.find((name) => /^(?:identity|cloudImages):/.test(name));
  if (role !== undefined) return { profile: 'rackspace', because: `it has the role '${role}'` };
  const field = fields.find((name) => name.startsWith('RAX-'));
  if (field !== undefined) return { profile: 'rackspace', because: `its sign-in answers '${field}'` };
  return { profile: 'openstack', because: "nothing in its catalogue or roles is Rackspace's" };
}
