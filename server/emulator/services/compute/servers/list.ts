import { isUuidLike } from '../../../../rules/nova/formats.ts';
import { formatPython } from '../../../../rules/nova/python.ts';
import { parseTime } from '../../../kernel/clock.ts';
import type { Texts } from '../../../store/memory.ts';
import type { EmulatorContext } from '../../context.ts';
import type { Answer, ComputeRequest } from '../api/compute.ts';
import { nextLink, readLimit } from '../api/pages.ts';
import { badRequest, forbidden, refuseMarker, refusePolicy, refuseTimes } from '../api/refuse.ts';
import { isTrue } from '../api/words.ts';
import { ignoredSortKeys, joinedParameters, listSchema } from '../schemas/serverList.ts';
import type { Listed, ServerBodies } from './bodies.ts';
import { statesOf } from './rows.ts';
import { viewBasic } from './view.ts';

const [start, comma] = [Buffer.from('{"servers":['), Buffer.from(',')];

/** `GET /servers` (SOURCES: nova §5). */
export function listServers(context: EmulatorContext, asked: ComputeRequest): Answer {
  const { page, links } = readPage(context, asked, 'servers');
  return { status: 200, body: { servers: page.map((row) => viewBasic(row, asked)), ...links } };
}

/** `GET /servers/detail`: a page that is asked for again before anything has changed is sent as it was. */
export function listInDetail(
  context: EmulatorContext,
  asked: ComputeRequest,
  bodies: ServerBodies,
  pages: Texts,
): Answer {
  const commits = context.store.commits();
  const { account, isAdmin, version, root, request } = asked;
  const key = JSON.stringify([account.id, isAdmin, version, root, request.url]);
  const kept = pages.get(key);
  if (kept) return { status: 200, body: kept };
  const body = writePage(context, asked, bodies);
  pages.keep(key, body, commits);
  return { status: 200, body };
}

function readPage(context: EmulatorContext, asked: ComputeRequest, path: 'servers' | 'servers/detail') {
  asked.requireQuery(listSchema(asked.version));
  const selection = select(asked, path === 'servers/detail');
  const page = selection ? findPage(context, asked, selection) : [];
  return { page, links: nextLink(asked, path, page) };
}

function writePage(context: EmulatorContext, asked: ComputeRequest, bodies: ServerBodies): Buffer {
  const { page, links } = readPage(context, asked, 'servers/detail');
  const rest = JSON.stringify(links).slice(1);
  const servers = bodies.page(asked, page).flatMap((body, at) => (at === 0 ? [body] : [comma, body]));
  const end = Buffer.from(`]${rest === '}' ? '' : ','}${rest}`);
  return Buffer.concat([start, ...servers, end]);
}

interface Selection {
  readonly where: string[];
  readonly values: (string | number)[];
}

type Condition = readonly [sql: string, ...values: (string | number)[]];

/** The rows that the filters select; undefined: none, whatever there is. */
function select(asked: ComputeRequest, detail: boolean): Selection | undefined {
  const { query, region, isAdmin, version } = asked;
  const conditions: Condition[] = [['region = ?', region]];
  for (const name of query.keys())
    if (joinedParameters.has(name) && isAdmin) throw badRequest(`Invalid filter field: ${name}.`);
  const states = query.has('status') ? statesOf(query.getAll('status')) : undefined;
  if (states && states.vm.length === 0) {
    if (version >= 38) throw badRequest('Invalid status value');
    return undefined;
  }
  if (states) {
    conditions.push(among('vm_state', states.vm));
    if (states.task.length > 0) conditions.push(among('task_state', states.task));
  }
  conditions.push(
    ...selectByTime(asked, states?.vm ?? []),
    ...selectByProject(asked, detail),
    ...selectByValues(asked),
  );
  if (version >= 26) conditions.push(...selectByTags(query));
  return {
    where: conditions.map(([sql]) => sql),
    values: conditions.flatMap(([, ...values]) => values),
  };
}

function among(column: string, values: readonly string[]): Condition {
  return [`${column} IN (${values.map(() => '?').join(', ')})`, ...values];
}

