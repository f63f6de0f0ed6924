import { readBaseUrl, readParam, readQuery } from '../../../kernel/request.ts';
import type { Request, Routes } from '../../../kernel/routes.ts';
import type { EmulatorContext } from '../../context.ts';
import type { AccessRule } from '../accessRules.ts';
import { notFound, refusedAction, refusedOutright } from '../answers.ts';
import type { Session, User } from '../identity.ts';
import { requireSession } from './tokens.ts';
import { links, renderRule } from './views.ts';

/** Keystone v3: the access rules of a user's application credentials, which the user alone sees (`api/users.py`). */
export function identityAccessRules(routes: Routes, { identity, store }: EmulatorContext): void {
  const { accessRules } = identity;
  const base = '/identity/v3/users/:id/access_rules';
  const requireSelf = (request: Request, action: string): Session => {
    const session = requireSession(identity, request);
    if (readParam(request, 'id') !== session.user.id) throw refusedAction(`identity:${action}`);
    return session;
  };
  const find = (request: Request, { id: user }: User): AccessRule => {
    const id = readParam(request, 'rule');
    const rule = accessRules.find(id);
    if (rule?.user !== user) throw notFound('Access Rule', id);
    return rule;
  };

  for (const method of ['GET', 'HEAD'] as const) {
    routes.on(method, base, (request) => {
      const { user } = requireSelf(request, 'list_access_rules');
      const query = readQuery(request);
      const wanted = (['service', 'path', 'method'] as const).filter((name) => query.has(name));
      const found = accessRules
        .list(user.id)
        .filter((rule) => wanted.every((name) => rule[name] === query.get(name)));
      return { access_rules: found.map((rule) => renderLinked(request, rule)), links: links(request) };
    });
    routes.on(method, `${base}/:rule`, (request) => {
      const { user } = requireSelf(request, 'get_access_rule');
      return { access_rule: renderLinked(request, find(request, user)) };
    });
  }
  routes.on('DELETE', `${base}/:rule`, async (request, reply) => {
    const { user } = requireSelf(request, 'delete_access_rule');
    await store.free(() => {
      const { id } = find(request, user);
      if (accessRules.isUsed(id)) throw refusedOutright('May not delete access rule in use');
      accessRules.remove(id);
    });
    return reply.code(204).send();
  });
}

function renderLinked(request: Request, rule: AccessRule) {
  const self = `${readBaseUrl(request)}/identity/v3/access_rules/${rule.id}`;
  return { ...renderRule(rule), links: { self } };
}
