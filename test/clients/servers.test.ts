import { ensureDebian } from '../tools/debian.ts';
import { living, makeBase } from './base.ts';
import { memberOf, refused, session, silent } from './session.ts';

session('openstack: a server is built, imaged, changed, deleted', living, async (all) => {
  await makeBase(all);
  const { openstack: owner } = all.as('owner');
  const { openstack: reader } = all.as('observer');
  const { openstack: partner } = all.as('partner', '100002');
  const made = await owner(
    'server create --image base --flavor m1.tiny --network shared-net --property a=b --wait web',
    { name: 'web', status: 'ACTIVE', properties: { a: 'b' } },
  );
  const id = memberOf(made, 'id');
  await owner(
    `server create --image base --flavor m1.tiny --network shared-net --property ${'k'.repeat(256)}=x web`,
    refused(/HTTP 400/),
  );
  await owner(
    'server create --image base --flavor none --network shared-net web',
    refused(/No flavor|none/i),
  );
  await owner('server list', [{ Name: 'web', Status: 'ACTIVE', Image: 'base', Flavor: 'm1.tiny' }]);
  await reader('server show web', { id });
  await partner('server list', []);
  await partner(`server show ${id}`, refused(/No server|not found/i));

  await owner('server image create --name taken --property of=web --wait web', /taken/);
  await owner('image show taken', {
    status: 'active',
    properties: { of: 'web', instance_uuid: id, os_distro: 'debian', image_type: 'snapshot' },
  });
  await owner(`image list --property instance_uuid=${id}`, [{ Name: 'taken' }]);
  await owner('server set --property team=blue web', silent);
  await owner(`server set --property ${'k'.repeat(256)}=x web`, refused(/HTTP 400/));
  await reader('server unset --property a web', silent); // any role in the project may
  await owner('server show web', { properties: { team: 'blue' } });

  await owner('server rebuild --image taken web', /taken/);
  await owner('server show web', { status: 'ACTIVE' }, { inTime: true });
  await owner('server resize --flavor m1.small web', silent);
  await owner('server show web', { status: 'VERIFY_RESIZE' }, { inTime: true });
  await owner('server resize confirm web', silent);
  await owner('server show web', { status: 'ACTIVE' }, { inTime: true });
  await owner('server stop web', silent);
  await owner('server show web', { status: 'SHUTOFF' }, { inTime: true });
  await owner('server stop web', refused(/HTTP 409/));
  await owner('server start web', silent);
  await owner('server show web', { status: 'ACTIVE' }, { inTime: true });
  await owner('server reboot --hard --wait web', /Complete/);
  await owner('server lock web', silent);
  await owner('server set --name web2 web', silent);
  await owner('server unlock web2', silent);
  await owner('server event list web2', /create/);
  await owner('server delete web2', silent);
  await owner('server show web2', refused(/No server found for web2|No server with/), { inTime: true });
  await owner('image delete taken', silent);
});

const python = '/usr/lib/python3/dist-packages';

session('openstacksdk: a server is built, imaged, changed, deleted', living, async (all) => {
  ensureDebian(['python3-openstacksdk'], `${python}/openstack`);
  await makeBase(all);
  await all.script('owner', '/usr/bin/python3', ['servers/openstacksdk.py']);
});

session('libcloud: a server is built, imaged, changed, deleted', living, async (all) => {
  ensureDebian(['python3-libcloud'], `${python}/libcloud`);
  await makeBase(all);
  await all.script('owner', '/usr/bin/python3', ['servers/apacheLibcloud.py']);
});

session('fog: a server is built, imaged, changed, deleted', living, async (all) => {
  ensureDebian(['ruby', 'ruby-fog-openstack'], '/usr/share/rubygems-integration/all/gems/fog-openstack-*');
  await makeBase(all);
  await all.script('owner', '/usr/bin/ruby', ['servers/fog.rb']);
});