function selectByTime({ query, isAdmin, version }: ComputeRequest, vm: readonly string[]): Condition[] {
  const since = parseTime(query.get('changes-since') ?? '');
  const before = version >= 66 ? parseTime(query.get('changes-before') ?? '') : undefined;
  if (since !== undefined && before !== undefined && before < since) throw refuseTimes();
  const found: Condition[] = [];
  if (since !== undefined) found.push(['updated >= ?', since]);
  if (before !== undefined) found.push(['updated <= ?', before]);
  let deleted = isAdmin && isTrue(query.get('deleted'));
  if (vm.length === 1 && vm[0] === 'deleted') {
    if (!isAdmin) throw forbidden('Only administrators may list deleted instances', 'compute/policy');
    deleted = true;
  }
  if (deleted) found.push(['ended IS NOT NULL']);
  else if (since === undefined && before === undefined) found.push(['ended IS NULL']);
  return found;
}

function selectByProject({ query, isAdmin, account }: ComputeRequest, detail: boolean): Condition[] {
  if (!readAllTenants(query)) return [['account = ?', account.id]];
  if (!isAdmin) throw refusePolicy(`servers:${detail ? 'detail' : 'index'}:get_all_tenants`);
  const project = query.get('project_id') ?? query.get('tenant_id');
  return project === null ? [] : [['account = ?', project]];
}

function readAllTenants(query: URLSearchParams): boolean {
  const value = query.get('all_tenants');
  if (value === null) return false;
  return value.trim() === '' || readBoolean(value);
}

const accepted = ['0', '1', 'f', 'false', 'n', 'no', 'off', 'on', 't', 'true', 'y', 'yes'];

/** Throws 400 for what is neither true nor false. */
function readBoolean(value: string): boolean {
  if (!accepted.includes(value.trim().toLowerCase()))
    throw badRequest(
      `Unrecognized value '${value}', acceptable values are: ${accepted.map((each) => formatPython(each)).join(', ')}`,
    );
  return isTrue(value);
}

/** Filters by columns that everyone may use, and those of administrators. */
function selectByValues({ query, isAdmin, version }: ComputeRequest): Condition[] {
  const found: Condition[] = [];
  const add = (name: string, sql: string) => {
    const value = query.get(name);
    if (value !== null) found.push([sql, value]);
  };
  add('name', 'name REGEXP ?');
  if (query.get('display_name') !== null && isAdmin) add('display_name', 'name REGEXP ?');
  add('image', 'image = ?');
  add('flavor', "flavor ->> 'id' = ?");
  add('ip', 'address REGEXP ?');
  add('reservation_id', 'reservation = ?');
  if (query.has('ip6') && (isAdmin || version >= 5)) found.push(['0']);
  if (version >= 73 && query.has('locked'))
    found.push([readBoolean(query.get('locked') ?? '') ? 'locked IS NOT NULL' : 'locked IS NULL']);
  if (isAdmin || version >= 83) {
    add('availability_zone', 'zone = ?');
    add('key_name', 'key_name REGEXP ?');
    add('config_drive', "CASE config_drive WHEN 1 THEN 'True' ELSE '' END = ?");
    add('launched_at', 'launched REGEXP ?');
    add('power_state', 'power_state = CAST(? AS INTEGER)');
    add('progress', 'progress = CAST(? AS INTEGER)');
    add('task_state', 'task_state = ?');
    if (!query.has('status')) add('vm_state', 'vm_state = ?');
    add('user_id', 'user = ?');
  }
  if (isAdmin) {
    add('uuid', 'id = ?');
    add('host', 'host = ?');
    add('node', 'host REGEXP ?');
    add('hostname', 'hostname REGEXP ?');
    add('description', 'description REGEXP ?');
  }
  return found;
}

