import { randomUUID } from 'node:crypto';
import type { Json, JsonObject } from '../../../../rules/json.ts';
import { formatPython } from '../../../../rules/nova/python.ts';
import { formatMicroseconds } from '../../../kernel/clock.ts';
import type { EmulatorContext } from '../../context.ts';
import { readAction } from '../api/actions.ts';
import type { ComputeRequest, OnCompute } from '../api/compute.ts';
import { requireAdmin } from '../api/permissions.ts';
import { badRequest, conflict, itemNotFound, refuseId } from '../api/refuse.ts';
import { actionSchemas, createSchema, updateSchema } from '../schemas/aggregates.ts';
import { describeHost } from '../servers/hosts.ts';

interface AggregateRow {
  readonly key: number;
  readonly uuid: string;
  readonly name: string;
  /** JSON: names of hosts; texts by name, among them the zone. */
  readonly hosts: string;
  readonly metadata: string;
  readonly created: number;
  readonly updated: number | null;
}

/** `/os-aggregates`, for administrators: they give the one host its zone, and mean nothing else to it. */
export function aggregateRoutes(on: OnCompute, context: EmulatorContext): void {
  const { clock, store } = context;
  const path = '/os-aggregates';
  const change = (asked: ComputeRequest, row: AggregateRow, columns: Partial<AggregateRow>) => {
    const isRenamed = columns.name !== undefined && columns.name !== row.name;
    const now = { ...row, ...columns, updated: isRenamed ? clock.now() : row.updated };
    requireFreeName(context, asked, now);
    store.run(
      'UPDATE aggregates SET name = ?, hosts = ?, metadata = ?, updated = ? WHERE key = ?',
      now.name,
      now.hosts,
      now.metadata,
      now.updated,
      now.key,
    );
    return now;
  };

  on('GET', path, (asked) => {
    requireAdmin(asked, 'os-aggregates:index');
    const rows = store.all<AggregateRow>(
      'SELECT * FROM aggregates WHERE region = ? ORDER BY key',
      asked.region,
    );
    return { status: 200, body: { aggregates: rows.map((row) => view(row, asked.version)) } };
  });
  on('POST', path, async (asked) => {
    const body = await asked.read(createSchema);
    requireAdmin(asked, 'os-aggregates:create');
    const { name, availability_zone: zone } = body['aggregate'] as JsonObject; // the schema says so
    const row = await store.write(() => {
      const wanted = {
        uuid: randomUUID(),
        name: String(name).trim(),
        hosts: '[]',
        metadata: JSON.stringify(typeof zone === 'string' ? { availability_zone: zone } : {}),
        created: clock.now(),
        updated: null,
      };
      requireFreeName(context, asked, { ...wanted, key: 0 });
      const { key } = store.run(
        'INSERT INTO aggregates (region, uuid, name, hosts, metadata, created) VALUES (?, ?, ?, ?, ?, ?)',
        asked.region,
        wanted.uuid,
        wanted.name,
        wanted.hosts,
        wanted.metadata,
        wanted.created,
      );
      return { ...wanted, key };
    });
    const { hosts, metadata, ...shown } = view(row, asked.version);
    return { status: 200, body: { aggregate: shown } };
  });
  on('GET', `${path}/:id`, (asked) => {
    requireAdmin(asked, 'os-aggregates:show');
    return { status: 200, body: { aggregate: view(findAggregate(context, asked), asked.version) } };
  });
  on('PUT', `${path}/:id`, async (asked) => {
    const body = await asked.read(updateSchema);
    requireAdmin(asked, 'os-aggregates:update');
    const { name, availability_zone: zone } = body['aggregate'] as JsonObject; // the schema says so
    const row = await store.write(() => {
      const before = findAggregate(context, asked);
      return change(asked, before, {
        name: typeof name === 'string' ? name.trim() : before.name,
        metadata:
          zone === undefined
            ? before.metadata
            : giveMetadata(context, asked, before, { availability_zone: zone }, 'update'),
      });
    });
    return { status: 200, body: { aggregate: view(row, asked.version) } };
  });
  on('DELETE', `${path}/:id`, async (asked) => {
    requireAdmin(asked, 'os-aggregates:delete');
    await store.write(() => {
      const { key, hosts } = findAggregate(context, asked);
      if (hosts !== '[]')
        throw badRequest(
          `Cannot perform action 'delete' on aggregate ${key}. Reason: Host aggregate is not empty.`,
        );
      store.run('DELETE FROM aggregates WHERE key = ?', key);
    });
    return { status: 200 };
  });
  on('POST', `${path}/:id/action`, async (asked) => {
    const { name, value } = await readAction(asked, actionSchemas);
    requireAdmin(asked, `os-aggregates:${name}`);
    const row = await store.write(() => {
      const before = findAggregate(context, asked);
      const { host, metadata = {} } = value as { host: string; metadata?: JsonObject }; // the schema says so
      if (name === 'set_metadata')
        return change(asked, before, {
          metadata: giveMetadata(context, asked, before, metadata, 'update metadata of'),
        });
      if (name === 'add_host') requireOneZone(context, asked, before, host);
      return change(asked, before, { hosts: changeHosts(before, host, name === 'add_host') });
    });
    return { status: 200, body: { aggregate: view(row, asked.version) } };
  });
}

