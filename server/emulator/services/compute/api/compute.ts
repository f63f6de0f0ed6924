import { randomUUID } from 'node:crypto';
import { isObject, type Json, type JsonObject } from '../../../../rules/json.ts';
import { refuseForm } from '../../../../rules/nova/refuseForm.ts';
import { findQueryFault, type Schema } from '../../../../rules/nova/schema.ts';
import { type Api, type Failure, jsonBody } from '../../../kernel/api.ts';
import { ApiError, notFound, toApiError } from '../../../kernel/apiError.ts';
import { parseJson, readBytes } from '../../../kernel/body.ts';
import { readMediaType, readParam, readQuery } from '../../../kernel/request.ts';
import type { Method, Reply, Request, Routes } from '../../../kernel/routes.ts';
import type { EmulatorContext } from '../../context.ts';
import { nameFault } from '../../faultNames.ts';
import type { ScopedSession } from '../../identity/identity.ts';
import { isCloudAdmin } from '../../identity/permissions.ts';
import { renderImageError } from '../../images/errorBody.ts';
import { badRequest, itemNotFound } from './refuse.ts';
import { newest, readVersion } from './version.ts';

/** A request to the Compute API whose token, version and project have been looked at. */
export interface ComputeRequest extends ScopedSession {
  readonly request: Request;
  readonly reply: Reply;
  readonly region: string;
  /** The minor version that is asked for: 1 to `newest`. */
  readonly version: number;
  /** `http://HOST/REGION/compute`; `root` ends with the version and the project, where the request had it, as links do. */
  readonly base: string;
  readonly root: string;
  /** The request came to `/v2`, the API before microversions. */
  readonly isLegacy: boolean;
  /** An administrator of the cloud. */
  readonly isAdmin: boolean;
  readonly query: URLSearchParams;
  param(name: string): string;
  /** Reads a body of this form. Throws 400, 413 and 415 in Nova's words. */
  read(schema: Schema): Promise<JsonObject>;
  /** Reads a body of any form. */
  readAny(): Promise<Json>;
  /** Throws 400 where a body does not have this form. */
  require(body: Json, schema: Schema): void;
  /** Throws 400 where the query does not have this form. */
  requireQuery(schema: Schema): void;
}

export interface Answer {
  readonly status: number;
  /** Text and bytes are JSON already. */
  readonly body?: object | string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

export type ComputeHandler = (asked: ComputeRequest) => Answer | Promise<Answer>;

/** The minor versions in which a route is served. */
export interface Versions {
  readonly from?: number;
  readonly until?: number;
}

export type OnCompute = (method: Method, path: string, handler: ComputeHandler, versions?: Versions) => void;

const prefix = '/:region/compute/v2.1';
/** Nova reads no larger body. */
const largestBody = 114_688;

/** `Vary` and its like do not stand on answers of the layers in front of Nova. */
export function createComputeRoutes(routes: Routes, context: EmulatorContext): OnCompute {
  return (method, path, handler, { from = 1, until = newest } = {}) =>
    routes.on(method, `${prefix}${path}`, async (request, reply) => {
      const asked = openRequest(context, request, reply);
      if (asked.version < from || asked.version > until) throw itemNotFound();
      const { status, body, headers = {} } = await handler(asked);
      reply.code(status).headers(headers);
      if (body === undefined) return reply.send();
      return reply
        .type('application/json')
        .send(typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body));
    });
}

function openRequest(context: EmulatorContext, request: Request, reply: Reply): ComputeRequest {
  const session = context.identity.authenticate(request.headers['x-auth-token']);
  const region = readParam(request, 'region');
  if (!context.regions.includes(region) || /^[^?]*\/(\?|$)/.test(request.url)) throw notFound();
  const { project, release } = readAddress(request.originalUrl);
  const tell = (version: string) =>
    reply.headers({
      'openstack-api-version': `compute ${version}`,
      'x-openstack-nova-api-version': version,
      vary: ['OpenStack-API-Version', 'X-OpenStack-Nova-API-Version'],
    });
  const version = release === 'v2' ? 1 : readVersion(request, tell);
  if (release !== 'v2') tell(`2.${version}`);
  if (project !== undefined && project !== session.account.id)
    throw badRequest(
      `Malformed request URL: URL's project_id '${project}' doesn't match Context's project_id '${session.account.id}'`,
    );
  const base = `http://${request.headers.host ?? ''}/${region}/compute`;
  const query = readQuery(request);
  return {
    ...session,
    request,
    reply,
    region,
    version,
    base,
    root: `${base}/${release}${project === undefined ? '' : `/${project}`}`,
    isLegacy: release === 'v2',
    isAdmin: isCloudAdmin(context.profile, session.caller),
    query,
    param: (name) => readParam(request, name),
    read: async (schema) => {
      const body = await readBody(request);
      requireForm(body, schema);
      return isObject(body) ? body : {};
    },
    readAny: () => readBody(request),
    require: requireForm,
    requireQuery: (schema) => {
      const fault = findQueryFault(listValues(query), schema);
      if (fault !== undefined) throw badRequest(fault);
      for (const name of listUnknown(query, schema)) query.delete(name); // links to other pages leave it out, too
    },
  };
}

