import { writeFileSync } from 'node:fs';
import { memberOf, openstackProfile, refused, session, silent } from './session.ts';

session('openstack: lists by every option', openstackProfile, async ({ as, file }) => {
  const { openstack: owner, glance } = as('owner');
  const { openstack: admin } = as('admin');
  for (const size of [10, 20, 30]) writeFileSync(file(`${size}`), Buffer.alloc(size));
  await owner('image create --file 20 --private --tag x --property os=linux b', { name: 'b' });
  await owner('image create --file 10 --tag x --tag y --property os=linux a', { name: 'a' });
  await owner('image create --community c', { name: 'c' });
  await glance('image-create --name e --visibility private', { name: 'e', status: 'queued' });
  await admin('image create --file 30 --public d', { name: 'd', visibility: 'public' });
  const named = (...names: string[]) => names.map((Name) => ({ Name }));

  await owner('image list', named('a', 'b', 'c', 'd', 'e'));
  await owner('image list --private', named('b', 'e'));
  await owner('image list --shared', named('a'));
  await owner('image list --community', named('c'));
  await owner('image list --public', named('d'));
  await owner('image list --all', named('a', 'b', 'c', 'd', 'e'));
  await owner('image list --property os=linux', named('a', 'b'));
  await owner('image list --property os=linux --property name=b', named('b'));
  await owner('image list --property os=bsd', []);
  await owner('image list --name a', named('a'));
  await owner('image list --status queued', named('e'));
  await owner('image list --tag x', named('a', 'b'));
  await owner('image list --tag x --tag y', named('a'));
  await owner('image list --project 100001', named('a', 'b', 'c', 'd', 'e'));
  await owner('image list --sort name:desc', named('e', 'd', 'c', 'b', 'a'));
  await owner('image list --sort status:desc,size:desc', named('e', 'd', 'b', 'a', 'c'));
  // The newest first, of which the client sorts the page by name.
  await owner('image list --limit 2', named('d', 'e'));
  await owner('image list --limit 2 --marker c', named('a', 'b'));
  await owner('image list --long --name b', [
    { Size: 20, Status: 'active', Visibility: 'private', Protected: false, Project: '100001', Tags: ['x'] },
  ]);
  await as('partner', '100002').openstack('image list', named('d'));
  await as('partner', '100002').openstack('image list --community', named('c'));
});

session('openstack: sharing between two accounts', openstackProfile, async ({ as }) => {
  const { openstack: owner } = as('owner');
  const { openstack: partner } = as('partner', '100002');
  const id = memberOf(await owner('image create web', { visibility: 'shared' }), 'id');
  await partner(`image show ${id}`, refused(/No Image found/));
  await owner('image add project web 100002', { image_id: id, member_id: '100002', status: 'pending' });
  await owner('image add project web 100002', refused(/409/));
  await owner('image member list web', [{ 'Image ID': id, 'Member ID': '100002', Status: 'pending' }]);

  await partner(`image show ${id}`, { name: 'web' });
  await partner('image list', []);
  await partner('image list --shared --member-status pending', [{ ID: id }]);
  await owner(`image set --accept web`, refused(/403|404/));
  await partner(`image set --accept ${id}`, silent);
  await partner('image list', [{ ID: id }]);
  await partner(`image set --reject ${id}`, silent);
  await partner('image list --shared --member-status rejected', [{ ID: id }]);
  await partner('image list', []);
  await partner(`image set --pending ${id}`, silent);
  await partner('image list --shared --member-status all', [{ ID: id }]);
  await partner(`image set --name mine ${id}`, refused(/403/));
  await partner(`image delete ${id}`, refused(/403/));
  await partner(`image remove project ${id} 100002`, refused(/403/));
  await owner('image remove project web 100002', silent);
  await owner('image remove project web 100002', silent); // it does not mind a 404
  await partner(`image show ${id}`, refused(/No Image found/));
  await owner('image set --private web', silent);
  await owner('image add project web 100002', refused(/403/));
});
