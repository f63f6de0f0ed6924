import { randomUUID } from 'node:crypto';
import { type Failure, jsonBody } from '../../kernel/api.ts';
import { nameFault } from '../faultNames.ts';
import { authenticationRequired } from '../identity/answers.ts';
import { renderImageError } from '../images/errorBody.ts';
import type { Service } from '../service.ts';
import { volumeJob } from './jobs.ts';
import { createVolumeRouter } from './requests.ts';
import { actionRoutes } from './routes/actions.ts';
import { aroundRoutes } from './routes/around.ts';
import { attachmentRoutes } from './routes/attachments.ts';
import { volumeDiscovery } from './routes/discovery.ts';
import { metadataRoutes } from './routes/metadata.ts';
import { snapshotRoutes } from './routes/snapshots.ts';
import { volumeRoutes } from './routes/volumes.ts';
import { volumeTables } from './rows.ts';

/** Cinder: volumes, their snapshots and attachments. Clients look for it under either type. */
export const volumes: Service = {
  name: 'volumes',
  catalog: ['volumev3', 'block-storage'].map((type) => ({
    type,
    name: (profile) => profile.identity.serviceNames.volume,
    path: (account) => `volume/v3/${account}`,
  })),
  api: (context) => ({
    prefixes: ['/:region/volume'],
    errorBody: renderVolumeError,
    hidesMethods: true,
    requestIds: { header: 'x-compute-request-id', create: () => `req-${randomUUID()}` },
    beforeUnknown: ({ headers }) => {
      context.identity.authenticate(headers['x-auth-token']);
    },
  }),
  routes: (routes, context) => {
    volumeDiscovery(routes, context);
    const on = createVolumeRouter(routes, context);
    for (const add of [
      volumeRoutes,
      snapshotRoutes,
      actionRoutes,
      metadataRoutes,
      attachmentRoutes,
      aroundRoutes,
    ])
      add(on);
  },
  jobs: (context) => ({ volume: volumeJob(context) }),
  eventKinds: ['volume', 'volume-snapshot'],
  tables: volumeTables,
  contentColumns: [
    { table: 'volumes', column: 'blob', label: { sql: "'volume ' || id || ' in ' || region" } },
    {
      table: 'volume_snapshots',
      column: 'blob',
      label: { sql: "'snapshot ' || id || ' of volume ' || volume || ' in ' || region" },
    },
  ],
  countedTables: ['volumes', 'volume_snapshots'],
  removeAccount: ({ store }, account) => {
    store.run('DELETE FROM volume_snapshots WHERE account = ?', account);
    store.run('DELETE FROM volumes WHERE account = ?', account);
  },
  measure: (store, region, account) =>
    store.get(
      'SELECT count(*) AS count, coalesce(sum(size), 0) * 1073741824 AS bytes FROM volumes WHERE region = ? AND account = ?',
      region,
      account,
    ) ?? { count: 0, bytes: 0 },
};

/** As Cinder does (SOURCES: cinder §2). */
function renderVolumeError({ accept, status, title, text, rule }: Failure) {
  if (status === 401)
    return jsonBody({
      error: { code: 401, title, message: authenticationRequired },
    });
  if (rule === 'request/not-found' || rule === 'request/body-size')
    return renderImageError({ accept, status, title, text });
  return jsonBody({
    [nameFault(status)]: {
      code: status,
      message: text,
      ...(status === 413 ? { retryAfter: '0' } : {}),
    },
  });
}
