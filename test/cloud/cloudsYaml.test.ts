import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Surroundings } from '../../server/cloud/session/cloudFiles.ts';
import { readCloud, readVariables } from '../../server/cloud/session/cloudsYaml.ts';
import { openPlace } from '../commands/cli.ts';

/** Where clouds come from: found, merged and refused as openstacksdk does, and used against a real process. */
const { emulator, owner, cli } = await openPlace({ profile: 'openstack' });

function among(
  files: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>> = {},
): Surroundings {
  return { env, home: '/home/me', folder: '/work', read: (path) => files[path.replaceAll('\\', '/')] };
}

const entry = (name: string): string =>
  `clouds: { c: { auth: { auth_url: "https://${name}/v3", username: u, password: p } } }`;

test('the first file wins: OS_CLIENT_CONFIG_FILE, this folder, the home, /etc', () => {
  const files = {
    '/told.yaml': entry('told'),
    '/work/clouds.yaml': entry('work'),
    '/home/me/.config/openstack/clouds.yaml': entry('home'),
    '/etc/openstack/clouds.yaml': entry('etc'),
  };
  const url = (around: Surroundings): string => readCloud('c', around).credentials.authUrl;
  assert.equal(url(among(files, { OS_CLIENT_CONFIG_FILE: '/told.yaml' })), 'https://told/v3');
  const places = [
    '/work/clouds.yaml',
    '/home/me/.config/openstack/clouds.yaml',
    '/etc/openstack/clouds.yaml',
  ] as const;
  for (const [at, place] of places.entries()) {
    const left = Object.fromEntries(
      Object.entries(files).filter(([path]) => places.indexOf(path as typeof place) >= at),
    );
    assert.equal(url(among(left)), `https://${['work', 'home', 'etc'][at]}/v3`);
  }
});

test('an entry takes from clouds-public.yaml what its profile says there, and states the rest itself', () => {
  const files = {
    '/work/clouds.yaml':
      'clouds: { c: { profile: acme, auth: { username: u, password: p }, region_name: Own } }',
    '/etc/openstack/clouds-public.yaml':
      'public-clouds: { acme: { auth: { auth_url: "https://acme/v3" }, region_name: Theirs } }',
  };
  const { credentials, region } = readCloud('c', among(files));
  assert.deepEqual([credentials.authUrl, region], ['https://acme/v3', 'Own']);
  const { '/work/clouds.yaml': _, ...none } = files;
  const unknown = { ...none, '/work/clouds.yaml': files['/work/clouds.yaml'].replace('acme', 'nobody') };
  assert.throws(() => readCloud('c', among(unknown)), /auth_url/);
});

