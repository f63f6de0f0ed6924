import { formats } from '../../../../rules/nova/formats.ts';
import type { Schema } from '../../../../rules/nova/schema.ts';
import { boolean, fqdn } from '../../../../rules/nova/types.ts';
import { ApiError } from '../../../kernel/apiError.ts';
import { parseTime } from '../../../kernel/clock.ts';
import type { EmulatorContext } from '../../context.ts';
import type { ComputeRequest, OnCompute } from '../api/compute.ts';
import { requireAdmin } from '../api/permissions.ts';
import { badRequest, itemNotFound, refuseId } from '../api/refuse.ts';
import { describeHost } from '../servers/hosts.ts';
import { findServiceById } from './host.ts';

const mode: Schema = {
  type: 'string',
  enum: ['enable', 'disable', 'Enable', 'Disable', 'ENABLE', 'DISABLE'],
};
const hostSchema: Schema = {
  type: 'object',
  properties: { status: mode, maintenance_mode: mode },
  additionalProperties: false,
};
const word: Schema = { type: 'string', minLength: 1, maxLength: 255 };
const untilHosts = { until: 42 };

/** What administrators would change of the one host, which always runs: refused as of a hypervisor that cannot. */
export function hostChangeRoutes(on: OnCompute, context: EmulatorContext): void {
  on(
    'PUT',
    '/os-hosts/:id',
    async (asked) => {
      const body = await asked.read(hostSchema);
      requireAdmin(asked, 'os-hosts:update');
      requireHost(asked.param('id'));
      if (Object.keys(body).length > 0) throw notSupported();
      return { status: 200, body: { host: asked.param('id') } };
    },
    untilHosts,
  );
  for (const [action, policy] of [
    ['startup', 'start'],
    ['shutdown', 'shutdown'],
    ['reboot', 'reboot'],
  ] as const)
    on(
      'GET',
      `/os-hosts/:id/${action}`,
      (asked) => {
        requireAdmin(asked, `os-hosts:${policy}`);
        requireHost(asked.param('id'));
        throw notSupported();
      },
      untilHosts,
    );
  on('PUT', '/os-services/:id', async (asked) => {
    const { host, binary, ...wanted } = await asked.read(serviceSchema(asked.version));
    requireAdmin(asked, 'os-services:update');
    if (asked.version < 53) requireService(asked, String(host), String(binary), wanted);
    else requireServiceId(asked);
    throw notSupported();
  });
  on('DELETE', '/os-services/:id', (asked) => {
    requireAdmin(asked, 'os-services:delete');
    requireServiceId(asked);
    throw notSupported();
  });
  on('GET', '/os-instance_usage_audit_log', (asked) => {
    requireAdmin(asked, 'os-instance-usage-audit-log:list');
    const log = describeAudit(context.clock.now());
    return { status: 200, body: { instance_usage_audit_logs: log } };
  });
  on('GET', '/os-instance_usage_audit_log/:id', (asked) => {
    requireAdmin(asked, 'os-instance-usage-audit-log:show');
    const text = asked.param('id');
    const time = /^\S+ \d\d:\d\d:\d\d(\.\d+)?$/.test(text) ? parseTime(text) : undefined;
    if (time === undefined) throw badRequest(`Invalid timestamp for date ${text}`);
    return { status: 200, body: { instance_usage_audit_log: describeAudit(time) } };
  });
}

function serviceSchema(version: number): Schema {
  const forced = version >= 11 ? { forced_down: boolean } : {};
  return version >= 53
    ? {
        type: 'object',
        properties: {
          status: { type: 'string', enum: ['enabled', 'disabled'] },
          disabled_reason: word,
          ...forced,
        },
        additionalProperties: false,
      }
    : {
        type: 'object',
        properties: { host: fqdn, binary: word, disabled_reason: word, ...forced },
        required: ['host', 'binary'],
        additionalProperties: false,
      };
}

function requireHost(host: string): void {
  if (host !== describeHost().name) throw itemNotFound(`Host '${host}' is not mapped to any cell`);
}

/** Until 2.52 the path names what is to be done. Throws 400 and 404. */
function requireService(
  { param, version }: ComputeRequest,
  host: string,
  binary: string,
  wanted: Readonly<Record<string, unknown>>,
): void {
  const action = param('id');
  const known = ['enable', 'disable', 'disable-log-reason', ...(version >= 11 ? ['force-down'] : [])];
  if (!known.includes(action)) throw itemNotFound('Unknown action');
  if (action === 'disable-log-reason' && wanted['disabled_reason'] === undefined)
    throw badRequest('Missing disabled reason field');
  if (action === 'force-down' && wanted['forced_down'] === undefined)
    throw badRequest('Missing forced_down field');
  if (binary !== 'nova-compute')
    throw badRequest(
      `Updating a ${binary} service is not supported. Only nova-compute services can be updated.`,
    );
  requireHost(host);
}

/** Throws 400 and 404. */
function requireServiceId({ param, version }: ComputeRequest): void {
  const id = param('id');
  const isForm = version >= 53 ? formats['uuid']?.(id) === true : /^\d+$/.test(id);
  if (!isForm) throw version >= 53 ? badRequest(`Invalid uuid ${id}`) : refuseId();
  if (!findServiceById(id)) throw itemNotFound(`Service ${id} not found.`);
}

function notSupported(): ApiError {
  return new ApiError('compute/request', 'The requested functionality is not supported.', { status: 501 });
}

/** The audit of the month before a time, which has not been run. */
function describeAudit(time: number) {
  const at = new Date(time);
  const month = (offset: number) => {
    const start = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + offset, 1));
    return start.toISOString().slice(0, 19).replace('T', ' ');
  };
  return {
    period_beginning: month(-1),
    period_ending: month(0),
    num_hosts: 1,
    num_hosts_done: 0,
    num_hosts_running: 0,
    num_hosts_not_run: 1,
    hosts_not_run: [describeHost().name],
    total_instances: 0,
    total_errors: 0,
    overall_status: '0 of 1 hosts done. 0 errors.',
    log: {},
  };
}
