import { isObject } from '../../rules/json.ts';
import { misbehavior } from '../session/bodies.ts';
import type { Session } from '../session/session.ts';

export interface Project {
  readonly id: string;
  readonly name: string;
}

/** Lists the projects that the user may work in, at the Keystone of the address. Throws CloudError. */
export async function listProjects(session: Pick<Session, 'json'>, authUrl: string): Promise<Project[]> {
  const base = authUrl.replace(/\/+$/, '');
  const [path, key] = base.endsWith('/v2.0') ? ['tenants', 'tenants'] : ['auth/projects', 'projects'];
  const url = `${base}/${path}`;
  const body = await session.json(url);
  const found = isObject(body) ? body[key] : undefined;
  if (!Array.isArray(found)) throw misbehavior({ method: 'GET', url }, `there is no list '${key}'`);
  return found
    .filter((one) => isObject(one) && one['enabled'] !== false)
    .map((one) =>
      isObject(one) ? { id: String(one['id']), name: String(one['name']) } : { id: '', name: '' },
    )
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}
