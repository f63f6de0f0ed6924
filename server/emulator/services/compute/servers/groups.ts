import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../../../../rules/json.ts';
import type { EmulatorContext } from '../../context.ts';
import type { ComputeRequest, OnCompute } from '../api/compute.ts';
import { readLimit } from '../api/pages.ts';
import { requireWriter } from '../api/permissions.ts';
import { badRequest, forbidden, itemNotFound } from '../api/refuse.ts';
import { createSchema, listSchema } from '../schemas/serverGroups.ts';

interface GroupRow {
  readonly key: number;
  readonly id: string;
  readonly account: string;
  readonly user: string;
  readonly name: string;
  readonly policy: string;
  /** JSON. */
  readonly rules: string;
}

/** `/os-server-groups` (SOURCES: nova §10). */
export function serverGroupRoutes(on: OnCompute, context: EmulatorContext): void {
  const { clock, quotas, store } = context;
  const path = '/os-server-groups';

  on('GET', path, (asked) => {
    const { query, region, account, isAdmin } = asked;
    asked.requireQuery(listSchema(asked.version));
    const ofAll = query.has('all_projects') && isAdmin;
    const rows = store.all<GroupRow>(
      `SELECT * FROM server_groups WHERE region = ?${ofAll ? '' : ' AND account = ?'} ORDER BY key LIMIT ? OFFSET ?`,
      region,
      ...(ofAll ? [] : [account.id]),
      readLimit(query) || readLimit(new URLSearchParams()),
      Number(query.get('offset') ?? 0),
    );
    return { status: 200, body: { server_groups: rows.map((row) => viewGroup(context, row, asked)) } };
  });
  on('POST', path, async (asked) => {
    const body = await asked.read(createSchema(asked.version));
    requireWriter(context, asked, 'os-server-groups:create');
    const wanted = readGroup(body['server_group'] as JsonObject); // the schema says so
    const row = await store.write(() => {
      const { region, account, user } = asked;
      if (!quotas.hasRoom({ region, account, user }, 'server_groups'))
        throw forbidden('Quota exceeded, too many server groups.');
      const columns = { id: randomUUID(), account: account.id, user: user.id, ...wanted };
      const { key } = store.run(
        `INSERT INTO server_groups (region, id, account, user, name, policy, rules, created)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
        region,
        columns.id,
        columns.account,
        columns.user,
        columns.name,
        columns.policy,
        columns.rules,
        clock.now(),
      );
      return { ...columns, key };
    });
    return { status: 200, body: { server_group: viewGroup(context, row, asked) } };
  });
  on('GET', `${path}/:id`, (asked) => ({
    status: 200,
    body: { server_group: viewGroup(context, findGroup(context, asked), asked) },
  }));
  on('DELETE', `${path}/:id`, async (asked) => {
    await store.write(() => {
      const { key } = findGroup(context, asked);
      requireWriter(context, asked, 'os-server-groups:delete');
      store.run('DELETE FROM server_groups WHERE key = ?', key);
    });
    return { status: 204 };
  });
}

function findGroup({ store }: EmulatorContext, asked: ComputeRequest): GroupRow {
  const id = asked.param('id');
  const row = store.get<GroupRow>(
    'SELECT * FROM server_groups WHERE region = ? AND id = ?',
    asked.region,
    id,
  );
  if (!row || (row.account !== asked.account.id && !asked.isAdmin))
    throw itemNotFound(`Instance group ${id} could not be found.`);
  return row;
}

function readGroup({ name, policy, policies, rules = {} }: JsonObject) {
  const chosen = String(policy ?? (Array.isArray(policies) ? policies[0] : ''));
  const hasRules = Object.keys(rules ?? {}).length > 0;
  if (chosen !== 'anti-affinity' && hasRules) throw badRequest('Only anti-affinity policy supports rules.');
  return { name: String(name), policy: chosen, rules: JSON.stringify(hasRules ? numbersOf(rules) : {}) };
}

function numbersOf(rules: unknown): JsonObject {
  return Object.fromEntries(
    Object.entries(rules as JsonObject).map(([name, value]) => [name, Number(value)]), // the schema says so
  );
}

function viewGroup({ store }: EmulatorContext, row: GroupRow, { version }: ComputeRequest): JsonObject {
  const members = store
    .all<{ id: string }>(
      'SELECT id FROM servers WHERE server_group = ? AND ended IS NULL ORDER BY key',
      row.id,
    )
    .map(({ id }) => id);
  return {
    id: row.id,
    name: row.name,
    ...(version >= 64
      ? { policy: row.policy, rules: JSON.parse(row.rules) }
      : { policies: [row.policy], metadata: {} }),
    members,
    ...(version >= 13 ? { project_id: row.account, user_id: row.user } : {}),
  };
}
