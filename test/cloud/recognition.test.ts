import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { recognizeCloud } from '../../server/cloud/session/recognition.ts';
import { onEmulator, openPlace, type Place, proxyTo } from '../commands/cli.ts';

/** Which rules hold is the cloud's to say, by whatever way somebody signs in (DECISIONS 27). */

const clouds = {
  rackspace: { region: 'DFW', place: await openPlace({}), because: "its catalogue names 'cloudImages'" },
  openstack: {
    region: 'RegionOne',
    place: await openPlace({ profile: 'openstack' }),
    because: "nothing in its catalogue or roles is Rackspace's",
  },
} as const;
const manifest = 'name: An image\nos_type: windows\ncom.rackspace__1__options: "4"\n';

for (const [profile, { region, place, because }] of Object.entries(clouds))
  describe(`a cloud of ${profile}`, async () => {
    const { cli, emulator } = place;
    const hidden = await proxyTo(emulator.url, async () => undefined);
    after(() => hidden.close());
    const name = cli.write('an.image.yaml', manifest);
    const common = { OS_AUTH_URL: `${hidden.url}/identity/v3`, OS_REGION_NAME: region };
    const readme = {
      ...common,
      OS_IDENTITY_API_VERSION: '3',
      OS_USERNAME: 'owner',
      OS_PASSWORD: 'emulator',
      OS_PROJECT_NAME: '100001',
      OS_USER_DOMAIN_NAME: 'Default',
      OS_PROJECT_DOMAIN_NAME: 'Default',
    };

    /** The plan is refused by this profile's rules, and says why those. */
    async function requireProfile(
      args: readonly string[],
      env: Record<string, string>,
      why: string = because,
    ) {
      const { code, stdout, stderr } = await cli.run(['plan', '--verbose', ...args, name], env);
      assert.equal(code, profile === 'rackspace' ? 1 : 2, stdout + stderr);
      assert.ok(stdout.includes(`Judged by the rules of ${profile}, since ${why}`), stdout);
      assert.match(stderr, new RegExp(`as owner, account 100001, .* region ${region}\\.`));
      assert.ok(stderr.includes(`The cloud is taken for ${profile}, since ${why}.`), stderr);
      const { profile: judged } = JSON.parse(
        (await cli.run(['plan', '--json', ...args, name], env)).stdout || '{}',
      );
      assert.equal(judged, profile);
    }

    test("README's variables need no --profile", () => requireProfile([], readme));

    test('the header of an emulator is believed, and its limits hold', () =>
      requireProfile([], { ...readme, OS_AUTH_URL: `${emulator.url}/identity/v3` }, 'the emulator says so'));

    test('--emulator needs none', () => requireProfile([onEmulator(emulator)], {}, 'the emulator says so'));

    test('an entry of clouds.yaml needs none', async () => {
      const auth = { auth_url: `${hidden.url}/identity`, username: 'owner', password: 'emulator' };
      mkdirSync(join(cli.home, '.config', 'openstack'), { recursive: true });
      writeFileSync(
        join(cli.home, '.config', 'openstack', 'clouds.yaml'),
        JSON.stringify({ clouds: { mine: { auth, region_name: region } } }),
      );
      await requireProfile(['--cloud', 'mine'], {});
    });

    test('a token signs in', async () => {
      const { token } = place.owner;
      await requireProfile([], { ...common, OS_AUTH_TYPE: 'v3token', OS_TOKEN: token });
      await requireProfile([], {
        ...common,
        OS_AUTH_TYPE: 'token',
        OS_TOKEN: token,
        OS_PROJECT_ID: '100001',
      });
    });

    test('an application credential signs in by its id and by its name', async () => {
      const { id, secret } = await makeCredential(place);
      const proof = {
        ...common,
        OS_AUTH_TYPE: 'v3applicationcredential',
        OS_APPLICATION_CREDENTIAL_SECRET: secret,
      };
      await requireProfile([], { ...proof, OS_APPLICATION_CREDENTIAL_ID: id });
      const byName = { ...proof, OS_APPLICATION_CREDENTIAL_NAME: 'ci', OS_USERNAME: 'owner' };
      await requireProfile([], byName);
      await requireProfile([], { ...byName, OS_USER_DOMAIN_ID: 'default' });
      const wrong = await cli.run(['plan', name], { ...byName, OS_USERNAME: 'admin' });
      assert.match(wrong.stderr, /401/);
      assert.ok(!wrong.stderr.includes(secret));
    });

    test('a setting and --profile win, and are said', async () => {
      const other = profile === 'rackspace' ? 'openstack' : 'rackspace';
      // Plain OpenStack's rules would create the image, and know no role of Rackspace's.
      const told = await cli.run(['plan', '--verbose', '--profile', other, name], readme);
      assert.equal(told.code, 1, told.stdout + told.stderr);
      assert.ok(told.stdout.includes(`Judged by the rules of ${other}, as --profile says.`), told.stdout);
      mkdirSync(join(cli.workspace, 'set'), { recursive: true });
      cli.write('set/.cloud-images.json', JSON.stringify({ profile: other }));
      const set = await cli.run(['plan', '--verbose', cli.write('set/an.image.yaml', manifest)], readme);
      assert.equal(set.code, 1, set.stdout + set.stderr);
      assert.ok(
        set.stdout.includes(
          `Judged by the rules of ${other}, as .cloud-images.json says, though ${because}.`,
        ),
        set.stdout,
      );
    });
  });

