import { randomUUID } from 'node:crypto';
import type { Store } from '../../store/store.ts';
import type { Service } from '../service.ts';
import { allowsOrigin, describeToPage } from './cors.ts';
import { stripAccountPrefix } from './paths.ts';
import { renderRefusal, unreadablePath } from './refusals.ts';
import { objectRoutes } from './routes.ts';

/** Swift: containers and objects. */
export const objects: Service = {
  name: 'objects',
  catalog: [
    {
      type: 'object-store',
      name: (profile) => profile.identity.serviceNames['object-store'],
      path: (account) => `object-store/v1/${account}`,
      accountPrefix: (profile) => profile.identity.accountPrefix,
    },
    {
      type: 'rax:object-cdn',
      name: (profile) => profile.identity.cdnName,
      path: (account) => `object-cdn/v1/${account}`,
      accountPrefix: (profile) => profile.identity.accountPrefix,
    },
  ],
  api: (context) => ({
    prefixes: ['/:region/object-store', '/:region/object-cdn', '/info', '/crossdomain.xml'],
    emptyType: 'text/html; charset=UTF-8',
    errorBody: renderRefusal,
    unreadablePath,
    allowsOrigin: (request, origin) => request.method === 'OPTIONS' || allowsOrigin(context, request, origin),
    describeToPage: (request, reply) => describeToPage(context, request, reply),
    requestIds: { header: 'x-trans-id', create: createTransactionId },
    beforeUnknown: ({ url, headers }) => {
      if (/^\/[^/]+\/object-store\/v\d/.test(url)) context.identity.authenticate(headers['x-auth-token']);
    },
    redact: (url) => url.replace(/([?&]temp_url_sig=)[^&]*/gi, '$1***'),
    payer: ({ url }) => {
      const [, account] = /^\/[^/]+\/object-store\/v1\/([^/?]+)/.exec(url) ?? [];
      return account === undefined ? undefined : stripAccountPrefix(account);
    },
    isDownload: ({ method, url }) =>
      method === 'GET' && /^\/[^/]+\/object-store\/v1\/[^/?]+\/[^/?]+\/[^?]/.test(url),
  }),
  routes: objectRoutes,
  eventKinds: ['container', 'object'],
  expiries: [{ kind: 'object', table: 'objects', remove: (context) => context.objects.expire() }],
  contentColumns: [
    {
      table: 'objects',
      column: 'blob',
      label: {
        sql: "'object ' || c.name || '/' || o.name || ' of account ' || c.account || ' in ' || c.region",
        from: 'objects o JOIN containers c ON c.key = o.container',
      },
    },
    {
      table: 'object_versions',
      column: 'blob',
      label: {
        sql: "'a version of object ' || c.name || '/' || v.name || ' of account ' || c.account || ' in ' || c.region",
        from: 'object_versions v JOIN containers c ON c.key = v.container',
      },
    },
  ],
  countedTables: ['containers', 'objects'],
  seed: async ({ objects, regions }, { accounts, demo }) => ({
    plant: () => {
      if (!demo) return;
      for (const region of regions)
        for (const { id } of accounts) objects.putContainer(region, id, 'exports', {});
    },
  }),
  removeAccount: ({ store }, account) => {
    for (const table of ['objects', 'object_versions'])
      store.run(
        `DELETE FROM ${table} WHERE container IN (SELECT key FROM containers WHERE account = ?)`,
        account,
      );
    store.run('DELETE FROM containers WHERE account = ?', account);
  },
  measure: (store, region, account) =>
    store.get(
      `SELECT coalesce(sum(objects), 0) AS count, coalesce(sum(bytes), 0) AS bytes FROM containers
       WHERE region = ? AND account = ?`,
      region,
      account,
    ) ?? { count: 0, bytes: 0 },
  findProblems: function* (store: Store) {
    for (const { name, region } of store.all<{ name: string; region: string }>(
      `SELECT c.name, c.region FROM containers c LEFT JOIN objects o ON o.container = c.key GROUP BY c.key
       HAVING c.objects <> count(o.name) OR c.bytes <> coalesce(sum(o.size), 0)`,
    ))
      yield `The totals of container ${name} in ${region} are not those of its objects.`;
  },
};

/** Swift names requests in its own way (SOURCES: glance §12). */
function createTransactionId(): string {
  const time = Math.floor(Date.now() / 1000).toString(16);
  return `tx${randomUUID().replaceAll('-', '').slice(0, 21)}-${time.padStart(10, '0')}`;
}
