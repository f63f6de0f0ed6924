/** Objects and images by the command lines, each command a process of its own, as people script them. */

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { clientSession } from './programs.ts';

clientSession('swift', { packages: ['python3-swiftclient'], has: 'swift' }, async (round) => {
  const { command, steps, folder, storageUrl } = round;
  const swift = (line: string, wanted?: RegExp) =>
    command(`swift ${line}`, ['swift', ...line.split(' ')], wanted);
  writeFileSync(join(folder, 'a.txt'), 'some text');
  writeFileSync(join(folder, 'large.bin'), randomBytes(3 * 2 ** 20));
  await swift('stat', /Containers: 0/);
  await swift('capabilities', /tempurl/);
  await swift('auth', /OS_STORAGE_URL=/);
  await swift('post -m Team:blue', /^$/);
  await swift('stat', /Meta Team: blue/);
  await swift('post c -m Color:red -r .r:*,.rlistings', /^$/);
  await swift('stat c', /Read ACL: \.r:\*,\.rlistings[\s\S]*Meta Color: red/);
  await swift('upload c a.txt --object-name folder/a.txt -H x-object-meta-season:winter', /folder\/a\.txt/);
  await swift('upload c large.bin --segment-size 1048576 --use-slo', /large\.bin/);
  await swift('stat c folder/a.txt', /Meta Season: winter/);
  await swift('list c', /^folder\/a\.txt\nlarge\.bin\n$/);
  await swift('list c --long --totals', /3145737|3\.0M/);
  await swift('list c --prefix folder/ --delimiter /', /folder\/a\.txt/);
  await swift('list', /^c\nc_segments\n$/);
  await swift('download c large.bin -o again.bin', /large\.bin/);
  await steps.step('the same bytes come back', async () =>
    assert.ok(readFileSync(join(folder, 'again.bin')).equals(readFileSync(join(folder, 'large.bin')))),
  );
  await steps.step('a public object without a token', async () => {
    assert.equal(await (await fetch(`${storageUrl}/c/folder/a.txt`)).text(), 'some text');
  });
  await swift('post c folder/a.txt -m Mood:good -H x-delete-after:3600', /^$/);
  await swift('stat c folder/a.txt', /Meta Mood: good[\s\S]*X-Delete-At/i);
  await swift('copy c folder/a.txt -d /c/copy.txt', /copied to/);
  await swift('post c -H X-Versions-Location:old', /^$/);
  await swift('stat c', /X-Versions-Location: old/i);
  await swift('upload c a.txt --changed', /a\.txt/);
  await swift('upload c a.txt --skip-identical', /(?:)/);
  await swift('post -m Team:', /^$/);
  await swift('delete --all', /large\.bin/);
  await swift('stat', /Containers: 0/);
});

clientSession('openstack', { packages: ['python3-openstackclient'], has: 'openstack' }, async (round) => {
  const { command, env, folder } = round;
  const openstack = (line: string, wanted?: RegExp) =>
    command(`openstack ${line}`, ['openstack', ...line.split(' ')], wanted);
  writeFileSync(join(folder, 'a.txt'), 'some text');
  await openstack('object store account set --property team=blue');
  await openstack('object store account show', /team='blue'/i);
  await openstack('object store account unset --property team');
  await openstack('container create c d', /\| c /);
  await openstack('container list --long', /\| d /);
  await openstack('container set --property color=red c');
  await openstack('container show c', /color='red'/i);
  await openstack('container unset --property color c');
  await openstack('object create c a.txt --name folder/a.txt', /folder\/a\.txt/);
  await openstack('object list c --long', /folder\/a\.txt \| +9 /);
  await openstack('object set --property season=winter c folder/a.txt');
  await openstack('object show c folder/a.txt', /season='winter'/i);
  await openstack('object unset --property season c folder/a.txt');
  await openstack('object save c folder/a.txt --file -', /^some text$/);
  await openstack('container save c');
  await openstack('object delete c folder/a.txt');
  await openstack('container delete -r c d');
  await openstack('image list --name given', new RegExp(env['IMAGE'] ?? ''));
  await openstack('image set --property team=blue --tag web given');
  await openstack('image show given', /team='blue'/i);
  await openstack('image unset --tag web given');
  await openstack('image delete given');
});
