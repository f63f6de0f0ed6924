import type { RefusalId } from '../../../rules/ids.ts';
import { type Body, jsonBody } from '../../kernel/api.ts';
import type { Service } from '../service.ts';
import { identityTables } from './tables.ts';
import { identityV1 } from './v1/routes.ts';
import { identityV2 } from './v2/routes.ts';
import { identityAccessRules } from './v3/accessRules.ts';
import { identityAdministration } from './v3/administration.ts';
import { identityCredentials } from './v3/credentials.ts';
import { identityEc2 } from './v3/ec2.ts';
import { identityResources } from './v3/resources.ts';
import { identityStoredCredentials } from './v3/storedCredentials.ts';
import { identityTags } from './v3/tags.ts';
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
    headers: { vary: 'X-Auth-Token' },
    plainJson: true,
    errorBody: ({ path, status, title, text, rule }) =>
      flaskBody(rule) ??
      (path.startsWith('/identity/v2')
        ? jsonBody({ [v2Names[status] ?? 'identityFault']: { code: status, message: text } })
        : jsonBody({ error: { code: status, message: text, title } })),
    redact: (url) => url.replace(/\/tokens\/.+/, '/tokens/…'), // v2.0 has tokens in paths
  }),
  challenge: (host) => `Keystone uri="http://${host}/identity/v3"`,
  routes: (routes, context) => {
    identityV1(routes, context);
    identityV2(routes, context);
    identityV3(routes, context);
    identityResources(routes, context);
    identityCredentials(routes, context);
    identityAccessRules(routes, context);
    identityEc2(routes, context);
    identityTags(routes, context);
    identityStoredCredentials(routes, context);
    identityAdministration(routes, context);
  },
  expiries: [
    { kind: 'token', table: 'tokens' },
    { kind: 'credential', table: 'application_credentials' },
  ],
  tables: identityTables,
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

/** Paths and methods that Keystone does not know are refused by Flask, in front of it. */
function flaskBody(rule: RefusalId): Body | undefined {
  if (rule === 'request/method')
    return jsonBody({ message: 'The method is not allowed for the requested URL.' });
  if (rule !== 'request/not-found') return undefined;
  return {
    type: 'text/html; charset=utf-8',
    text: `<!doctype html>
<html lang=en>
<title>404 Not Found</title>
<h1>Not Found</h1>
<p>The requested URL was not found on the server. If you entered the URL manually please check your spelling and try again.</p>
`,
  };
}
