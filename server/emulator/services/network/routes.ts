import type { JsonObject } from '../../../rules/json.ts';
import { ApiError, notFound } from '../../kernel/apiError.ts';
import { readBaseUrl } from '../../kernel/request.ts';
import type { Reply, Routes } from '../../kernel/routes.ts';
import type { EmulatorContext } from '../context.ts';
import { type Asked, type Collection, type OnNetwork, openRequest } from './api.ts';
import { fault } from './faults.ts';
import { groupCollections, groupRoutes } from './groups/routes.ts';
import { linkPages, pick, select } from './list.ts';
import { changePort, listPorts } from './ports.ts';
import { quotaRoutes } from './quotaRoutes.ts';
import { renderNetwork, renderPort, renderSubnet } from './views.ts';

const collections: Readonly<Record<string, Collection>> = {
  networks: {
    single: 'network',
    missing: 'NetworkNotFound',
    list: ({ context, isAdmin }) => context.networks.list().map((row) => renderNetwork(row, isAdmin)),
  },
  subnets: {
    single: 'subnet',
    missing: 'SubnetNotFound',
    list: ({ context }) => context.networks.list().map(renderSubnet),
  },
  ports: {
    single: 'port',
    missing: 'PortNotFound',
    list: (asked) => listPorts(asked).map((row) => renderPort(row, asked.isAdmin)),
  },
};

/** Collections that nobody can fill here, which clients look through. */
const empty = ['floatingips', 'routers', 'subnetpools', 'address-scopes', 'agents'];

/** What of Neutron's extensions the documents show, by alias. */
const extensionNames: Readonly<Record<string, string>> = {
  availability_zone: 'Availability Zone',
  binding: 'Port Binding',
  'external-net': 'Neutron external network',
  'net-mtu': 'Network MTU',
  'port-security': 'Port Security',
  provider: 'Provider Network',
  quotas: 'Quota management support',
  'security-group': 'security-group',
  'standard-attr-tag': 'Tag support for resources with standard attribute: subnet, port, network',
  'standard-attr-timestamp': 'Resource timestamps',
};

/** Neutron as far as servers need it: networks to choose from, and security groups (SOURCES: neutron §1, §2). */
export function networkRoutes(routes: Routes, context: EmulatorContext): void {
  for (const region of context.regions) {
    const base = `/${region}/network`;
    for (const path of [base, `${base}/`])
      routes.on('GET', path, (request) => ({
        versions: [
          {
            id: 'v2.0',
            status: 'CURRENT',
            links: [{ rel: 'self', href: `${readBaseUrl(request)}${base}/v2.0/` }],
          },
        ],
      }));
    const on: OnNetwork = (method, path, handler) =>
      routes.on(method, `${base}/v2.0${path}`, async (request, reply: Reply) => {
        const body = await handler(await openRequest(context, region, request));
        if (!body) return reply.code(204).send();
        return reply.code(method === 'POST' ? 201 : 200).send(body);
      });
    on('GET', '/', ({ host }) => ({
      resources: ['network', 'subnet', 'subnetpool', 'port', 'security_group', 'security_group_rule'].map(
        (name) => {
          const collection = `${name.replaceAll('_', '-')}s`;
          return { name, collection, links: [{ rel: 'self', href: `${host}${base}/v2.0/${collection}` }] };
        },
      ),
    }));
    for (const [name, collection] of Object.entries({ ...collections, ...groupCollections }))
      addCollection(on, name, collection);
    for (const [name, { single, missing, list }] of Object.entries(collections)) {
      const find = (asked: Asked) => list(asked).find((document) => document['id'] === asked.param('id'));
      refuseChanges(on, name, single, find, (id) => fault(missing, id));
    }
    on('PUT', '/ports/:id', async (asked) => {
      const body = await asked.read();
      const row = await context.store.write(() => changePort(asked, body));
      return { port: renderPort(row, asked.isAdmin) };
    });
    for (const name of empty) {
      const member = name.replaceAll('-', '_');
      const single = member.replace(/s$/, '');
      on('GET', `/${name}`, () => ({ [member]: [] }));
      const missing = (id: string) => new ApiError('network/not-found', `${single} ${id} could not be found`);
      refuseChanges(on, name, single, () => undefined, missing);
    }
    groupRoutes(on, context);
    quotaRoutes(on, context);
    addAround(on);
  }
}

function addCollection(on: OnNetwork, name: string, { single, missing, list, find }: Collection): void {
  on('GET', `/${name}`, (asked) => {
    const found = select(list(asked), asked.query, (id) => fault(missing, id));
    const links = linkPages(`${asked.host}/${asked.region}/network/v2.0/${name}`, asked.query, found);
    const member = name.replaceAll('-', '_');
    return {
      [member]: found.map((document) => pick(document, asked.query)),
      ...(links.length > 0 ? { [`${member}_links`]: links } : {}),
    };
  });
  on('GET', `/${name}/:id`, (asked) => {
    const id = asked.param('id');
    const found = find ? find(asked) : list(asked).find((document) => document['id'] === id);
    if (!found) throw fault(missing, id);
    return { [single]: pick(found, asked.query) };
  });
}

/** Networks are the operator's: 403 as a policy without rights for customers answers, 404 where it is not the caller's. */
function refuseChanges(
  on: OnNetwork,
  name: string,
  single: string,
  find: (asked: Asked) => JsonObject | undefined,
  missing: (id: string) => ApiError,
): void {
  const refuseVerb = (verb: 'create' | 'update' | 'delete') => (asked: Asked) => {
    const found = verb === 'create' ? undefined : find(asked);
    const isTheirs = found !== undefined && (asked.isAdmin || found['tenant_id'] === asked.account.id);
    if (verb !== 'create' && !isTheirs) throw missing(asked.param('id'));
    throw new ApiError('network/policy', `rule:${verb}_${single} is disallowed by policy`);
  };
  on('POST', `/${name}`, refuseVerb('create'));
  if (name !== 'ports') on('PUT', `/${name}/:id`, refuseVerb('update'));
  on('DELETE', `/${name}/:id`, refuseVerb('delete'));
}

function addAround(on: OnNetwork): void {
  const extensions = Object.entries(extensionNames).map(([alias, name]) => ({
    name,
    alias,
    description: name,
    updated: '2013-01-01T10:00:00-00:00',
    links: [],
  }));
  on('GET', '/extensions', () => ({ extensions }));
  on('GET', '/extensions/:alias', (asked) => {
    const extension = extensions.find(({ alias }) => alias === asked.param('alias'));
    if (!extension) throw notFound('network/not-found');
    return { extension };
  });
  on('GET', '/availability_zones', () => ({
    availability_zones: [{ name: 'nova', resource: 'network', state: 'available' }],
  }));
}
