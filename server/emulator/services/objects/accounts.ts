import { methodNotAllowed } from '../../kernel/apiError.ts';
import { readQuery } from '../../kernel/request.ts';
import type { Handler, Reply, Request, Routes } from '../../kernel/routes.ts';
import type { EmulatorContext } from '../context.ts';
import { mayGrantQuota } from '../identity/permissions.ts';
import type { Access, Owned } from './access.ts';
import { bulkDelete } from './bulk/delete.ts';
import { acceptArchive } from './bulk/extract.ts';
import { formatTimestamp, readMetadataChanges, withoutOwners } from './headers.ts';
import {
  answerListing,
  chooseFormat,
  type ListedContainer,
  readListingQuery,
  varyByAccept,
} from './listing/answer.ts';
import { list } from './listing/list.ts';
import { readAccountName, readTarget } from './paths.ts';
import { refuse } from './refusals.ts';

/** Accounts: totals, their metadata, the listing of containers, archives, bulk delete. */
export function accountRoutes(
  routes: Routes,
  context: EmulatorContext,
  access: Access,
  region: string,
  base: string,
): void {
  const { objects, store } = context;
  const describe = async (reply: Reply, { account, isOwn }: Owned) => {
    const { count, objects: number, bytes } = await objects.totals(region, account);
    const policy = 'x-account-storage-policy-policy-0-';
    reply.headers({
      ...withoutOwners(objects.accountMetadata(region, account), isOwn),
      'x-account-container-count': count,
      'x-account-object-count': number,
      'x-account-bytes-used': bytes,
      'x-timestamp': formatTimestamp(objects.accountCreated(region, account)),
      'accept-ranges': 'bytes',
      ...(count === 0
        ? {}
        : {
            [`${policy}container-count`]: count,
            [`${policy}object-count`]: number,
            [`${policy}bytes-used`]: bytes,
          }),
    });
  };
  const removeMany: Handler = (request, reply) => {
    const { account } = readTarget(request);
    return bulkDelete(
      context,
      { region, account, authority: access.authority(region, request) },
      request,
      reply,
    );
  };
  const refuseQuota = (request: Request) => {
    const { headers } = request;
    const removes = Boolean(headers['x-remove-account-meta-quota-bytes']);
    const quota = removes ? '0' : headers['x-account-meta-quota-bytes'];
    if (quota === undefined) return;
    const { caller } = context.identity.authenticate(headers['x-auth-token']);
    if (!mayGrantQuota(context.profile, caller)) throw refuse('files/quota-role');
    if (typeof quota === 'string' && quota !== '' && !/^\d+$/.test(quota)) throw refuse('files/quota-number');
  };

  for (const path of [base, `${base}/`]) {
    routes.on('HEAD', path, async (request, reply) => {
      const owned = access.account(request, 'read');
      const format = chooseFormat(request);
      await describe(reply, owned);
      varyByAccept(request, reply);
      return reply.type(`${format}; charset=utf-8`).code(204).send();
    });
    routes.on('GET', path, async (request, reply) => {
      const owned = access.account(request, 'read');
      const { account } = owned;
      chooseFormat(request);
      const entries = await list(readListingQuery(request), (bounds, reverse, count) =>
        store.all<ListedContainer>(
          `SELECT name, objects AS count, bytes, coalesce(modified, created) AS modified FROM containers
           WHERE region = ? AND account = ? AND name >= ? AND name < ?
           ORDER BY name ${reverse ? 'DESC' : ''} LIMIT ?`,
          region,
          account,
          bounds.from,
          bounds.before,
          count,
        ),
      );
      await describe(reply, owned);
      return answerListing(request, reply, { tag: 'account', name: readAccountName(request) }, entries);
    });
    routes.on('PUT', path, async (request, reply) => {
      if (readQuery(request).has('extract-archive'))
        return acceptArchive(context, access, region, request, reply);
      access.account(request, 'administer');
      throw methodNotAllowed('GET, HEAD, OPTIONS, POST');
    });
    routes.on('POST', path, async (request, reply) => {
      if (readQuery(request).has('bulk-delete')) return removeMany(request, reply);
      const { account } = access.account(request, 'administer');
      refuseQuota(request);
      const metadata = readMetadataChanges(request, 'account');
      await store.write(() => objects.setAccountMetadata(region, account, metadata));
      return reply.code(204).send();
    });
    routes.on('DELETE', path, (request, reply) => {
      if (readQuery(request).has('bulk-delete')) return removeMany(request, reply);
      access.account(request, 'administer');
      throw refuse('role/files');
    });
  }
}
