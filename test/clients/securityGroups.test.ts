import { living, makeBase } from './base.ts';
import { memberOf, refused, session, silent } from './session.ts';

session('openstack: security groups and their rules, and servers with them', living, async (all) => {
  await makeBase(all);
  const { openstack: owner } = all.as('owner');
  await owner('security group create --description pages sites', { name: 'sites', description: 'pages' });
  const rule = memberOf(
    await owner('security group rule create --protocol tcp --dst-port 80:81 --remote-ip 10.0.0.0/8 sites', {
      protocol: 'tcp',
      port_range_min: 80,
      port_range_max: 81,
      remote_ip_prefix: '10.0.0.0/8',
      direction: 'ingress',
    }),
    'id',
  );
  await owner(
    'security group rule create --protocol tcp --dst-port 80:81 --remote-ip 10.0.0.0/8 sites',
    refused(/already exists/),
  );
  await owner('security group rule list --ingress --protocol tcp sites', [{ ID: rule }]);
  await owner('security group delete default', refused(/409|default security group/i));

  await owner(
    'server create --image base --flavor m1.tiny --network shared-net --security-group sites guarded',
    { security_groups: [{ name: 'sites' }] },
  );
  await owner('server add security group guarded default', silent);
  await owner('security group delete sites', refused(/in use|409/));
  await owner('server delete guarded', silent);
  await owner('server show guarded', refused(/No server with/), { inTime: true });
  await owner(`security group rule delete ${rule}`, silent);
  await owner('security group delete sites', silent);
  await owner('security group list', [{ Name: 'default' }]);
});
