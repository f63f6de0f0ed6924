import { microseconds } from '../clock.ts';
import type { Cloud } from '../cloud.ts';
import { Fault } from '../faults.ts';
import type { Reply, Request, Routes } from '../http.ts';
import { queryOf } from '../images/routes.ts';
import { metadataOf } from './headers.ts';
import { type Entry, listObjects } from './listing.ts';
import type { ContainerRow, Headers } from './records.ts';
import type { Allow } from './routes.ts';

const largestPage = 10_000;

/** Accounts and containers: totals, listings, creation, removal. */
export function containerRoutes(
  routes: Routes,
  cloud: Cloud,
  allow: Allow,
  region: string,
  base: string,
): void {
  const { objects, store } = cloud;
  const existing = (request: Request, action: 'read' | 'administer'): ContainerRow => {
    const { account, container } = allow(request, action);
    const row = objects.container(region, account, container);
    if (!row) throw new Fault(404, 'The resource could not be found.');
    return row;
  };
  const accountHeaders = (reply: Reply, account: string) => {
    const totals = objects.containers(region, account);
    return reply.headers({
      'x-account-container-count': totals.count,
      'x-account-object-count': totals.objects,
      'x-account-bytes-used': totals.bytes,
    });
  };

  routes.on('HEAD', base, (request, reply) =>
    accountHeaders(reply, allow(request, 'read').account).code(204).send(),
  );
  routes.on('GET', base, (request, reply) => {
    const { account } = allow(request, 'read');
    const { prefix, marker, limit } = askedOf(queryOf(request));
    const rows = store
      .all<ContainerRow>(
        'SELECT * FROM containers WHERE region = ? AND account = ? AND name > ? AND name >= ? ORDER BY name LIMIT ?',
        region,
        account,
        marker,
        prefix,
        limit,
      )
      .filter(({ name }) => name.startsWith(prefix));
    accountHeaders(reply, account);
    return answer(
      request,
      reply,
      rows.map(({ name }) => name),
      () =>
        rows.map(({ name, objects: count, bytes, created }) => ({
          name,
          count,
          bytes,
          last_modified: microseconds(created),
        })),
    );
  });

  // Swift takes a container with and without a slash at its end.
  for (const path of [`${base}/:container`, `${base}/:container/`]) {
    routes.on('PUT', path, async (request, reply) => {
      const { account, container } = allow(request, 'administer');
      const metadata = metadataOf(request, 'container');
      const isNew = await store.write(() => objects.putContainer(region, account, container, metadata));
      return reply.code(isNew ? 201 : 202).send();
    });
    routes.on('POST', path, async (request, reply) => {
      const metadata = metadataOf(request, 'container');
      await store.write(() => objects.setMetadata(existing(request, 'administer'), metadata));
      return reply.code(204).send();
    });
    routes.on('DELETE', path, async (request, reply) => {
      const { account, container } = allow(request, 'administer');
      await store.write(() => objects.removeContainer(region, account, container));
      return reply.code(204).send();
    });
    routes.on('HEAD', path, (request, reply) => describe(reply, existing(request, 'read')).code(204).send());
    routes.on('GET', path, (request, reply) => {
      const row = existing(request, 'read');
      describe(reply, row);
      const entries = listObjects(store, row.key, askedOf(queryOf(request)));
      return answer(request, reply, entries.map(nameOf), () => entries.map(entryView));
    });
  }
}

function describe(reply: Reply, row: ContainerRow): Reply {
  return reply.headers({
    ...(JSON.parse(row.metadata) as Headers),
    'x-container-object-count': row.objects,
    'x-container-bytes-used': row.bytes,
    'x-timestamp': (row.created / 1000).toFixed(5),
    'x-storage-policy': 'Policy-0',
    'accept-ranges': 'bytes',
  });
}

function askedOf(query: URLSearchParams) {
  const limit = query.get('limit');
  if (limit !== null && (!/^\d+$/.test(limit) || Number(limit) > largestPage))
    throw new Fault(412, `Maximum limit is ${largestPage}`);
  return {
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') ?? '',
    marker: query.get('marker') ?? '',
    endMarker: query.get('end_marker') ?? '',
    limit: limit === null ? largestPage : Number(limit),
  };
}

/** JSON where it is asked for, else names line by line; no text at all is 204. */
function answer(request: Request, reply: Reply, names: readonly string[], view: () => object[]): Reply {
  const asked =
    queryOf(request).get('format') ??
    (request.headers.accept?.includes('application/json') ? 'json' : 'plain');
  if (asked === 'json') return reply.type('application/json; charset=utf-8').send(view());
  if (names.length === 0) return reply.code(204).send();
  return reply.type('text/plain; charset=utf-8').send(`${names.join('\n')}\n`);
}

function nameOf(entry: Entry): string {
  return 'subdir' in entry ? entry.subdir : entry.name;
}

function entryView(entry: Entry): object {
  if ('subdir' in entry) return entry;
  const { name, bytes, hash, content_type, modified } = entry;
  return { bytes, hash, name, content_type, last_modified: microseconds(modified) };
}
