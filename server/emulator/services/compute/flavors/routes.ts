import { randomUUID } from 'node:crypto';
import type { Json, JsonObject } from '../../../../rules/json.ts';
import type { EmulatorContext } from '../../context.ts';
import type { ComputeRequest, OnCompute } from '../api/compute.ts';
import { nextLink, readLimit } from '../api/pages.ts';
import { requireAdmin } from '../api/permissions.ts';
import { badRequest, conflict, itemNotFound, refuseMarker } from '../api/refuse.ts';
import { isFalse, isTrue } from '../api/words.ts';
import { createSchema, listSchema, updateSchema } from '../schemas/flavors.ts';
import { type Flavor, isGiven } from './records.ts';
import { viewBasic, viewFlavor } from './view.ts';

/** `/flavors`, and one flavor. */
export function flavorRoutes(on: OnCompute, context: EmulatorContext): void {
  const { flavors, store, profile } = context;
  const isClassed = profile.restrictsFlavorClasses;
  const answer = (flavor: Flavor, asked: ComputeRequest) => ({
    status: 200,
    body: encode({ flavor: viewFlavor(flavor, asked, isClassed) }),
  });

  on('GET', '/flavors', (asked) => {
    const page = findPage(context, asked);
    const listed = page.map((flavor) => viewBasic(flavor, asked));
    return { status: 200, body: { flavors: listed, ...nextLink(asked, 'flavors', page) } };
  });
  on('GET', '/flavors/detail', (asked) => {
    const page = findPage(context, asked);
    const listed = page.map((flavor) => viewFlavor(flavor, asked, isClassed));
    return { status: 200, body: encode({ flavors: listed, ...nextLink(asked, 'flavors/detail', page) }) };
  });
  on('GET', '/flavors/:id', (asked) => answer(findFlavor(context, asked), asked));
  on('POST', '/flavors', async (asked) => {
    const body = await asked.read(createSchema(asked.version));
    requireAdmin(asked, 'os-flavor-manage:create');
    const flavor = readNew(body['flavor'] as JsonObject); // the schema says so
    await store.write(() => {
      if (flavors.isUsed('id', flavor.id)) throw conflict(`Flavor with ID ${flavor.id} already exists.`);
      if (flavors.isUsed('name', flavor.name))
        throw conflict(`Flavor with name ${flavor.name} already exists.`);
      flavors.create(flavor);
    });
    return answer(flavor, asked);
  });
  on(
    'PUT',
    '/flavors/:id',
    async (asked) => {
      const body = await asked.read(updateSchema);
      requireAdmin(asked, 'os-flavor-manage:update');
      const { description = null } = body['flavor'] as { description?: string | null };
      const changed = await store.write(() => {
        const flavor = findFlavor(context, asked);
        flavors.change(flavor.id, { description });
        return { ...flavor, description };
      });
      return answer(changed, asked);
    },
    { from: 55 },
  );
  on('DELETE', '/flavors/:id', async (asked) => {
    requireAdmin(asked, 'os-flavor-manage:delete');
    await store.write(() => flavors.remove(findFlavor(context, asked).id));
    return { status: 202 };
  });
}

/** The text of a body. The factor is a number with a point, also where it is whole, as clients print it. */
function encode(body: object): string {
  return JSON.stringify(body).replaceAll(/("rxtx_factor":\d+)(?=[,}])/g, '$1.0');
}

/** The flavor that a path names. Throws 404 where there is none that the project may use. */
export function findFlavor({ flavors }: EmulatorContext, asked: ComputeRequest): Flavor {
  const id = asked.param('id');
  const flavor = flavors.read(id, asked);
  if (!flavor) throw itemNotFound(`Flavor ${id} could not be found.`);
  return flavor;
}

/** What all flavors have in common. */
const same = 'ifnull(NULL, 0)';

const sortColumns: Readonly<Record<string, string>> = {
  created_at: 'key',
  description: "ifnull(description, '')",
  disabled: same,
  ephemeral_gb: 'ephemeral',
  flavorid: 'id',
  id: 'key',
  is_public: 'is_public',
  memory_mb: 'ram',
  name: 'name',
  root_gb: 'disk',
  rxtx_factor: 'rxtx_factor',
  swap: 'swap',
  updated_at: 'key',
  vcpu_weight: same,
  vcpus: 'vcpus',
};

function findPage({ flavors }: EmulatorContext, asked: ComputeRequest): Flavor[] {
  asked.requireQuery(listSchema(asked.version));
  const { query, account } = asked;
  const column = sortColumns[query.get('sort_key') ?? 'flavorid'] ?? 'id';
  const descending = query.get('sort_dir') === 'desc';
  const where: string[] = [];
  const values: (string | number)[] = [];
  const wanted = asked.isAdmin ? readIsPublic(query.get('is_public')) : true;
  if (wanted) {
    where.push(isGiven);
    values.push(account.id);
  } else if (wanted === false) where.push('is_public = 0');
  for (const [name, at] of [
    ['minRam', 'ram'],
    ['minDisk', 'disk'],
  ] as const) {
    const least = query.get(name);
    if (least === null) continue;
    if (!/^\s*[+-]?\d+\s*$/.test(least)) throw badRequest(`Invalid ${name} filter [${least}]`);
    where.push(`${at} >= ?`);
    values.push(Number(least));
  }
  const marker = query.getAll('marker').at(-1) ?? null;
  if (marker !== null) {
    if (!flavors.read(marker, asked)) throw refuseMarker(marker);
    where.push(
      `(${column}, key) ${descending ? '<' : '>'} (SELECT ${column}, key FROM flavors WHERE id = ?)`,
    );
    values.push(marker);
  }
  const direction = descending ? 'DESC' : 'ASC';
  return flavors.select(
    `${where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`}
     ORDER BY ${column} ${direction}, key ${direction} LIMIT ${readLimit(query)}`,
    ...values,
  );
}

/** Undefined: both. Throws 400. */
function readIsPublic(asked: string | null): boolean | undefined {
  if (asked === null || isTrue(asked)) return true;
  if (asked.toLowerCase() === 'none') return undefined;
  if (isFalse(asked)) return false;
  throw badRequest(`Invalid is_public filter [${asked}]`);
}

function readNew(body: JsonObject): Flavor {
  const number = (value: Json | undefined, otherwise = 0) => Number(value ?? otherwise);
  const isPublic = body['os-flavor-access:is_public'] ?? true;
  return {
    id: body['id'] ? String(body['id']) : randomUUID(),
    name: String(body['name']).trim(),
    class: '',
    ram: number(body['ram']),
    disk: number(body['disk']),
    vcpus: number(body['vcpus']),
    ephemeral: number(body['OS-FLV-EXT-DATA:ephemeral']),
    swap: number(body['swap']),
    rxtx_factor: number(body['rxtx_factor'], 1),
    is_public: isTrue(isPublic),
    description: typeof body['description'] === 'string' ? body['description'] : null,
    extra_specs: {},
  };
}