test('all ways of signing in, and what secure.yaml adds', () => {
  const clouds = `clouds:
  whole:
    auth: { auth_url: "https://k/identity/", username: u, password: p, project_name: web, user_domain_name: Users, project_domain_name: Projects }
    region_name: One
  ids: { auth: { auth_url: "https://k/v3", username: u, password: 1234, project_id: abc }, regions: [Two, Three] }
  application:
    auth_type: v3applicationcredential
    auth: { auth_url: "https://k", application_credential_id: i, application_credential_secret: s }
  rax: { profile: rackspace, auth: { username: u, api_key: k }, region_name: DFW }
  key: { auth_type: rackspace_apikey, auth: { username: u, api_key: k } }
  token: { auth_type: token, auth: { auth_url: "https://k", token: t, project_id: abc, project_domain_id: d } }
  old: { auth_type: v2token, auth: { auth_url: "https://k", token: t } }
  named:
    auth_type: v3applicationcredential
    auth: { auth_url: "https://k/v3", application_credential_name: n, application_credential_secret: s, username: u, user_domain_id: d }
  ofId: { auth: { auth_url: "https://k/v3", application_credential_name: n, application_credential_secret: s, user_id: i } }
  split: { auth: { auth_url: "https://k/v3", username: u } }
`;
  const secure = 'clouds: { split: { auth: { password: hidden } } }';
  const around = among({ '/work/clouds.yaml': clouds, '/work/secure.yaml': secure });
  assert.deepEqual(readCloud('whole', around), {
    credentials: {
      authUrl: 'https://k/identity/v3',
      userName: 'u',
      password: 'p',
      project: 'web',
      userDomain: { name: 'Users' },
      projectDomain: { name: 'Projects' },
    },
    region: 'One',
  });
  assert.deepEqual(readCloud('ids', around), {
    credentials: { authUrl: 'https://k/v3', userName: 'u', password: '1234', projectId: 'abc' },
    region: 'Two',
  });
  assert.deepEqual(readCloud('application', around).credentials, {
    authUrl: 'https://k/v3',
    applicationCredential: { id: 'i', secret: 's' },
  });
  assert.deepEqual(readCloud('rax', around), {
    credentials: { authUrl: 'https://identity.api.rackspacecloud.com/v2.0', userName: 'u', apiKey: 'k' },
    region: 'DFW',
    profile: 'rackspace',
  });
  const credentials = (name: string) => readCloud(name, around).credentials;
  const identity = 'https://identity.api.rackspacecloud.com/v2.0';
  assert.deepEqual(credentials('key'), { authUrl: identity, userName: 'u', apiKey: 'k' });
  assert.deepEqual(credentials('token'), {
    authUrl: 'https://k/v3',
    token: 't',
    projectId: 'abc',
    projectDomain: { id: 'd' },
  });
  assert.deepEqual(credentials('old'), { authUrl: 'https://k/v2.0', token: 't' });
  assert.deepEqual(credentials('named'), {
    authUrl: 'https://k/v3',
    applicationCredential: { name: 'n', secret: 's', user: { name: 'u', domain: { id: 'd' } } },
  });
  assert.deepEqual(credentials('ofId'), {
    authUrl: 'https://k/v3',
    applicationCredential: { name: 'n', secret: 's', user: { id: 'i' } },
  });
  const split = readCloud('split', around).credentials;
  assert.ok('password' in split && split.password === 'hidden');
});

