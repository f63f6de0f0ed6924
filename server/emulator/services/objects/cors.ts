import type { Reply, Request, Routes } from '../../kernel/routes.ts';
import type { EmulatorContext } from '../context.ts';
import type { Headers } from './headers.ts';
import { decodeLoosely, stripAccountPrefix } from './paths.ts';

/** Requests of web pages, as the containers of objects allow them. */

interface Policy {
  readonly allowed: string;
  readonly exposed: string | undefined;
  readonly maxAge: string | undefined;
}

const path = /^\/([^/]+)\/object-store\/v1\/([^/?]+)\/([^/?]+)/;

function findPolicy({ objects }: EmulatorContext, { url }: Request): Policy | undefined {
  const [, region, account, container] = path.exec(url) ?? [];
  if (region === undefined || account === undefined || container === undefined) return undefined;
  const row = objects.container(region, stripAccountPrefix(decodeLoosely(account)), decodeLoosely(container));
  const metadata: Headers = row ? JSON.parse(row.metadata) : {};
  const allowed = metadata['x-container-meta-access-control-allow-origin'];
  if (allowed === undefined) return undefined;
  return {
    allowed: allowed.trim(),
    exposed: metadata['x-container-meta-access-control-expose-headers'],
    maxAge: metadata['x-container-meta-access-control-max-age'],
  };
}

function allows({ allowed }: Policy, origin: string): boolean {
  return allowed.split(/\s+/).some((entry) => entry === '*' || entry === origin);
}

/** Tells whether a page of that origin may ask. */
export function allowsOrigin(context: EmulatorContext, request: Request, origin: string): boolean {
  const policy = findPolicy(context, request);
  return policy !== undefined && allows(policy, origin);
}

const simple = [
  ...['cache-control', 'content-language', 'content-type', 'expires', 'last-modified', 'pragma', 'etag'],
  ...['x-timestamp', 'x-trans-id', 'x-openstack-request-id'],
];

/** The headers by which the page's browser lets it read the answer. */
export function describeToPage(context: EmulatorContext, request: Request, reply: Reply): void {
  const { origin } = request.headers;
  const policy = origin === undefined ? undefined : findPolicy(context, request);
  if (!policy || origin === undefined || !allows(policy, origin)) return;
  const metadata = Object.keys(reply.getHeaders()).filter((name) => /^x-(container|object)-meta/.test(name));
  const exposed = (policy.exposed ?? '')
    .toLowerCase()
    .split(/\s+/)
    .filter((name) => name !== '');
  reply.header(
    'access-control-expose-headers',
    [...new Set([...simple, ...metadata, ...exposed])].join(', '),
  );
  nameOrigin(reply, policy, origin);
}

function nameOrigin(reply: Reply, { allowed }: Policy, origin: string): void {
  reply.header('access-control-allow-origin', allowed === '*' ? '*' : origin);
  if (allowed !== '*') addVary(reply, 'Origin');
}

function addVary(reply: Reply, name: string): void {
  const before = reply.getHeader('vary');
  reply.header('vary', before === undefined ? name : `${before}, ${name}`);
}

const objectMethods = 'COPY, DELETE, GET, HEAD, OPTIONS, POST, PUT';

/** OPTIONS, which asks for no token. */
export function optionRoutes(routes: Routes, context: EmulatorContext, base: string): void {
  const paths: readonly (readonly [string, string])[] = [
    [base, 'GET, HEAD, OPTIONS, POST'],
    [`${base}/`, 'GET, HEAD, OPTIONS, POST'],
    [`${base}/:container`, 'DELETE, GET, HEAD, OPTIONS, POST, PUT'],
    [`${base}/:container/`, 'DELETE, GET, HEAD, OPTIONS, POST, PUT'],
    [`${base}/:container/*`, objectMethods],
  ];
  for (const [route, methods] of paths)
    routes.on('OPTIONS', route, (request, reply) => preflight(context, request, reply, methods));
}

function preflight(context: EmulatorContext, request: Request, reply: Reply, methods: string): Reply {
  const { headers } = request;
  const { origin } = headers;
  reply.header('allow', methods);
  if (origin === undefined) return reply.code(200).send();
  const policy = findPolicy(context, request);
  const method = String(headers['access-control-request-method'] ?? '');
  if (!policy || !allows(policy, origin) || !methods.split(', ').includes(method))
    return reply.code(401).header('x-cloud-images-rule', 'request/host').send();
  nameOrigin(reply, policy, origin);
  if (policy.maxAge !== undefined) reply.header('access-control-max-age', policy.maxAge);
  reply.header('access-control-allow-methods', methods);
  const asked = String(headers['access-control-request-headers'] ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (asked.length > 0) {
    reply.header('access-control-allow-headers', [...new Set(asked)].join(', '));
    addVary(reply, 'Access-Control-Request-Headers');
  }
  return reply.code(200).send();
}
