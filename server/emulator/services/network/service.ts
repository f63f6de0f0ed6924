import { type Failure, jsonBody } from '../../kernel/api.ts';
import { couldNotComply } from '../../kernel/apiError.ts';
import { authenticationRequired } from '../identity/answers.ts';
import type { Service } from '../service.ts';
import { typeOf } from './faults.ts';
import { groupTables } from './groups/records.ts';
import { quotaTables } from './quotas.ts';
import { networkTables } from './records.ts';
import { networkRoutes } from './routes.ts';

/** Neutron: the networks that all share, for servers to be attached to, and security groups. */
export const network: Service = {
  name: 'network',
  catalog: {
    type: 'network',
    name: (profile) => profile.identity.serviceNames.network,
    path: () => 'network',
  },
  api: (context) => ({
    prefixes: ['/:region/network'],
    errorBody: renderNetworkError,
    beforeUnknown: ({ headers }) => {
      context.identity.authenticate(headers['x-auth-token']);
    },
  }),
  routes: networkRoutes,
  tables: [...networkTables, ...groupTables, ...quotaTables],
  seed: async ({ networks }, seed) => ({ plant: () => networks.plant(seed.networks) }),
  // A cloud, or a snapshot of one, may be older than this service.
  recover: ({ networks }) => {
    if (networks.list().length === 0) networks.plant([]);
  },
  removeAccount: ({ store }, account) => {
    for (const table of ['security_groups', 'network_quotas'])
      store.run(`DELETE FROM ${table} WHERE account = ?`, account);
  },
};

function renderNetworkError({ status, title, text }: Failure) {
  if (status === 401) return jsonBody({ error: { code: 401, title, message: authenticationRequired } });
  const message = status === 405 ? couldNotComply : text;
  return jsonBody({ NeutronError: { type: typeOf(status, text), message, detail: '' } });
}
