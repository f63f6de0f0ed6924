import { isObject, type Json, type JsonObject } from '../../../rules/json.ts';
import { answers } from '../../../rules/service/answers.ts';
import { ApiError, toApiError } from '../../kernel/apiError.ts';
import { readJson } from '../../kernel/body.ts';
import { seconds } from '../../kernel/clock.ts';
import { readParam } from '../../kernel/request.ts';
import type { Reply, Request, Routes } from '../../kernel/routes.ts';
import type { EmulatorContext } from '../context.ts';
import { isCloudAdmin } from '../identity/permissions.ts';
import { allow } from '../images/requests.ts';
import { namespaceList } from './list.ts';
import { createMetadefs, type Definition, type Metadefs, type Namespace } from './records.ts';
import { bodies, type Kind, metadefSchemas } from './schemas.ts';
import { valid } from './validate.ts';
import { addPrefixes, renderNamespace } from './view.ts';

const kinds: Readonly<Record<Kind, { policy: string; words: string }>> = {
  properties: { policy: 'metadef_property', words: 'metadata definition property' },
  objects: { policy: 'metadef_object', words: 'metadata definition object' },
  tags: { policy: 'metadef_tag', words: 'metadata definition tag' },
  resource_types: {
    policy: 'metadef_resource_type_association',
    words: 'metadata definition resource-type association',
  },
};

/**
 * Metadata definitions (SOURCES: glance §1): anybody reads what is public or their account's, the cloud's administrator
 * writes. Only plain OpenStack has them.
 */
export function metadefRoutes(routes: Routes, context: EmulatorContext): void {
  if (!context.profile.offers.metadefs) return;
  for (const region of context.regions) {
    const base = `/${region}/image/v2`;
    const metadefs = createMetadefs(context.store, context.clock, region);
    for (const [name, schema] of metadefSchemas())
      routes.on('GET', `${base}/schemas/metadefs/${name}`, (request) => {
        context.identity.authenticate(request.headers['x-auth-token']);
        return schema;
      });
    routes.on('GET', `${base}/metadefs/resource_types`, (request) => {
      allow(context, request, 'read', 'list_metadef_resource_types');
      const types = metadefs.resourceTypes();
      return {
        resource_types: types.map(({ name, created }) => ({ name, created_at: seconds(created) })),
      };
    });
    namespaceRoutes(routes, context, metadefs, `${base}/metadefs/namespaces`);
    for (const kind of ['properties', 'objects', 'tags', 'resource_types'] as const)
      definitionRoutes(routes, context, metadefs, `${base}/metadefs/namespaces/:namespace/${kind}`, kind);
  }
}

function namespaceRoutes(routes: Routes, context: EmulatorContext, metadefs: Metadefs, base: string): void {
  const { store } = context;
  routes.on('GET', base, (request) => {
    const { caller } = allow(context, request, 'read', 'get_metadef_namespaces');
    return namespaceList(metadefs, isCloudAdmin(context.profile, caller) ? undefined : caller, request);
  });
  routes.on('POST', base, async (request, reply) => {
    const { account } = administer(context, request, 'add_metadef_namespace');
    const body = valid('namespace', bodies.namespace, await readJson(request));
    const row = findNamespace(body, account.id);
    const view = await store.write(() => {
      if (metadefs.namespace(row.name)) throw duplicate(row.name);
      metadefs.put(row);
      for (const [kind, one] of nestedIn(body)) {
        if (metadefs.find(row.name, kind, String(one['name']))) throw exists(kind, one, row.name);
        metadefs.define(row.name, kind, one);
      }
      return renderNamespace(metadefs, requireNamespace(metadefs, row.name), true);
    });
    return created(reply, `/v2/metadefs/namespaces/${encodeURIComponent(row.name)}`, view, request);
  });
  const one = `${base}/:namespace`;
  routes.on('GET', one, (request) => {
    const namespace = visible(context, metadefs, request, 'get_metadef_namespace');
    const type = new URL(request.url, 'http://emulator').searchParams.get('resource_type');
    const view = renderNamespace(metadefs, namespace, true);
    return type === null ? view : addPrefixes(view, type);
  });
  routes.on('PUT', one, async (request) => {
    const { account } = administer(context, request, 'modify_metadef_namespace');
    const body = valid('namespace', bodies.namespace, await readJson(request));
    const row = findNamespace(body, account.id);
    const was = readParam(request, 'namespace');
    return store.write(() => {
      requireNamespace(metadefs, was);
      if (row.name !== was && metadefs.namespace(row.name)) throw duplicate(row.name);
      metadefs.put(row, was);
      return renderNamespace(metadefs, requireNamespace(metadefs, row.name), false);
    });
  });
  routes.on('DELETE', one, async (request, reply) => {
    administer(context, request, 'delete_metadef_namespace');
    await store.free(() => {
      const { name } = unprotected(requireNamespace(metadefs, readParam(request, 'namespace')), 'namespace');
      metadefs.remove(name);
    });
    return reply.code(204).send();
  });
}