function selectByTags(query: URLSearchParams): Condition[] {
  const has = 'EXISTS (SELECT 1 FROM server_tags WHERE server = servers.key AND tag = ?)';
  const list = (name: string) => query.get(name)?.split(',') ?? [];
  const every = (name: string): Condition[] => list(name).map((tag) => [has, tag]);
  const some = (name: string): Condition[] => {
    const tags = list(name);
    return tags.length === 0 ? [] : [[`(${tags.map(() => has).join(' OR ')})`, ...tags]];
  };
  const not = ([sql, ...values]: Condition): Condition => [`NOT ${sql}`, ...values];
  const notAll = list('not-tags');
  return [
    ...every('tags'),
    ...some('tags-any'),
    ...some('not-tags-any').map(not),
    ...(notAll.length === 0 ? [] : [not([`(${notAll.map(() => has).join(' AND ')})`, ...notAll])]),
  ];
}

const sortColumns: Readonly<Record<string, string>> = {
  created_at: 'created',
  display_name: 'name',
  display_description: 'description',
  updated_at: 'updated',
  launched_at: 'launched',
  terminated_at: 'ended',
  uuid: 'id',
  image_ref: 'image',
  instance_type_id: "flavor ->> 'id'",
  project_id: 'account',
  user_id: 'user',
  availability_zone: 'zone',
  access_ip_v4: 'access4',
  access_ip_v6: 'access6',
  auto_disk_config: 'disk_config',
  root_device_name: 'root_device',
  locked_by: 'locked',
  node: 'host',
};

interface Order {
  readonly column: string;
  readonly descending: boolean;
}

function readOrder({ query, isAdmin, version }: ComputeRequest): Order[] {
  const asked = query.getAll('sort_key').map((key) => key.trim());
  const directions = query.getAll('sort_dir').map((direction) => direction.trim());
  if (asked.length > 0 && directions.length > asked.length)
    throw badRequest('Invalid input received: Sort direction size exceeds sort key size');
  for (const direction of directions)
    if (direction !== 'asc' && direction !== 'desc')
      throw badRequest(`Invalid input received: Unknown sort direction, must be 'desc' or 'asc'`);
  if (!isAdmin && asked.some((key) => key === 'host' || key === 'node'))
    throw forbidden(
      `Only administrators can sort servers by ${asked.find((key) => key === 'host' || key === 'node')}`,
      'compute/policy',
    );
  const keys = asked.length === 0 ? ['created_at'] : asked;
  const orders = keys.flatMap((key, index) => {
    const descending = (directions[index] ?? directions[0] ?? 'desc') === 'desc';
    const isIgnored = ignoredSortKeys.includes(key) && (key !== 'locked' || version < 73);
    return isIgnored ? [] : [{ column: sortColumns[key] ?? key, descending }];
  });
  return orders.filter(({ column }) => !['kernel_id', 'ramdisk_id'].includes(column));
}

function findPage(context: EmulatorContext, asked: ComputeRequest, { where, values }: Selection): Listed[] {
  const limit = readLimit(asked.query);
  const orders = [...readOrder(asked), { column: 'key', descending: true }];
  const conditions = [...where];
  const marker = asked.query.get('marker');
  if (marker !== null) {
    const row = isUuidLike(marker) ? context.servers.find(asked.region, marker) : undefined;
    if (!row || (row.account !== asked.account.id && !asked.isAdmin)) throw refuseMarker(marker);
    conditions.push(behind(orders, row.key));
  }
  const order = orders.map(({ column, descending }) => `${column} ${descending ? 'DESC' : 'ASC'}`).join(', ');
  return context.store.all<Listed>(
    `SELECT key, region, id, name, revision FROM servers WHERE ${conditions.join(' AND ')} ORDER BY ${order} LIMIT ${limit}`,
    ...values,
  );
}

/** SQL that is true for the rows behind one in this order. Absent values come first, as they do in Nova's database. */
function behind(orders: readonly Order[], key: number): string {
  const of = (column: string) => `(SELECT ${column} FROM servers WHERE key = ${key})`;
  const parts = orders.map(({ column, descending }, index) => {
    const same = orders.slice(0, index).map((order) => `${order.column} IS ${of(order.column)}`);
    const after = descending
      ? `(${column} < ${of(column)} OR (${column} IS NULL AND ${of(column)} IS NOT NULL))`
      : `(${column} > ${of(column)} OR (${column} IS NOT NULL AND ${of(column)} IS NULL))`;
    return `(${[...same, after].join(' AND ')})`;
  });
  return `(${parts.join(' OR ')})`;
}