function findAggregate({ store }: EmulatorContext, asked: ComputeRequest): AggregateRow {
  const id = asked.param('id');
  if (!/^-?\d+$/.test(id)) throw refuseId();
  const row = store.get<AggregateRow>(
    'SELECT * FROM aggregates WHERE region = ? AND key = ?',
    asked.region,
    Number(id),
  );
  if (!row) throw itemNotFound(`Aggregate ${id} could not be found.`);
  return row;
}

function requireFreeName({ store }: EmulatorContext, { region }: ComputeRequest, row: AggregateRow): void {
  if (
    store.get(
      'SELECT 1 FROM aggregates WHERE region = ? AND name = ? AND key <> ?',
      region,
      row.name,
      row.key,
    )
  )
    throw conflict(`Aggregate ${row.name} already exists.`);
}

/** The metadata with others added. Throws 400 where servers would get another zone, or none. */
function giveMetadata(
  { store }: EmulatorContext,
  { region }: ComputeRequest,
  { key, name, hosts, metadata }: AggregateRow,
  added: Readonly<Record<string, Json>>,
  verb: string,
): string {
  const refuse = (why: string) => badRequest(`Cannot ${verb} aggregate ${key}. Reason: ${why}.`);
  const { availability_zone: zone } = added;
  const isOther = zone !== undefined && zone !== JSON.parse(metadata)['availability_zone'];
  if (zone === null || zone === '')
    throw refuse(`Aggregate ${name} does not support empty named availability zone`);
  if (
    isOther &&
    hosts !== '[]' &&
    store.get('SELECT 1 FROM servers WHERE region = ? AND host IS NOT NULL AND ended IS NULL', region)
  )
    throw refuse('One or more hosts contain instances in this zone');
  return merge(metadata, added);
}

/** A host is in one zone. Throws 409. */
function requireOneZone(
  { store }: EmulatorContext,
  { region }: ComputeRequest,
  { key, metadata }: AggregateRow,
  host: string,
): void {
  const zone: Json | undefined = JSON.parse(metadata)['availability_zone'];
  const others = store.all<{ zone: string }>(
    `SELECT metadata ->> 'availability_zone' AS zone FROM aggregates WHERE region = ? AND key <> ?
       AND metadata ->> 'availability_zone' <> ? AND EXISTS (SELECT 1 FROM json_each(hosts) WHERE value = ?)`,
    region,
    key,
    typeof zone === 'string' ? zone : null,
    host,
  );
  if (others.length > 0)
    throw conflict(
      `Cannot add host to aggregate ${key}. Reason: One or more hosts already in availability zone(s) ${formatPython(others.map((other) => other.zone))}.`,
    );
}

/** Null removes. */
function merge(metadata: string, added: Readonly<Record<string, Json>>): string {
  const all: JsonObject = { ...JSON.parse(metadata), ...added };
  return JSON.stringify(Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null)));
}

/** Throws 404 and 409. */
function changeHosts({ key, hosts }: AggregateRow, host: string, isAdding: boolean): string {
  const before: string[] = JSON.parse(hosts);
  if (isAdding && host !== describeHost().name)
    throw itemNotFound(`Compute host ${host} could not be found.`);
  if (isAdding && before.includes(host)) throw conflict(`Aggregate ${key} already has host ${host}.`);
  if (!isAdding && !before.includes(host))
    throw itemNotFound(`Cannot remove host ${host} in aggregate ${key}`);
  return JSON.stringify(isAdding ? [...before, host] : before.filter((each) => each !== host));
}

function view(row: AggregateRow, version: number): JsonObject {
  const time = (at: number | null) => (at === null ? null : formatMicroseconds(Math.floor(at / 1000) * 1000));
  const metadata: JsonObject = JSON.parse(row.metadata);
  return {
    id: row.key,
    name: row.name,
    hosts: JSON.parse(row.hosts),
    metadata,
    created_at: time(row.created),
    updated_at: time(row.updated),
    deleted_at: null,
    deleted: false,
    ...(version >= 41 ? { uuid: row.uuid } : {}),
    availability_zone: metadata['availability_zone'] ?? null,
  };
}