function definitionRoutes(
  routes: Routes,
  context: EmulatorContext,
  metadefs: Metadefs,
  base: string,
  kind: Kind,
): void {
  // Long, since it is a table of routes that share a few readers.
  const { store } = context;
  const { policy, words } = kinds[kind];
  const plural = policy.endsWith('y') ? `${policy.slice(0, -1)}ies` : `${policy}s`;
  const named = (namespace: string, name: string): Definition => {
    const definition = metadefs.find(namespace, kind, name);
    if (definition) return definition;
    throw new ApiError(
      'metadef/not-found',
      `The ${words} with name=${name} was not found in namespace=${namespace}.`,
    );
  };
  const shown = (namespace: string, { body, name }: Definition): JsonObject => {
    if (kind === 'properties') {
      const { created_at: _created, updated_at: _updated, ...property } = body;
      return property;
    }
    if (kind !== 'objects') return body;
    const self = `/v2/metadefs/namespaces/${namespace}/objects/${name}`;
    return { ...body, schema: '/v2/schemas/metadefs/object', self };
  };
  /** Inside `store.write`. */
  const add = (namespace: string, body: JsonObject): JsonObject => {
    if (metadefs.find(namespace, kind, String(body['name']))) throw exists(kind, body, namespace);
    return shown(namespace, metadefs.define(namespace, kind, body));
  };

  routes.on('GET', base, (request) => {
    const { name } = visible(
      context,
      metadefs,
      request,
      kind === 'resource_types' ? 'get_metadef_resource_type' : `get_${plural}`,
    );
    const all = metadefs.list(name, kind).map((definition) => shown(name, definition));
    if (kind === 'properties')
      return {
        properties: Object.fromEntries(all.map(({ name: property, ...body }) => [String(property), body])),
      };
    if (kind === 'tags')
      return { tags: all.map((tag) => ({ name: tag['name'] })), schema: '/v2/schemas/metadefs/tags' };
    return kind === 'objects'
      ? { objects: all, schema: '/v2/schemas/metadefs/objects' }
      : { resource_type_associations: all };
  });
  routes.on('POST', base, async (request, reply) => {
    administer(context, request, kind === 'tags' ? 'add_metadef_tags' : `add_${policy}`);
    const json = await readJson(request);
    const body = kind === 'tags' ? valid('tags', bodies.tagList, json) : valid(policy, bodies[kind], json);
    const namespace = readParam(request, 'namespace');
    const view = await store.write((): JsonObject => {
      requireNamespace(metadefs, namespace);
      if (kind !== 'tags') return add(namespace, body);
      metadefs.undefine(namespace, kind); // the list takes the place of what was there
      return { tags: objectsIn(body['tags']).map((tag) => ({ name: add(namespace, tag)['name'] ?? null })) };
    });
    const path = `/v2/metadefs/namespaces/${encodeURIComponent(namespace)}/${kind}`;
    return created(reply, `${path}/${encodeURIComponent(String(body['name'] ?? ''))}`, view, request);
  });
  if (kind !== 'resource_types')
    routes.on('DELETE', base, async (request, reply) => {
      administer(context, request, `delete_${policy === 'metadef_property' ? 'metadef_namespace' : plural}`);
      await store.free(() => {
        const { name } = unprotected(
          requireNamespace(metadefs, readParam(request, 'namespace')),
          'namespace',
        );
        metadefs.undefine(name, kind);
      });
      return reply.code(204).send();
    });

  const one = `${base}/:name`;
  if (kind !== 'resource_types') {
    routes.on('GET', one, (request) => {
      const { name } = visible(context, metadefs, request, `get_${policy}`);
      return shown(name, named(name, readParam(request, 'name')));
    });
    routes.on('PUT', one, async (request) => {
      administer(context, request, `modify_${policy}`);
      const body = valid(policy, bodies[kind], await readJson(request));
      const namespace = readParam(request, 'namespace');
      return store.write(() => {
        requireNamespace(metadefs, namespace);
        const { name } = named(namespace, readParam(request, 'name'));
        if (body['name'] !== name && metadefs.find(namespace, kind, String(body['name'])))
          throw exists(kind, body, namespace);
        return shown(namespace, metadefs.define(namespace, kind, body, name));
      });
    });
  }
  if (kind === 'tags')
    routes.on('POST', one, async (request, reply) => {
      administer(context, request, 'add_metadef_tag');
      const [namespace, name] = [readParam(request, 'namespace'), readParam(request, 'name')];
      const body = valid('tag', bodies.tags, { name });
      const view = await store.write(() => {
        requireNamespace(metadefs, namespace);
        return add(namespace, body);
      });
      return reply.code(201).send(view);
    });
  routes.on('DELETE', one, async (request, reply) => {
    administer(context, request, kind === 'resource_types' ? `remove_${policy}` : `delete_${policy}`);
    await store.free(() => {
      const namespace = unprotected(requireNamespace(metadefs, readParam(request, 'namespace')), kind);
      metadefs.undefine(namespace.name, kind, named(namespace.name, readParam(request, 'name')).name);
    });
    return reply.code(204).send();
  });
}

