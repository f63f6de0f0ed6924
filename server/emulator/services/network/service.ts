import { type Failure, jsonBody } from '../../kernel/api.ts';
import { couldNotComply } from '../../kernel/apiError.ts';
import { authenticationRequired } from '../identity/answers.ts';
import type { Service } from '../service.ts';
import { networkTables } from './records.ts';
import { networkRoutes } from './routes.ts';

/** Neutron: the networks that all share, for servers to be attached to. */
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
  tables: networkTables,
  seed: async ({ networks }, seed) => ({ plant: () => networks.plant(seed.networks) }),
  // A cloud, or a snapshot of one, may be older than this service.
  recover: ({ networks }) => {
    if (networks.list().length === 0) networks.plant([]);
  },
};

/** What Neutron calls the fault whose message begins so (SOURCES: neutron §1). */
const namedFaults: readonly (readonly [beginning: string, type: string])[] = [
  ['Network ', 'NetworkNotFound'],
  ['Subnet ', 'SubnetNotFound'],
  ['Port ', 'PortNotFound'],
  ['Security group rule ', 'SecurityGroupRuleNotFound'],
  ['Security group ', 'SecurityGroupNotFound'],
  ['Bad limit request', 'BadRequest'],
  ['Invalid input for operation', 'InvalidInput'],
];

const types: Readonly<Record<number, string>> = {
  400: 'HTTPBadRequest',
  403: 'PolicyNotAuthorized',
  404: 'HTTPNotFound',
  405: 'HTTPMethodNotAllowed',
};

function renderNetworkError({ status, title, text }: Failure) {
  if (status === 401) return jsonBody({ error: { code: 401, title, message: authenticationRequired } });
  const named = namedFaults.find(([beginning]) => text.startsWith(beginning));
  const type = named?.[1] ?? types[status] ?? 'HTTPInternalServerError';
  const message = status === 405 ? couldNotComply : text;
  return jsonBody({ NeutronError: { type, message, detail: '' } });
}
