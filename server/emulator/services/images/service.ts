import type { Store } from '../../store/store.ts';
import { renewRevisions } from '../revisions.ts';
import type { Service } from '../service.ts';
import { actionRoutes } from './actions.ts';
import { cacheRoutes, cacheTables, imageCacheJob } from './cache.ts';
import { createRoute } from './create.ts';
import { dataRoutes, recoverUploads } from './data.ts';
import { imageDiscovery, rewriteVersion } from './discovery.ts';
import { renderImageError } from './errorBody.ts';
import { imageImportJob } from './imports/job.ts';
import { importRoutes } from './imports/routes.ts';
import { storeRoutes } from './imports/stores.ts';
import { createBodies } from './list/bodies.ts';
import { listRoute } from './list/routes.ts';
import { memberRoutes } from './members.ts';
import { operatorRoutes } from './operator.ts';
import { imageRoutes } from './routes.ts';
import { seedBaseImages } from './seed/baseImages.ts';
import { tagRoutes } from './tags.ts';

/** Glance: images, their data, members and imports. */
export const images: Service = {
  name: 'images',
  catalog: {
    type: 'image',
    name: (profile) => profile.identity.serviceNames.image,
    path: (_account, version) => (version === 'v3' ? 'image' : 'image/v2'),
  },
  api: (context) => ({
    prefixes: ['/:region/image'],
    errorBody: renderImageError,
    plainJson: true,
    rewrite: (url) => rewriteVersion(context, url),
    beforeUnknown: ({ url, headers }) => {
      if (/^\/[^/]+\/image\/v\d/.test(url)) context.identity.authenticate(headers['x-auth-token']);
    },
    payer: ({ headers }) => {
      const token = headers['x-auth-token'];
      return context.identity.session(typeof token === 'string' ? token : undefined)?.account?.id;
    },
  }),
  routes: (routes, context) => {
    const bodies = createBodies(context);
    imageDiscovery(routes, context);
    listRoute(routes, context, bodies);
    imageRoutes(routes, context, bodies);
    for (const add of [
      tagRoutes,
      createRoute,
      dataRoutes,
      importRoutes,
      storeRoutes,
      actionRoutes,
      memberRoutes,
      cacheRoutes,
    ])
      add(routes, context);
  },
  controlRoutes: operatorRoutes,
  jobs: (context) => ({ 'image-import': imageImportJob(context), 'image-cache': imageCacheJob(context) }),
  tables: cacheTables,
  eventKinds: ['image'],
  contentColumns: ['blob', 'staged'].map((column) => ({
    table: 'images',
    column,
    label: { sql: "'image ' || id || coalesce(' (' || name || ')', '') || ' in ' || region" },
  })),
  countedTables: ['images'],
  seed: seedBaseImages,
  recover: (context, after) => {
    if (after === 'restore') renewRevisions(context, 'images');
    recoverUploads(context);
  },
  forget: (context) => context.images.changed(),
  removeAccount: ({ store }, account) => {
    store.run('DELETE FROM images WHERE owner = ?', account);
    store.run('DELETE FROM image_members WHERE member = ?', account);
  },
  measure: (store, region, account) =>
    store.get(
      'SELECT count(*) AS count, coalesce(sum(size), 0) AS bytes FROM images WHERE region = ? AND owner = ?',
      region,
      account,
    ) ?? { count: 0, bytes: 0 },
  findProblems: function* (store: Store) {
    for (const { id, region } of store.all<{ id: string; region: string }>(
      `SELECT id, region FROM images WHERE status = 'active' AND blob IS NULL`,
    ))
      yield `Image ${id} in ${region} is active and has no data.`;
  },
};
