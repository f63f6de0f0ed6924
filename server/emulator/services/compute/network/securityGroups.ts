import { isObject, type Json, type JsonObject } from '../../../../rules/json.ts';
import { isUuidLike } from '../../../../rules/nova/formats.ts';
import { ApiError } from '../../../kernel/apiError.ts';
import type { EmulatorContext } from '../../context.ts';
import { changeGroup, deleteGroup, findGroup, orderGroups } from '../../network/groups/orders.ts';
import type { GroupRow, RuleRow } from '../../network/groups/records.ts';
import type { ComputeRequest, OnCompute } from '../api/compute.ts';
import { badRequest } from '../api/refuse.ts';
import { groupListSchema } from '../schemas/securityGroups.ts';

const versions = { until: 35 };

/** `/os-security-groups`: those of Neutron, as Nova shows and changes them until 2.35 (SOURCES: nova §10). */
export function securityGroupRoutes(on: OnCompute, context: EmulatorContext): void {
  const { store } = context;
  const path = '/os-security-groups';
  const show = (row: GroupRow) => ({
    status: 200,
    body: { security_group: viewGroups(context, [row])[0] ?? {} },
  });
  on(
    'GET',
    path,
    async (asked) => {
      asked.requireQuery(groupListSchema);
      await requireDefault(context, asked);
      const isOfAll = asked.isAdmin && asked.query.has('all_tenants');
      const rows = context.securityGroups.list(asked.region, isOfAll ? undefined : asked.account.id);
      return { status: 200, body: { security_groups: viewGroups(context, cut(rows, asked.query)) } };
    },
    versions,
  );
  on(
    'GET',
    `${path}/:id`,
    async (asked) => {
      await requireDefault(context, asked);
      return show(passOn(asked, {}, () => findGroup(ordererOf(context, asked), readId(asked.param('id')))));
    },
    versions,
  );
  on(
    'POST',
    path,
    async (asked) => {
      const wanted = readTexts(readMember(await asked.readAny(), 'security_group'));
      const order = () => orderGroups(ordererOf(context, asked), { security_group: wanted });
      const [row] = await store.write(() => passOn(asked, { 409: 403 }, order));
      if (!row) throw new Error('A security group was asked for and none was made.');
      return show(row);
    },
    versions,
  );
  on(
    'PUT',
    `${path}/:id`,
    async (asked) => {
      const orderer = ordererOf(context, asked);
      const body = await asked.readAny();
      await requireDefault(context, asked);
      passOn(asked, {}, () => findGroup(orderer, readId(asked.param('id'))));
      const wanted = readTexts(readMember(body, 'security_group'));
      const change = () => changeGroup(orderer, asked.param('id'), { security_group: wanted });
      return show(await store.write(() => passOn(asked, { 409: 400 }, change)));
    },
    versions,
  );
  on(
    'DELETE',
    `${path}/:id`,
    async (asked) => {
      const id = readId(asked.param('id'));
      await requireDefault(context, asked);
      await store.write(() => passOn(asked, { 409: 400 }, () => deleteGroup(ordererOf(context, asked), id)));
      return { status: 202 };
    },
    versions,
  );
}

export function ordererOf(context: EmulatorContext, { region, account, isAdmin }: ComputeRequest) {
  return { context, region, account, isAdmin };
}

/** Every account has the group `default` as soon as it looks. */
async function requireDefault({ securityGroups: groups, store }: EmulatorContext, asked: ComputeRequest) {
  const { region, account } = asked;
  if (!groups.hasDefault(region, account.id))
    await store.write(() => groups.ensureDefault(region, account.id));
}

/** What Neutron refuses is refused in its words, and by some other statuses. */
export function passOn<T>(
  { request }: ComputeRequest,
  statuses: Readonly<Record<number, number>>,
  ask: () => T,
): T {
  try {
    return ask();
  } catch (error) {
    if (!(error instanceof ApiError) || !error.rule.startsWith('network/')) throw error;
    throw new ApiError(
      error.rule,
      `${error.message}\nNeutron server returns request_ids: ['${request.id}']`,
      { status: statuses[error.status] ?? error.status },
    );
  }
}

export function readId(id: Json | undefined): string {
  if (typeof id !== 'string' || !isUuidLike(id)) throw badRequest('Security group id should be uuid');
  return id;
}

/** The member of a body that all of these requests have. Throws 400. */
export function readMember(body: Json, name: string): JsonObject {
  if (!isObject(body) || Object.keys(body).length === 0) throw badRequest("The request body can't be empty");
  const member = body[name];
  if (!isObject(member)) throw badRequest(`Missing parameter ${name}`);
  return member;
}

function readTexts(wanted: JsonObject): JsonObject {
  const read = (name: 'name' | 'description') => {
    const value = wanted[name];
    if (typeof value !== 'string') throw badRequest(`${name} is not a string or unicode`);
    const { length } = [...value];
    if (length > 255) throw badRequest(`${name} has ${length} characters, more than 255.`);
    return value;
  };
  return { name: read('name'), description: read('description') };
}

function cut(rows: readonly GroupRow[], query: URLSearchParams): GroupRow[] {
  const start = Number(query.get('offset') ?? 0);
  const limit = Number(query.get('limit') ?? 0);
  return rows.slice(start, start + (limit === 0 ? 1000 : Math.min(limit, 1000)));
}

/** By project and name. */
export function viewGroups(context: EmulatorContext, rows: readonly GroupRow[]): JsonObject[] {
  const rules = Map.groupBy(context.securityGroups.rules(rows.map(({ id }) => id)), ({ of_group: id }) => id);
  const inOrder = (one: string, other: string) => (one < other ? -1 : Number(one > other));
  return rows
    .toSorted((one, other) => inOrder(one.account, other.account) || inOrder(one.name, other.name))
    .map((row) => ({
      id: row.id,
      description: row.description,
      name: row.name,
      tenant_id: row.account,
      rules: (rules.get(row.id) ?? [])
        .filter(({ direction }) => direction === 'ingress')
        .map((rule) => viewRule(context, row.region, rule)),
    }));
}

export function viewRule(
  { securityGroups: groups }: EmulatorContext,
  region: string,
  rule: RuleRow,
): JsonObject {
  const remote = rule.remote_group === null ? undefined : groups.find(region, rule.remote_group);
  const [from, to] = portsOf(rule);
  return {
    id: rule.id,
    parent_group_id: rule.of_group,
    ip_protocol: rule.protocol,
    from_port: from,
    to_port: to,
    group: remote ? { name: remote.name, tenant_id: remote.account } : {},
    ip_range: remote ? {} : { cidr: rule.prefix ?? '0.0.0.0/0' },
  };
}

/** All ports of a protocol are a range to Nova. */
export function portsOf({ protocol, port_min: min, port_max: max }: RuleRow): [number | null, number | null] {
  if (protocol === null || min !== null || max !== null) return [min, max];
  return protocol === 'tcp' || protocol === 'udp' ? [1, 65_535] : [-1, -1];
}
