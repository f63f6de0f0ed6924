import { formatPlain } from '../../../../rules/nova/python.ts';
import { asText } from '../../../kernel/body.ts';
import { readBaseUrl, readParam } from '../../../kernel/request.ts';
import type { Request, Routes } from '../../../kernel/routes.ts';
import type { EmulatorContext } from '../../context.ts';
import { notFound, refusedAction } from '../answers.ts';
import { type Ec2Key, hashAccess } from '../ec2.ts';
import type { Session } from '../identity.ts';
import { isCloudAdmin } from '../permissions.ts';
import { readBody } from './body.ts';
import { findUser } from './resources.ts';
import { requirePrimary } from './storedCredentials.ts';
import { requireSession } from './tokens.ts';
import { links } from './views.ts';

/** Keystone v3: the keys by which a user signs EC2's and S3's requests (`api/users.py`). */
export function identityEc2(routes: Routes, { identity, profile, store }: EmulatorContext): void {
  const { ec2Keys } = identity;
  const base = '/identity/v3/users/:id/credentials/OS-EC2';
  const isAdmin = ({ user }: Session) => isCloudAdmin(profile, { account: user.account, roles: user.roles });
  const find = (request: Request, action: string): Ec2Key => {
    const session = requireSession(identity, request);
    const access = readParam(request, 'access');
    const key = ec2Keys.find(access);
    const admin = isAdmin(session);
    // Whose it is counts, whoever's path it is asked by.
    if (!admin && key && key.user !== session.user.id) throw refusedAction(`identity:${action}`);
    findUser(identity, request, session, admin, action);
    if (!key) throw notFound('credential', hashAccess(access));
    requirePrimary(session);
    return key;
  };

  for (const method of ['GET', 'HEAD'] as const) {
    routes.on(method, base, (request) => {
      const session = requireSession(identity, request);
      const user = findUser(identity, request, session, isAdmin(session), 'ec2_list_credentials');
      requirePrimary(session);
      return {
        credentials: ec2Keys.list(user.id).map((key) => renderKey(request, key)),
        links: links(request),
      };
    });
    routes.on(method, `${base}/:access`, (request) => ({
      credential: renderKey(request, find(request, 'ec2_get_credential')),
    }));
  }
  routes.on('POST', base, async (request, reply) => {
    const session = requireSession(identity, request);
    const body = await readBody(request);
    const user = findUser(identity, request, session, isAdmin(session), 'ec2_create_credential');
    const key = await store.write(() => {
      const id = body['tenant_id'];
      const project = identity.account({ id: asText(id) ?? '' });
      if (!project) throw notFound('project', formatPlain(id));
      requirePrimary(session);
      return ec2Keys.add(user.id, project.id);
    });
    return reply.code(201).send({ credential: renderKey(request, key) });
  });
  routes.on('DELETE', `${base}/:access`, async (request, reply) => {
    const { access } = find(request, 'ec2_delete_credential');
    await store.free(() => ec2Keys.remove(access));
    return reply.code(204).send();
  });
}

function renderKey(request: Request, { user, project, access, secret }: Ec2Key) {
  const self = `${readBaseUrl(request)}/identity/v3/users/${user}/credentials/OS-EC2/${access}`;
  return { user_id: user, tenant_id: project, access, secret, trust_id: null, links: { self } };
}
