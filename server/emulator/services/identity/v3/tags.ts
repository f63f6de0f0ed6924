import { readBaseUrl, readParam } from '../../../kernel/request.ts';
import type { Request, Routes } from '../../../kernel/routes.ts';
import type { EmulatorContext } from '../../context.ts';
import { notFound, refusedAction } from '../answers.ts';
import type { Account } from '../identity.ts';
import { isCloudAdmin } from '../permissions.ts';
import { requireShape } from '../shape/schema.ts';
import { tagSchema, tagsSchema } from '../shape/schemas.ts';
import { readBody } from './body.ts';
import { requireSession } from './tokens.ts';

/** Keystone v3: the tags of projects, which their users read and the cloud's admin writes (`api/projects.py`). */
export function identityTags(routes: Routes, { identity, profile, store }: EmulatorContext): void {
  const { projects } = identity;
  const base = '/identity/v3/projects/:project/tags';
  const find = (request: Request, action: string, reads: boolean): Account => {
    const { user, account } = requireSession(identity, request);
    const id = readParam(request, 'project');
    const admin = isCloudAdmin(profile, { account: user.account, roles: user.roles });
    if (!admin && !(reads && account?.id === id)) throw refusedAction(`identity:${action}`);
    const found = identity.account({ id });
    if (!found) throw notFound('project', id);
    return found;
  };
  const tagsOf = ({ id }: Account): readonly string[] => projects.details(id).tags;
  const render = (request: Request, tags: readonly string[]) => ({
    links: { self: `${readBaseUrl(request)}/identity/v3` },
    tags,
  });

  for (const method of ['GET', 'HEAD'] as const) {
    routes.on(method, base, (request) => render(request, tagsOf(find(request, 'list_project_tags', true))));
    routes.on(method, `${base}/:tag`, (request, reply) => {
      const tag = readParam(request, 'tag');
      if (!tagsOf(find(request, 'get_project_tag', true)).includes(tag)) throw notFound('project tag', tag);
      return reply.code(204).send();
    });
  }
  routes.on('PUT', base, async (request) => {
    const { id } = find(request, 'update_project_tags', false);
    const body = await readBody(request);
    const tags = body['tags'] ?? {};
    requireShape(tags, tagsSchema);
    const wanted = Array.isArray(tags) ? tags.map(String) : [];
    await store.write(() => projects.change(id, { tags: wanted }));
    return render(request, wanted);
  });
  routes.on('PUT', `${base}/:tag`, async (request, reply) => {
    const tag = readParam(request, 'tag');
    const project = find(request, 'create_project_tag', false);
    requireShape(tag, tagSchema);
    await store.write(() => {
      const tags = [...tagsOf(project), tag];
      requireShape(tags, tagsSchema);
      projects.change(project.id, { tags });
    });
    const place = `${readBaseUrl(request)}/identity/v3/${project.id}/tags/${encodeURIComponent(tag)}`;
    return reply.code(201).header('location', place).type('text/html; charset=utf-8').send('');
  });
  routes.on('DELETE', base, async (request, reply) => {
    const { id } = find(request, 'delete_project_tags', false);
    await store.free(() => projects.change(id, { tags: [] }));
    return reply.code(204).send();
  });
  routes.on('DELETE', `${base}/:tag`, async (request, reply) => {
    const tag = readParam(request, 'tag');
    const project = find(request, 'delete_project_tag', false);
    await store.free(() => {
      const tags = tagsOf(project);
      if (!tags.includes(tag)) throw notFound('project tag', tag);
      projects.change(project.id, { tags: tags.filter((one) => one !== tag) });
    });
    return reply.code(204).send();
  });
}
