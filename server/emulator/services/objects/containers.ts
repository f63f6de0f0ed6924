import { methodNotAllowed, notFound } from '../../kernel/apiError.ts';
import { readQuery } from '../../kernel/request.ts';
import type { Handler, Reply, Request, Routes } from '../../kernel/routes.ts';
import type { EmulatorContext } from '../context.ts';
import type { Access } from './access.ts';
import { bulkDelete } from './bulk.ts';
import { type Headers, notYet, readMetadataChanges, refuseUnknown } from './headers.ts';
import {
  answerListing,
  type ListedContainer,
  type ListedObject,
  readListingQuery,
} from './listing/answer.ts';
import { type Bounds, list } from './listing/list.ts';
import type { ContainerRow } from './records.ts';

/** Accounts: totals, their metadata, the listing of containers, bulk delete. */
export function accountRoutes(
  routes: Routes,
  context: EmulatorContext,
  access: Access,
  region: string,
  base: string,
): void {
  const { objects, store } = context;
  const describe = async (reply: Reply, account: string) => {
    const totals = await objects.totals(region, account);
    return void reply.headers({
      ...objects.accountMetadata(region, account),
      'x-account-container-count': totals.count,
      'x-account-object-count': totals.objects,
      'x-account-bytes-used': totals.bytes,
      'accept-ranges': 'bytes',
    });
  };
  const removeMany: Handler = (request, reply) => {
    const { account } = access.account(request, 'administer');
    return bulkDelete(context, { region, account }, request, reply);
  };

  routes.on('HEAD', base, async (request, reply) => {
    await describe(reply, access.account(request, 'read').account);
    return reply.code(204).send();
  });
  routes.on('GET', base, async (request, reply) => {
    const { account } = access.account(request, 'read');
    const entries = await list(readListingQuery(request), (bounds, reverse, count) =>
      store.all<ListedContainer>(
        `SELECT name, objects AS count, bytes, created FROM containers
         WHERE region = ? AND account = ? AND ${inBounds(reverse)}`,
        region,
        account,
        ...valuesOf(bounds),
        count,
      ),
    );
    await describe(reply, account);
    return answerListing(request, reply, { tag: 'account', name: account }, entries);
  });
  routes.on('POST', base, async (request, reply) => {
    const query = readQuery(request);
    if (query.has('extract-archive')) throw notYet('archives that are unpacked');
    if (query.has('bulk-delete')) return removeMany(request, reply);
    const { account } = access.account(request, 'administer');
    const metadata = readMetadataChanges(request, 'account');
    await store.write(() => objects.setAccountMetadata(region, account, metadata));
    return reply.code(204).send();
  });
  routes.on('DELETE', base, (request, reply) => {
    if (readQuery(request).has('bulk-delete')) return removeMany(request, reply);
    access.account(request, 'administer');
    throw methodNotAllowed('HEAD, GET, POST');
  });
}

/** Containers: totals, metadata, listings, creation, removal. */
export function containerRoutes(
  routes: Routes,
  context: EmulatorContext,
  access: Access,
  region: string,
  base: string,
): void {
  const { objects, store } = context;
  const existing = (account: string, container: string): ContainerRow => {
    const row = objects.container(region, account, container);
    if (!row) throw notFound('files/not-found');
    return row;
  };
  const read = (request: Request, reply: Reply): ContainerRow => {
    const { account, container, isOwn } = access.listing(region, request);
    const row = existing(account, container);
    describe(reply, row, isOwn);
    return row;
  };
  // Swift takes a container with and without a slash at its end.
  for (const path of [`${base}/:container`, `${base}/:container/`]) {
    routes.on('PUT', path, async (request, reply) => {
      const { account, container } = access.account(request, 'administer');
      refuseUnknown(request);
      const metadata = readMetadataChanges(request, 'container');
      const isNew = await store.write(() => objects.putContainer(region, account, container, metadata));
      return reply.code(isNew ? 201 : 202).send();
    });
    routes.on('POST', path, async (request, reply) => {
      const { account, container } = access.account(request, 'administer');
      refuseUnknown(request);
      const metadata = readMetadataChanges(request, 'container');
      await store.write(() => objects.setMetadata(existing(account, container), metadata));
      return reply.code(204).send();
    });
    routes.on('DELETE', path, async (request, reply) => {
      const { account, container } = access.account(request, 'administer');
      await store.free(() => objects.removeContainer(region, account, container));
      return reply.code(204).send();
    });
    routes.on('HEAD', path, (request, reply) => {
      read(request, reply);
      return reply.code(204).send();
    });
    routes.on('GET', path, async (request, reply) => {
      const row = read(request, reply);
      const entries = await list(readListingQuery(request), (bounds, reverse, count) =>
        store.all<ListedObject>(
          `SELECT name, coalesce(slo_size, size) AS bytes, md5 AS hash, content_type, modified, slo_etag
           FROM objects WHERE container = ? AND ${inBounds(reverse)}`,
          row.key,
          ...valuesOf(bounds),
          count,
        ),
      );
      return answerListing(request, reply, { tag: 'container', name: row.name }, entries);
    });
  }
}

/** Keys of temporary URLs and rules of access are for the account's own people. */
function describe(reply: Reply, row: ContainerRow, isOwn: boolean): void {
  const metadata = Object.entries(JSON.parse(row.metadata) as Headers).filter(
    ([name]) => isOwn || !/^x-container-(read|meta-temp-url-key)/.test(name),
  );
  reply.headers({
    ...Object.fromEntries(metadata),
    'x-container-object-count': row.objects,
    'x-container-bytes-used': row.bytes,
    'x-timestamp': (row.created / 1000).toFixed(5),
    'x-storage-policy': 'Policy-0',
    'accept-ranges': 'bytes',
  });
}

function inBounds(reverse: boolean): string {
  return `name >= ? AND name < ? ORDER BY name ${reverse ? 'DESC' : ''} LIMIT ?`;
}

function valuesOf({ from, before }: Bounds): [string, string] {
  return [from, before];
}
