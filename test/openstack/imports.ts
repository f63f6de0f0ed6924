/**
 * Sources and rotations of manifests on a real Glance, by the command line: the cases of `test/commands/sources`. Run by
 * `npm run test:openstack -- imports`, which says by TEST_ACCOUNT whom to sign in as.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after } from 'node:test';
import { connect } from '../../server/cloud/cloud.ts';
import type { JsonObject } from '../../server/rules/json.ts';
import { cliIn } from '../commands/cli.ts';
import { testSources } from '../commands/sources/cases.ts';
import { openPublisher } from '../commands/sources/publisher.ts';
import { removeFolder, temporaryFolder } from '../emulator/harness.ts';
import type { Account } from './requests.ts';
import { downloadPort, region } from './services/place.ts';

const account: Account = JSON.parse(
  process.env['TEST_ACCOUNT'] ?? assert.fail('TEST_ACCOUNT says no account.'),
);
const { authUrl, user, password, project } = account;
const cloud = await connect({ authUrl, userName: user, password, project, region });
const folder = temporaryFolder();
const publisher = await openPublisher(downloadPort);
after(() => {
  publisher.close();
  removeFolder(folder);
});
const cli = cliIn(folder);
const auth = {
  auth_url: authUrl,
  username: user,
  password,
  project_name: project,
  user_domain_name: 'Default',
  project_domain_name: 'Default',
};
writeFileSync(
  join(cli.workspace, 'clouds.yaml'),
  JSON.stringify({ clouds: { real: { auth, region_name: region } } }),
);

async function list(): Promise<JsonObject[]> {
  const found: JsonObject[] = [];
  for (const hidden of ['false', 'true'])
    for await (const page of cloud.images.list({ owner: cloud.session.account.id, os_hidden: hidden }))
      found.push(...page.map((image) => Object.fromEntries(image)));
  return found;
}

for (const image of await list()) await cloud.images.delete(String(image['id']));
const base = `${cloud.session.endpoint('image', region)}/v2/images`;

testSources({
  cli,
  at: ['--cloud', 'real'],
  list,
  publisher,
  leave: async (name, status) => {
    const json = { name, disk_format: 'raw', container_format: 'bare' };
    const { id } = (await cloud.session.json(base, { method: 'POST', json })) as { id: string };
    const body = (): ReadableStream<Uint8Array> => ReadableStream.from([Buffer.from('x')]);
    const headers = { 'content-type': 'application/octet-stream' };
    if (status === 'uploading')
      await cloud.session.send(`${base}/${id}/stage`, { method: 'PUT', headers, body });
    return id;
  },
  patch: async (id, property, value) => {
    await cloud.images.patch(id, [{ op: 'replace', path: `/${property}`, value }]);
  },
});
