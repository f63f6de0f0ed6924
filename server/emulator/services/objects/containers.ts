import { ApiError, notFound } from '../../kernel/apiError.ts';
import { readQuery } from '../../kernel/request.ts';
import type { Reply, Request, Routes } from '../../kernel/routes.ts';
import type { EmulatorContext } from '../context.ts';
import type { Access, Owned } from './access.ts';
import { accept } from './answers.ts';
import { acceptArchive } from './bulk/extract.ts';
import {
  formatModified,
  formatTimestamp,
  type Headers,
  readMetadataChanges,
  withoutOwners,
} from './headers.ts';
import { answerListing, chooseFormat, readListingQuery, varyByAccept } from './listing/answer.ts';
import { list } from './listing/list.ts';
import { listObjects } from './listing/rows.ts';
import { refuseQuotaHeaders } from './quotas.ts';
import type { ContainerRow } from './records.ts';
import { describeVersioning, readVersioning, refuseToLeave } from './versions/container.ts';
import { listVersions, requireJson } from './versions/list.ts';
import { countVersions } from './versions/records.ts';
import { postForm } from './web/formPost.ts';
import { serveContainer } from './web/staticWeb.ts';

/** Containers: totals, metadata, listings, creation, removal, archives. */
export function containerRoutes(
  routes: Routes,
  context: EmulatorContext,
  access: Access,
  region: string,
  base: string,
): void {
  const { objects, store } = context;
  const existing = ({ account, container }: Owned): ContainerRow => {
    const row = objects.container(region, account, container);
    if (!row) throw notFound('files/not-found');
    return row;
  };
  const readChanges = (request: Request, { account, container }: Owned): Headers => {
    refuseQuotaHeaders(request);
    refusePolicy(request);
    const row = objects.container(region, account, container);
    return { ...readMetadataChanges(request, 'container'), ...readVersioning(request, row) };
  };
  // Swift takes a container with and without a slash at its end.
  for (const path of [`${base}/:container`, `${base}/:container/`]) {
    routes.on('PUT', path, async (request, reply) => {
      if (readQuery(request).has('extract-archive'))
        return acceptArchive(context, access, region, request, reply);
      const owned = access.container(region, request, 'administer');
      const changes = readChanges(request, owned);
      const isNew = await store.write(() =>
        objects.putContainer(region, owned.account, owned.container, changes),
      );
      return isNew ? reply.code(201).send() : accept(reply);
    });
    routes.on('POST', path, async (request, reply) => {
      const form = postForm(context, region, request, reply);
      if (form) return form;
      const owned = access.container(region, request, 'administer');
      const changes = readChanges(request, owned);
      await store.write(() => objects.setMetadata(existing(owned), changes));
      return reply.code(204).send();
    });
    routes.on('DELETE', path, async (request, reply) => {
      const { account, container } = access.container(region, request, 'administer');
      await store.free(() => {
        refuseToLeave(context, objects.container(region, account, container));
        objects.removeContainer(region, account, container);
      });
      return reply.code(204).send();
    });
    routes.on('HEAD', path, (request, reply) => {
      const web = serveContainer(context, access, region, request, reply);
      if (web) return web;
      const format = chooseFormat(request);
      const owned = access.container(region, request, 'list');
      describe(context, reply, existing(owned), owned.isOwn);
      varyByAccept(request, reply);
      return reply.type(`${format}; charset=utf-8`).code(204).send();
    });
    routes.on('GET', path, async (request, reply) => {
      const web = serveContainer(context, access, region, request, reply);
      if (web) return web;
      const asked = readListingQuery(request);
      if (!readQuery(request).has('versions')) chooseFormat(request);
      const owned = access.container(region, request, 'list');
      const row = existing(owned);
      if (readQuery(request).has('versions')) requireJson(request);
      describe(context, reply, row, owned.isOwn);
      if (readQuery(request).has('versions')) return listVersions(context, request, reply, row, asked);
      const entries = await list(asked, (bounds, reverse, count) =>
        listObjects(context, row, { ...bounds, reverse, count }),
      );
      return answerListing(request, reply, { tag: 'container', name: row.name }, entries);
    });
  }
}

function describe(context: EmulatorContext, reply: Reply, row: ContainerRow, isOwn: boolean): void {
  const metadata: Headers = JSON.parse(row.metadata);
  reply.headers({
    ...withoutOwners(metadata, isOwn),
    ...describeVersioning(metadata),
    'x-container-object-count': row.objects,
    'x-container-bytes-used': row.bytes + countVersions(context.store, row),
    'x-timestamp': formatTimestamp(row.created),
    'last-modified': formatModified(row.modified ?? row.created),
    'x-storage-policy': 'Policy-0',
    'accept-ranges': 'bytes',
  });
}

/** There is one policy. */
function refusePolicy({ headers }: Request): void {
  const policy = headers['x-storage-policy'];
  if (typeof policy === 'string' && policy !== '' && policy.toLowerCase() !== 'policy-0')
    throw new ApiError('files/policy', `Invalid X-Storage-Policy '${policy}'`);
}
