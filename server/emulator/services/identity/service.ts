import { jsonBody } from '../../kernel/api.ts';
import type { Service } from '../service.ts';
import { identityV1 } from './v1/routes.ts';
import { identityV2 } from './v2/routes.ts';
import { identityAdministration } from './v3/administration.ts';
import { identityCredentials } from './v3/credentials.ts';
import { identityResources } from './v3/resources.ts';
import { identityV3 } from './v3/tokens.ts';

/** Keystone: accounts, users and their tokens. */
export const identity: Service = {
  name: 'identity',
  catalog: {
    type: 'identity',
    name: (profile) => profile.identity.serviceNames.identity,
    path: () => '/identity',
    only: 'v3',
  },
  api: () => ({
    // Some clients look for Keystone at the root, whatever path they were given.
    prefixes: ['/identity', '/v3', '/v2.0', '/v1.0'],
    rewrite: (url) => url.replace(/^\/(?=(?:v3|v2\.0|v1\.0)(?:[/?]|$))/, '/identity/'),
    errorBody: ({ path, status, title, text }) =>
      path.startsWith('/identity/v2')
        ? jsonBody({ [v2Names[status] ?? 'identityFault']: { code: status, message: text } })
        : jsonBody({ error: { code: status, message: text, title } }),
    redact: (url) => url.replace(/\/tokens\/.+/, '/tokens/…'), // v2.0 has tokens in paths
  }),
  challenge: (host) => `Keystone uri="http://${host}/identity/v3"`,
  routes: (routes, context) => {
    identityV1(routes, context);
    identityV2(routes, context);
    identityV3(routes, context);
    identityResources(routes, context);
    identityCredentials(routes, context);
    identityAdministration(routes, context);
  },
  expiries: [
    { kind: 'token', table: 'tokens' },
    { kind: 'credential', table: 'application_credentials' },
  ],
  countedTables: ['accounts', 'users'],
  seed: async (context, { accounts, users }) => ({
    plant: () => {
      for (const account of accounts) context.identity.addAccount(account);
      for (const user of users) context.identity.addUser(user);
    },
  }),
  forget: (context) => context.identity.changed(),
  removeAccount: ({ identity: records }, account) => records.removeAccount(account),
};

/** How v2.0 names what went wrong. */
const v2Names: Readonly<Record<number, string>> = {
  400: 'badRequest',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'itemNotFound',
  405: 'badMethod',
  413: 'overLimit',
};
