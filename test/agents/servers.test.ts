import assert from 'node:assert/strict';
import { test } from 'node:test';
import { onEmulator, openPlace } from '../commands/cli.ts';
import { openMcp, yes } from './client.ts';

test('a plan for a server of a name is not carried out on another that has the name by then', async () => {
  const { emulator, owner, cli } = await openPlace({ profile: 'rackspace' }, '--speed', '1000000');
  const to = onEmulator(emulator);
  const servers = '/dfw/compute/v2/100001/servers';
  const { json } = await owner.ask('GET', '/dfw/image/v2/images?visibility=public&os_type=linux&limit=1');
  const [{ id: imageRef }] = JSON.parse(JSON.stringify(json['images']));
  const file = cli.write(
    'a.server.yaml',
    `server: { name: web, flavorRef: general1-2, imageRef: ${imageRef} }\n`,
  );
  const build = async (): Promise<string> => {
    const { code, stdout, stderr } = await cli.run(['apply', file, to, '--yes', '--json']);
    assert.equal(code, 0, stdout + stderr);
    return JSON.parse(stdout).done[0].result;
  };
  const first = await build();
  const { call, questions } = await openMcp(cli, [to], { person: yes });
  const text = 'createImage: { name: of web }\nserver: { name: web, guest: [{ write: { gb: 1 } }] }\n';
  const { plan } = await call('cloud_images_plan', { text, kind: 'server-image' });
  await owner.ask('DELETE', `${servers}/${first}`);
  const second = await build();
  const { stopped, done, calls } = await call('cloud_images_apply', { plan });
  assert.ok(questions[0]?.includes(first) && !questions[0].includes(second), questions[0]);
  assert.deepEqual([done, calls], [[], []]);
  assert.match(JSON.stringify(stopped), /The cloud has changed since the plan/);
});
