import type { JsonObject } from '../../../rules/json.ts';
import { ApiError, notFound } from '../../kernel/apiError.ts';
import { readBaseUrl, readParam, readQuery } from '../../kernel/request.ts';
import type { Request, Routes } from '../../kernel/routes.ts';
import type { EmulatorContext } from '../context.ts';
import type { ScopedSession } from '../identity/identity.ts';
import { isCloudAdmin } from '../identity/permissions.ts';
import { linkPages, pick, select } from './list.ts';
import {
  describeMissingGroup,
  type PortRow,
  renderGroup,
  renderNetwork,
  renderPort,
  renderRules,
  renderSubnet,
} from './views.ts';

interface Asked extends ScopedSession {
  readonly context: EmulatorContext;
  readonly region: string;
  readonly isAdmin: boolean;
  readonly query: URLSearchParams;
}

/** A collection: how Neutron names one of it, and the documents that the caller sees. */
interface Collection {
  readonly single: string;
  /** As a refusal names it. */
  missing(id: string): string;
  list(asked: Asked): readonly JsonObject[];
}

const collections: Readonly<Record<string, Collection>> = {
  networks: {
    single: 'network',
    missing: (id) => `Network ${id} could not be found.`,
    list: ({ context, isAdmin }) => context.networks.list().map((row) => renderNetwork(row, isAdmin)),
  },
  subnets: {
    single: 'subnet',
    missing: (id) => `Subnet ${id} could not be found.`,
    list: ({ context }) => context.networks.list().map(renderSubnet),
  },
  ports: {
    single: 'port',
    missing: (id) => `Port ${id} could not be found.`,
    list: (asked) => listPorts(asked).map((row) => renderPort(row, asked.isAdmin)),
  },
  'security-groups': {
    single: 'security_group',
    missing: describeMissingGroup,
    list: (asked) => [renderGroup(asked.account.id, madeAt(asked))],
  },
  'security-group-rules': {
    single: 'security_group_rule',
    missing: (id) => `Security group rule ${id} does not exist`,
    list: (asked) => renderRules(asked.account.id, madeAt(asked)),
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

/** Neutron's defaults. */
const quotas = {
  network: 100,
  subnet: 100,
  subnetpool: -1,
  port: 500,
  rbac_policy: 10,
  router: 10,
  floatingip: 50,
  security_group: 10,
  security_group_rule: 100,
} as const;

/** Neutron as far as servers need it: networks to choose from, and nothing to change (SOURCES: neutron §1). */
export function networkRoutes(routes: Routes, context: EmulatorContext): void {
  for (const region of context.regions) {
    const base = `/${region}/network`;
    const on = (path: string, handler: (asked: Asked, request: Request) => unknown) =>
      routes.on('GET', `${base}/v2.0${path}`, (request) => handler(open(context, region, request), request));
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
    on('/', (_asked, request) => ({
      resources: ['network', 'subnet', 'subnetpool', 'port'].map((name) => ({
        name,
        collection: `${name}s`,
        links: [{ rel: 'self', href: `${readBaseUrl(request)}${base}/v2.0/${name}s` }],
      })),
    }));
    for (const [name, collection] of Object.entries(collections)) {
      addCollection(on, name, collection);
      refuseChanges(routes, context, region, name, collection);
    }
    for (const name of empty) {
      on(`/${name}`, () => ({ [name.replaceAll('-', '_')]: [] }));
      const single = name.replaceAll('-', '_').replace(/s$/, '');
      const missing = (id: string) => `${single} ${id} could not be found`;
      refuseChanges(routes, context, region, name, { single, missing, list: () => [] });
    }
    addAround(on);
  }
}

type OnNetwork = (path: string, handler: (asked: Asked, request: Request) => unknown) => void;

function addCollection(on: OnNetwork, name: string, { single, missing, list }: Collection): void {
  on(`/${name}`, (asked, request) => {
    const found = select(list(asked), asked.query, missing);
    const path = `${readBaseUrl(request)}/${asked.region}/network/v2.0/${name}`;
    const links = linkPages(path, asked.query, found);
    const member = name.replaceAll('-', '_');
    return {
      [member]: found.map((document) => pick(document, asked.query)),
      ...(links.length > 0 ? { [`${member}_links`]: links } : {}),
    };
  });
  on(`/${name}/:id`, (asked, request) => {
    const id = readParam(request, 'id');
    const found = list(asked).find((document) => document['id'] === id);
    if (!found) throw new ApiError('network/not-found', missing(id));
    return { [single]: pick(found, asked.query) };
  });
}

/** Networks are the operator's: 403 as a policy without rights for customers answers, 404 where it is not the caller's. */
function refuseChanges(
  routes: Routes,
  context: EmulatorContext,
  region: string,
  name: string,
  { single, missing, list }: Collection,
): void {
  const path = `/${region}/network/v2.0/${name}`;
  const refuse = (verb: 'create' | 'update' | 'delete') => (request: Request) => {
    const asked = open(context, region, request);
    const id = readParam(request, 'id');
    const found = list(asked).find((document) => document['id'] === id);
    const isTheirs = found !== undefined && (asked.isAdmin || found['tenant_id'] === asked.account.id);
    if (verb !== 'create' && !isTheirs) throw new ApiError('network/not-found', missing(id));
    throw new ApiError('network/policy', `rule:${verb}_${single} is disallowed by policy`);
  };
  routes.on('POST', path, refuse('create'));
  routes.on('PUT', `${path}/:id`, refuse('update'));
  routes.on('DELETE', `${path}/:id`, refuse('delete'));
}

function addAround(on: OnNetwork): void {
  const extensions = Object.entries(extensionNames).map(([alias, name]) => ({
    name,
    alias,
    description: name,
    updated: '2013-01-01T10:00:00-00:00',
    links: [],
  }));
  on('/extensions', () => ({ extensions }));
  on('/extensions/:alias', (_asked, request) => {
    const extension = extensions.find(({ alias }) => alias === readParam(request, 'alias'));
    if (!extension) throw notFound('network/not-found');
    return { extension };
  });
  on('/availability_zones', () => ({
    availability_zones: [{ name: 'nova', resource: 'network', state: 'available' }],
  }));
  on('/quotas', (asked) => {
    requireOwn(asked, '');
    return { quotas: [] };
  });
  on('/quotas/:id', (asked, request) => {
    requireOwn(asked, readParam(request, 'id'));
    return { quota: { ...quotas } };
  });
  on('/quotas/:id/default', (asked, request) => {
    requireOwn(asked, readParam(request, 'id'));
    return { quota: { ...quotas } };
  });
  on('/quotas/:id/details.json', (asked, request) => {
    requireOwn(asked, readParam(request, 'id'));
    const used: Readonly<Record<string, number>> = { port: listPorts(asked).length, security_group: 1 };
    const detailed = Object.entries(quotas).map(([name, limit]) => [
      name,
      { limit, used: used[name] ?? 0, reserved: 0 },
    ]);
    return { quota: Object.fromEntries(detailed) };
  });
}

/** Throws 401. A path that is served in no region is one of the kernel's. */
function open(context: EmulatorContext, region: string, request: Request): Asked {
  const session = context.identity.authenticate(request.headers['x-auth-token']);
  const isAdmin = isCloudAdmin(context.profile, session.caller);
  return { ...session, context, region, isAdmin, query: readQuery(request) };
}

function requireOwn({ account, isAdmin }: Asked, project: string): void {
  if (project !== account.id && !isAdmin)
    throw new ApiError('network/policy', 'rule:get_quota is disallowed by policy');
}

/** The servers that have an address, of the caller's account or, for an administrator, of all. */
function listPorts({ account, context, isAdmin, query, region }: Asked): PortRow[] {
  const device = query.get('device_id');
  return context.store.all<PortRow>(
    `SELECT id, account, network, address, mac, created, zone, host FROM servers
     WHERE region = ? AND ended IS NULL AND address IS NOT NULL${isAdmin ? '' : ' AND account = ?'}${device === null ? '' : ' AND id = ?'}
     ORDER BY key`,
    region,
    ...(isAdmin ? [] : [account.id]),
    ...(device === null ? [] : [device]),
  );
}

function madeAt({ context }: Asked): number {
  return context.networks.list()[0]?.created ?? 0;
}
