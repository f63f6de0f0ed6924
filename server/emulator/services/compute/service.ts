import { renewRevisions } from '../revisions.ts';
import type { Service } from '../service.ts';
import type { AttachmentRow } from '../volumes/rows.ts';
import { computeApi, createComputeRoutes } from './api/compute.ts';
import { discoveryRoutes } from './discovery.ts';
import { plantFlavors } from './flavors/defaults.ts';
import { imagingJob } from './imaging/job.ts';
import { diskControl } from './imaging/operator.ts';
import { scheduleJob } from './imaging/schedule.ts';
import { deletionJob, lifeJob } from './life/job.ts';
import { computeRoutes } from './routes.ts';
import { consolePage } from './servers/consoles.ts';
import { defineRegexp } from './servers/regexp.ts';
import { computeTables } from './tables.ts';

/** Nova: servers, their flavors and images of them. */
export const compute: Service = {
  name: 'compute',
  catalog: {
    type: 'compute',
    name: (profile) => profile.identity.serviceNames.compute,
    path: (account, _version, { compute: { hasMicroversions } }) =>
      hasMicroversions ? 'compute/v2.1' : `compute/v2/${account}`,
  },
  api: computeApi,
  routes: (routes, context) => {
    defineRegexp(context.store);
    discoveryRoutes(routes);
    consolePage(routes, context);
    const on = createComputeRoutes(routes, context);
    for (const add of computeRoutes) add(on, context);
  },
  controlRoutes: diskControl,
  jobs: (context) => ({
    server: lifeJob(context),
    'server-delete': deletionJob(context),
    'server-image': imagingJob(context),
    'server-schedule': scheduleJob(context),
  }),
  eventKinds: ['server'],
  tables: computeTables,
  countedTables: ['servers'],
  contentColumns: [
    {
      table: 'servers',
      column: 'disk_blob',
      label: { sql: "'disk of server ' || id || ' (' || name || ') in ' || region" },
    },
    {
      table: 'server_writes',
      column: 'blob',
      label: { sql: "'what was written to server ' || server" },
    },
  ],
  seed: async (context, { flavors }) => ({ plant: () => plantFlavors(context, flavors) }),
  // A cloud, or a snapshot of one, may be older than this service.
  recover: (context, after) => {
    if (after === 'restore') renewRevisions(context, 'servers');
    if (context.flavors.select('LIMIT 1').length === 0) plantFlavors(context, []);
  },
  removeAccount: ({ store, volumes }, account) => {
    const attached = store.all<AttachmentRow>(
      `SELECT a.* FROM volume_attachments a JOIN servers ON servers.region = a.region AND servers.id = a.server
       WHERE servers.account = ?`,
      account,
    );
    for (const row of attached) volumes.detach(row);
    for (const table of ['servers', 'server_groups', 'compute_quotas', 'flavor_access', 'migrations'])
      store.run(`DELETE FROM ${table} WHERE account = ?`, account);
    store.run('DELETE FROM keypairs WHERE user IN (SELECT id FROM users WHERE account = ?)', account);
  },
};
