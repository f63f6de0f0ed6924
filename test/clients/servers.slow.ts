/** What takes a minute, or 500 MB of Go: `npm test` leaves it to `npm run test:clients`. */
import { ensureDebian } from '../tools/debian.ts';
import { living, makeBase } from './base.ts';
import { refused, session, silent } from './session.ts';

session('nova: a server is built, imaged, changed, deleted', living, async (all) => {
  await makeBase(all);
  const { nova: owner } = all.as('owner');
  await owner(
    'boot --image base --flavor m1.tiny --nic net-name=shared-net --meta a=b --poll web',
    /Finished/,
  );
  await owner('list', [{ Name: 'web', Status: 'ACTIVE' }]);
  await owner('show web', { status: 'ACTIVE', metadata: '{"a": "b"}' });
  await owner('image-create --poll --metadata of=web web taken', /Finished/);
  await all.as('owner').openstack('image show taken', { status: 'active', properties: { of: 'web' } });
  await owner('meta web set team=blue', silent);
  await owner(`meta web set ${'k'.repeat(256)}=x`, refused(/HTTP 400/));
  await owner('meta web delete a', silent);
  await owner('show web', { metadata: '{"team": "blue"}' });
  await owner('rebuild --poll web taken', /Finished/);
  await owner('resize --poll web m1.small', /Finished/);
  await owner('resize-confirm web', silent);
  await owner('show web', { status: 'ACTIVE' }, { inTime: true });
  await owner('stop web', /has been accepted/);
  await owner('show web', { status: 'SHUTOFF' }, { inTime: true });
  await owner('stop web', refused(/HTTP 409/));
  await owner('start web', /has been accepted/);
  await owner('show web', { status: 'ACTIVE' }, { inTime: true });
  await owner('reboot --hard --poll web', /has been accepted/);
  await owner('instance-action-list web', /createImage/);
  await owner('delete web', /has been accepted/);
  await owner('list', [], { inTime: true });
});

session('gophercloud: a server is built, imaged, changed, deleted', living, async (all) => {
  const go = ['golang-go', 'golang-github-gophercloud-gophercloud-dev'];
  ensureDebian(go, '/usr/share/gocode/src/github.com/gophercloud/gophercloud');
  ensureDebian(go, 'go');
  await makeBase(all);
  const environment = {
    GO111MODULE: 'off',
    GOPATH: '/usr/share/gocode',
    GOFLAGS: '',
    GOCACHE: all.file('go'),
  };
  await all.script('owner', '/usr/bin/go', ['run', 'servers/gophercloud.go'], environment);
});
