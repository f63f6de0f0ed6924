import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeDisk } from '../tools/disks.ts';
import { imageNow, onEmulator, openPlace } from './cli.ts';

/** `cloud-images` with manifests of servers and of their images. */

const importOf = `type: import
input:
  import_from: exports/web.vhd
  image_properties: { name: Web }
`;

test('a file imports a disk, boots it, takes an image and exports that; undo takes all of it back', async () => {
  const { emulator, owner, cli } = await openPlace({ profile: 'rackspace' }, '--speed', '1000000');
  mkdirSync(join(cli.workspace, 'exports'));
  makeDisk(join(cli.workspace, 'exports', 'web.vhd'), 'linux');
  const file = cli.write(
    'web.image-import.yaml',
    `${importOf}---
{ name: Web, vm_mode: hvm, xenapi_use_agent: "False", img_config_drive: mandatory }
---
server: { name: web, flavorRef: general1-2 }
---
createImage: { name: Web of today, metadata: { team: blue } }
server: { disk: { used_gb: 2 } }
---
{ name: Web of today, tags: [golden] }
---
{ type: export, input: { receiving_swift_container: exports } }
`,
  );
  const to = onEmulator(emulator);
  const plan = await cli.run(['plan', file, to]);
  assert.equal(plan.code, 2, plan.stdout + plan.stderr);
  assert.match(plan.stdout, /document 3: new server 'web'\n {2}\+ name: "web"/);
  assert.match(plan.stdout, /document 4: image of the server that its file builds/);
  assert.match(plan.stdout, /document 5: the image that web\.image-import\.yaml, document 4 makes/);
  assert.match(plan.stdout, /Plan: 1 import, 1 export, 1 server, 1 image of a server, 2 changes/);

  const applied = await cli.run(['apply', file, to, '--yes', '--json']);
  assert.equal(applied.code, 0, applied.stdout + applied.stderr);
  const { done, undo } = JSON.parse(applied.stdout);
  const results = done.map((one: { type: string; result: string }) => [one.type, one.result]);
  const [imported, described, server, image, tagged, exported] = results;
  assert.deepEqual(
    results.map(([type]: string[]) => type),
    ['import', 'change', 'server', 'server-image', 'change', 'export'],
  );
  assert.equal(described[1], imported[1]);
  assert.equal(tagged[1], image[1]);
  assert.equal(exported[1], `exports/${image[1]}.vhd`);
  const made = await imageNow(owner, 'dfw', image[1]);
  assert.deepEqual(
    ['name', 'tags', 'team', 'vm_mode', 'image_type', 'instance_uuid', 'base_image_ref', 'status'].map(
      (name) => made[name],
    ),
    ['Web of today', ['golden'], 'blue', 'hvm', 'snapshot', server[1], imported[1], 'active'],
  );

  const undone = await cli.run(['apply', '--undo', undo, to, '--yes']);
  assert.equal(undone.code, 0, undone.stdout + undone.stderr);
  assert.match(undone.stdout, /delete server 'web'/);
  const account = '100001';
  assert.equal((await owner.ask('GET', `/dfw/compute/v2/${account}/servers/${server[1]}`)).status, 404);
  assert.equal((await owner.ask('GET', `/dfw/image/v2/images/${image[1]}`)).status, 404);
  assert.equal((await owner.ask('GET', `/dfw/image/v2/images/${imported[1]}`)).status, 404);
});