async function readBody(request: Request): Promise<Json> {
  const type = readMediaType(request);
  const bytes = await readBytes(request, largestBody);
  if (bytes.length > 0 && !mediaTypes.has(type))
    throw new ApiError('compute/media-type', 'Unsupported Content-Type');
  return bytes.length === 0 ? null : parseJson(bytes, 'Malformed request body');
}

function requireForm(body: Json, schema: Schema): void {
  const refused = refuseForm(body, schema);
  if (refused) throw toApiError(refused);
}

const mediaTypes = new Set(['', 'application/json', 'text/plain', 'application/vnd.openstack.compute+json']);

function listUnknown(query: URLSearchParams, { properties = {}, patternProperties = {} }: Schema): string[] {
  const patterns = Object.keys(patternProperties).map((pattern) => new RegExp(pattern));
  return [...new Set(query.keys())].filter(
    (name) => !Object.hasOwn(properties, name) && !patterns.some((pattern) => pattern.test(name)),
  );
}

function listValues(query: URLSearchParams): JsonObject {
  return Object.fromEntries([...new Set(query.keys())].map((name) => [name, query.getAll(name)]));
}

/** First parts of paths below the version: anything else there is a project. */
const collections: ReadonlySet<string> = new Set(
  `servers flavors images limits extensions os-keypairs os-quota-sets os-quota-class-sets os-availability-zone
   os-server-groups os-simple-tenant-usage os-hypervisors os-services os-aggregates os-hosts os-migrations
   os-networks os-tenant-networks os-security-groups os-security-group-rules os-floating-ips os-volumes os-snapshots
   os-fixed-ips os-cells os-agents os-cloudpipe os-certificates os-assisted-volume-snapshots
   os-server-external-events os-instance_usage_audit_log os-console-auth-tokens os-fping os-virtual-interfaces
   os-volumes_boot os-floating-ip-dns os-floating-ip-pools os-floating-ips-bulk os-security-group-default-rules`.split(
    /\s+/,
  ),
);

interface Address {
  readonly region: string;
  /** `v2`, `v2.1`, or what else stands there. */
  readonly release: string;
  readonly project: string | undefined;
  /** What is behind it, the collection first. */
  readonly below: readonly string[];
}

/** Takes a path as it was sent apart, which may name the project behind the release. */
function readAddress(url: string): Address {
  const [path = ''] = url.split('?', 1);
  const [, region = '', , release = '', first = '', ...rest] = path.replaceAll(/\/{2,}/g, '/').split('/');
  return collections.has(first) || rest.length === 0
    ? { region, release, project: undefined, below: [first, ...rest] }
    : { region, release, project: first, below: rest };
}

/** `/R/compute/v2.1/PROJECT/servers` is served as `/R/compute/v2.1/servers`, and so is `/R/compute/v2/servers`. */
function rewriteAddress(url: string): string {
  const { region, release, below } = readAddress(url);
  if (release !== 'v2' && release !== 'v2.1') return url;
  const [, ...query] = url.split('?');
  const [collection = '', ...rest] = below;
  const served = collection === 'os-volumes_boot' ? 'servers' : collection; // its name of old
  return [`/${region}/compute/v2.1/${[served, ...rest].join('/')}`, ...query].join('?');
}

/** As measured on Nova (SOURCES: nova §2): its own faults, those of the layers in front of it, and those of the token. */
function renderFault(failure: Failure) {
  const { status, title, text, rule } = failure;
  if (status === 401) return jsonBody({ error: { code: status, title, message: text } });
  if (rule === 'request/not-found' || rule === 'request/body-size') return renderImageError(failure);
  return jsonBody({ [nameFault(status)]: { code: status, message: text } });
}

export function computeApi({ identity }: EmulatorContext): Api {
  return {
    prefixes: ['/:region/compute'],
    errorBody: renderFault,
    rewrite: rewriteAddress,
    hidesMethods: true,
    requestIds: { header: 'x-compute-request-id', create: () => `req-${randomUUID()}` },
    beforeUnknown: ({ headers }) => {
      identity.authenticate(headers['x-auth-token']);
    },
  };
}
