import type { JsonObject } from '../../../../rules/json.ts';
import type { EmulatorContext } from '../../context.ts';
import type { ComputeRequest, OnCompute } from '../api/compute.ts';
import { requireAdmin, requireProject } from '../api/permissions.ts';
import { requireKnownProject } from '../api/projects.ts';
import { badRequest } from '../api/refuse.ts';
import { isTrue } from '../api/words.ts';
import { goneQuotas, querySchema, quotaClassSchema, quotaSetSchema } from '../schemas/quotas.ts';
import { type QuotaName, type QuotaTable, quotaNames } from './names.ts';

/** `/os-quota-sets/PROJECT` (SOURCES: nova §10) */
export function quotaRoutes(on: OnCompute, context: EmulatorContext): void {
  const { quotas, store } = context;
  const path = '/os-quota-sets/:id';
  const open = (asked: ComputeRequest, verb: string) => {
    asked.requireQuery(querySchema(asked.version, ['user_id']));
    const project = asked.param('id');
    requireProject(asked, project, `os-quota-sets:${verb}`);
    requireKnownProject(context, project);
    const user = asked.query.get('user_id') ?? undefined;
    return { project, user, limits: quotas.limits(asked.region, project, user) };
  };

  on('GET', path, (asked) => {
    const { project, limits } = open(asked, 'show');
    return answer({ id: project }, asked, (name) => limits[name]);
  });
  on('GET', `${path}/detail`, (asked) => {
    const { project, user, limits } = open(asked, 'detail');
    const used = quotas.usage(asked.region, project, user);
    return answer({ id: project }, asked, (name) => ({
      in_use: listUsed(used, name),
      limit: limits[name],
      reserved: 0,
    }));
  });
  on('GET', `${path}/defaults`, (asked) => {
    const project = asked.param('id');
    if (asked.isAdmin) requireKnownProject(context, project); // others are not told which there are
    const limits = quotas.defaults(asked.region);
    return answer({ id: project }, asked, (name) => limits[name]);
  });
  on('PUT', path, async (asked) => {
    const body = await asked.read(quotaSetSchema(asked.version));
    requireAdmin(asked, 'os-quota-sets:update');
    const { project, user } = open(asked, 'update');
    const { force = false, ...wanted } = body['quota_set'] as JsonObject; // the schema says so
    if ('networks' in wanted) throw badRequest('The networks quota has been removed');
    const values = Object.entries(wanted).map(([name, value]) => [name, Number(value)] as const);
    await store.write(() => {
      if (!isTrue(force)) {
        refuseTooLow(values, quotas.usage(asked.region, project));
        if (user !== undefined) refuseTooHigh(values, quotas.limits(asked.region, project));
      }
      for (const [name, value] of values) quotas.set(asked.region, project, user ?? '', name, value);
    });
    const limits = quotas.limits(asked.region, project, user);
    return answer({}, asked, (name) => limits[name]);
  });
  on('DELETE', path, async (asked) => {
    asked.requireQuery(querySchema(asked.version, ['user_id']));
    requireAdmin(asked, 'os-quota-sets:delete');
    await store.write(() => quotas.reset(asked.region, asked.param('id'), asked.query.get('user_id') ?? ''));
    return { status: 202 };
  });
}

function answer(
  start: JsonObject,
  { version }: ComputeRequest,
  show: (name: QuotaName) => number | JsonObject,
) {
  const gone = goneQuotas(version);
  const shown = quotaNames.filter((name) => !gone.includes(name));
  const set = { ...start, ...Object.fromEntries(shown.map((name) => [name, show(name)])) };
  return { status: 200, body: { quota_set: set } };
}

/** Key pairs belong to users, and members to groups: of a project Nova counts none. */
function listUsed(used: QuotaTable, name: QuotaName): number {
  return name === 'key_pairs' ? 0 : used[name];
}

function refuseTooLow(values: readonly (readonly [string, number])[], used: QuotaTable): void {
  for (const [name, value] of values) {
    const least = quotaNames.find((each) => each === name);
    const minimum = least === undefined ? 0 : listUsed(used, least);
    if (value !== -1 && value < minimum)
      throw badRequest(
        `Quota limit ${value} for ${name} must be greater than or equal to already used and reserved ${minimum}.`,
      );
  }
}

/** A user of a project may not have more than the project. */
function refuseTooHigh(values: readonly (readonly [string, number])[], limits: QuotaTable): void {
  for (const [name, value] of values) {
    const known = quotaNames.find((each) => each === name);
    const most = known === undefined ? -1 : limits[known];
    if (most >= 0 && (value === -1 || value > most))
      throw badRequest(`Quota limit ${value} for ${name} must be less than or equal to ${most}.`);
  }
}

/** `/os-quota-class-sets/CLASS`: only those of `default` mean something. */
export function quotaClassRoutes(on: OnCompute, { quotas, store }: EmulatorContext): void {
  const path = '/os-quota-class-sets/:id';
  const show = ({ region, version, param }: ComputeRequest, start: JsonObject) => {
    const limits = quotas.defaults(region, param('id'));
    const gone = [
      ...goneQuotas(version, true),
      ...(version < 50 ? ['server_groups', 'server_group_members'] : []),
    ];
    const shown = quotaNames.filter((name) => !gone.includes(name));
    const set = { ...start, ...Object.fromEntries(shown.map((name) => [name, limits[name]])) };
    return { status: 200, body: { quota_class_set: set } };
  };
  on('GET', path, (asked) => {
    requireAdmin(asked, 'os-quota-class-sets:show');
    return show(asked, { id: asked.param('id') });
  });
  on('PUT', path, async (asked) => {
    const body = await asked.read(quotaClassSchema(asked.version));
    requireAdmin(asked, 'os-quota-class-sets:update');
    const wanted = Object.entries(body['quota_class_set'] as JsonObject); // the schema says so
    await store.write(() => {
      for (const [name, value] of wanted)
        quotas.setDefault(asked.region, asked.param('id'), name, Number(value));
    });
    return show(asked, {});
  });
}