function administer(context: EmulatorContext, request: Request, policy: string) {
  const session = allow(context, request, 'read', policy);
  if (isCloudAdmin(context.profile, session.caller)) return session;
  throw toApiError({ rule: 'role/images', status: 403, text: answers.policy(policy).text });
}

/** Private namespaces of others are not there. Throws 401, 403, 404. */
function visible(context: EmulatorContext, metadefs: Metadefs, request: Request, policy: string): Namespace {
  const { caller } = allow(context, request, 'read', policy);
  const namespace = requireNamespace(metadefs, readParam(request, 'namespace'));
  if (
    namespace.visibility === 'public' ||
    namespace.owner === caller.account ||
    isCloudAdmin(context.profile, caller)
  )
    return namespace;
  throw missing(namespace.name);
}

function requireNamespace(metadefs: Metadefs, name: string): Namespace {
  const namespace = metadefs.namespace(name);
  if (!namespace) throw missing(name);
  return namespace;
}

function missing(name: string): ApiError {
  return new ApiError('metadef/not-found', `Metadata definition namespace=${name} was not found.`);
}

function duplicate(name: string): ApiError {
  return new ApiError('metadef/exists', `The metadata definition namespace=${name} already exists.`);
}

function exists(kind: Kind, body: JsonObject, namespace: string): ApiError {
  const { words } = kinds[kind];
  return new ApiError(
    'metadef/exists',
    `A ${words} with name=${body['name']} already exists in namespace=${namespace}.`,
  );
}

function unprotected(namespace: Namespace, of: string): Namespace {
  if (namespace.protected === 0 || of === 'tags') return namespace;
  throw new ApiError(
    'metadef/protected',
    `Metadata definition namespace ${namespace.name} is protected and cannot be deleted.`,
  );
}

function findNamespace(body: JsonObject, account: string): Omit<Namespace, 'created' | 'updated'> {
  const text = (name: string): string | null => (typeof body[name] === 'string' ? body[name] : null);
  return {
    name: text('namespace') ?? '',
    owner: text('owner') ?? account,
    visibility: text('visibility') ?? 'private',
    protected: body['protected'] === true ? 1 : 0,
    display_name: text('display_name'),
    description: text('description'),
  };
}

/** The definitions that come with a new namespace. */
function nestedIn(body: JsonObject): [Kind, JsonObject][] {
  const properties = body['properties'];
  return [
    ...objectsIn(body['resource_type_associations']).map((one): [Kind, JsonObject] => [
      'resource_types',
      one,
    ]),
    ...Object.entries(isObject(properties) ? properties : {}).map(([name, one]): [Kind, JsonObject] => [
      'properties',
      { name, ...(isObject(one) ? one : {}) },
    ]),
    ...objectsIn(body['objects']).map((one): [Kind, JsonObject] => ['objects', one]),
    ...objectsIn(body['tags']).map((one): [Kind, JsonObject] => ['tags', one]),
  ];
}

function objectsIn(list: Json | undefined): JsonObject[] {
  return Array.isArray(list) ? list.filter(isObject) : [];
}

function created(reply: Reply, path: string, view: JsonObject, request: Request): Reply {
  const [base = ''] = request.url.split('/v2/', 1);
  return reply
    .code(201)
    .header('location', `http://${request.headers.host ?? ''}${base}${path}`)
    .send(view);
}