test('what is wrong is named by file and key, and no secret is shown', () => {
  const cases: [string, RegExp][] = [
    ['clouds: { d: {} }', /^\/work\/clouds\.yaml has no cloud 'c'; it has d\.$/],
    ['cloud: {}', /^\/work\/clouds\.yaml has no mapping 'clouds'\.$/],
    ['clouds: { c: { auth: { username: u, password: sesame } } }', /clouds\.c: auth\.auth_url is missing/],
    [
      'clouds: { c: { auth: { auth_url: nowhere, password: sesame } } }',
      /clouds\.c: auth\.auth_url is no address/,
    ],
    [
      'clouds: { c: { auth: { auth_url: "https://k", password: sesame } } }',
      /clouds\.c: auth\.username is missing/,
    ],
    [
      'clouds: { c: { auth: { auth_url: "https://k", username: u } } }',
      /clouds\.c: auth\.password is missing/,
    ],
    ['clouds: { c: { auth: { auth_url: "https://k", username: [sesame] } } }', /auth\.username must be text/],
    [
      'clouds: { c: { auth: { application_credential_id: i, auth_url: "https://k" } } }',
      /application_credential_secret is missing/,
    ],
    [
      'clouds: { c: { auth_type: v3kerberos, auth: { auth_url: "https://k", password: sesame } } }',
      /clouds\.c: the auth_type 'v3kerberos' is not known here\. Use one of password, .*rackspace_token\.$/,
    ],
    [
      'clouds: { c: { auth_type: token, auth: { auth_url: "https://k", password: sesame } } }',
      /clouds\.c: auth\.token is missing/,
    ],
    [
      'clouds:\n  c:\n    auth: { password: "sesame }\n',
      /^\/work\/clouds\.yaml, line \d: this is not valid YAML/,
    ],
  ];
  for (const [text, words] of cases)
    assert.throws(
      () => readCloud('c', among({ '/work/clouds.yaml': text })),
      (error) => {
        assert.ok(error instanceof Error);
        assert.match(error.message, words);
        assert.doesNotMatch(error.message, /sesame/);
        return true;
      },
    );
  assert.throws(() => readCloud('c', among({})), /There is no clouds\.yaml \(looked in \/work, /);
});

test('variables name a cloud too', () => {
  assert.equal(readVariables({}), undefined);
  const env = {
    OS_AUTH_URL: 'https://k/v3',
    OS_USERNAME: 'u',
    OS_PASSWORD: 'p',
    OS_PROJECT_NAME: 'web',
    OS_REGION_NAME: 'One',
  };
  assert.deepEqual(readVariables(env), {
    credentials: { authUrl: 'https://k/v3', userName: 'u', password: 'p', project: 'web' },
    region: 'One',
  });
  assert.throws(
    () => readVariables({ OS_AUTH_URL: 'https://k/v3', OS_USERNAME: 'u' }),
    /OS_PASSWORD is missing/,
  );
});

test('an apply goes by clouds.yaml, by variables and by an application credential', async () => {
  const name = cli.write(
    'made.image.yaml',
    'name: Made\nrole: web\nvisibility: shared\nmembers: ["100002"]\n',
  );
  const auth = `auth_url: "${emulator.url}/identity", project_name: "100001"`;
  mkdirSync(join(cli.home, '.config', 'openstack'), { recursive: true });
  const file = join(cli.home, '.config', 'openstack', 'clouds.yaml');
  writeFileSync(
    file,
    `clouds:\n  mine: { auth: { ${auth}, username: owner, password: emulator }, region_name: RegionOne }\n  wrong: { auth: { ${auth}, username: owner, password: sesame }, region_name: RegionOne }\n`,
  );
  const made = await cli.run(['apply', '--yes', '--cloud', 'mine', '--json', name]);
  assert.equal(made.code, 0, made.stdout + made.stderr);
  const id = JSON.parse(made.stdout).done[0].result;
  const { json } = await owner.ask('GET', `/regionone/image/v2/images/${id}`);
  assert.deepEqual([json['name'], json['role'], json['status']], ['Made', 'web', 'queued']);
  const { json: shared } = await owner.ask('GET', `/regionone/image/v2/images/${id}/members`);
  assert.equal(JSON.stringify(shared).includes('100002'), true);

  const variables = {
    OS_AUTH_URL: `${emulator.url}/identity/v3`,
    OS_USERNAME: 'owner',
    OS_PASSWORD: 'emulator',
    OS_PROJECT_NAME: '100001',
    OS_REGION_NAME: 'RegionOne',
  };
  const again = await cli.run(['plan', name], variables);
  assert.equal(again.code, 0, again.stderr);
  assert.match(again.stdout, /nothing to do/);
  const byName = await cli.run(['plan', name], { OS_CLOUD: 'mine' });
  assert.equal(byName.code, 0, byName.stderr);
  const wrong = await cli.run(['plan', '--cloud', 'wrong', name]);
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /401/);
  assert.doesNotMatch(wrong.stderr + wrong.stdout, /sesame/);

  const body = { application_credential: { name: 'ci', roles: [{ name: 'member' }] } };
  const v3 = await fetch(`${emulator.url}/identity/v3/auth/tokens`, {
    headers: { 'x-auth-token': owner.token, 'x-subject-token': owner.token },
  });
  const { token } = (await v3.json()) as { token: { user: { id: string } } };
  const asked = await owner.ask('POST', `/identity/v3/users/${token.user.id}/application_credentials`, body);
  assert.equal(asked.status, 201, asked.text);
  const { id: credential, secret } = JSON.parse(asked.text).application_credential;
  const byApplication = await cli.run(['plan', name], {
    OS_AUTH_TYPE: 'v3applicationcredential',
    OS_AUTH_URL: `${emulator.url}/identity/v3`,
    OS_APPLICATION_CREDENTIAL_ID: credential,
    OS_APPLICATION_CREDENTIAL_SECRET: secret,
    OS_REGION_NAME: 'RegionOne',
  });
  assert.equal(byApplication.code, 0, byApplication.stderr);
  assert.match(byApplication.stdout, /nothing to do/);
});