test('an API key signs in at v2.0, as rackspace_apikey', async () => {
  const { cli, emulator } = clouds.rackspace.place;
  const auth = { auth_url: `${emulator.url}/identity`, username: 'owner', api_key: 'emulator-owner' };
  const file = join(cli.home, 'key.yaml');
  writeFileSync(
    file,
    JSON.stringify({ clouds: { key: { auth_type: 'rackspace_apikey', auth, region_name: 'DFW' } } }),
  );
  const { code, stdout, stderr } = await cli.run(
    ['plan', '--cloud', 'key', '--verbose', cli.write('free.image.yaml', 'name: Free\n')],
    { OS_CLIENT_CONFIG_FILE: file },
  );
  assert.equal(code, 1, stdout + stderr);
  assert.match(stderr, /Signed in at .*\/identity\/v2\.0 as owner/);
});

test('a cloud is recognized by its catalogue, its roles or its fields', () => {
  const entry = { service: 'image', name: 'glance', region: 'One', url: 'https://image' };
  const nothing = { catalogue: [entry], roles: ['member', 'admin'], fields: ['id', 'name'] };
  assert.equal(recognizeCloud(nothing).profile, 'openstack');
  for (const [sign, because] of [
    [{ catalogue: [{ ...entry, name: 'cloudFiles' }] }, /catalogue names 'cloudFiles'/],
    [{ roles: ['identity:user-admin'] }, /role 'identity:user-admin'/],
    [{ roles: ['cloudImages:observer'] }, /role 'cloudImages:observer'/],
    [{ fields: ['id', 'RAX-AUTH:defaultRegion'] }, /answers 'RAX-AUTH:defaultRegion'/],
  ] as const) {
    const recognized = recognizeCloud({ ...nothing, ...sign });
    assert.equal(recognized.profile, 'rackspace');
    assert.match(recognized.because, because);
  }
});

async function makeCredential({ emulator, owner }: Place): Promise<{ id: string; secret: string }> {
  const answer = await fetch(`${emulator.url}/identity/v3/auth/tokens`, {
    headers: { 'x-auth-token': owner.token, 'x-subject-token': owner.token },
  });
  const { token } = (await answer.json()) as { token: { user: { id: string } } };
  const body = { application_credential: { name: 'ci' } };
  const made = await owner.ask('POST', `/identity/v3/users/${token.user.id}/application_credentials`, body);
  return JSON.parse(made.text).application_credential;
}
