/** What the emulator's demo has from the beginning: people, catalogue, flavors, a shared network. */
import { DatabaseSync } from 'node:sqlite';
import { demoAccounts, demoUsers } from '../../../server/emulator/seed/demoAccounts.ts';
import { devStack } from '../../../server/emulator/services/compute/flavors/defaults.ts';
import { profiles } from '../../../server/rules/profile/table.ts';
import type { Administrator } from './administrator.ts';
import { password, serviceProject, serviceUsers } from './place.ts';

/** In Keystone's words. Without roles nobody gets a token of a project. */
export const people = demoUsers(profiles.openstack).map(({ name, account, roles: [role] }) => ({
  name,
  project: account,
  role: role ?? '',
}));

export async function makePeople(administrator: Administrator, database: string): Promise<void> {
  const identity = 'identity';
  const roles = await administrator.list(identity, '/roles');
  const [admin] = await administrator.list(identity, '/users?name=admin');
  const projects = new Map<string, string>();
  for (const name of [...demoAccounts.map(({ id }) => id), serviceProject]) {
    await administrator.make(identity, '/projects', 'project', { name, domain_id: 'default' });
    projects.set(name, name);
  }
  nameProjects(database, [...projects.keys()]);
  const all = [
    ...people.map((person) => ({ ...person, secret: password })),
    ...serviceUsers.map((name) => ({ name, project: serviceProject, role: 'admin', secret: name })),
  ];
  for (const { name, project, role, secret } of all) {
    const body = { name, password: secret, domain_id: 'default', default_project_id: project };
    const user =
      name === 'admin' ? admin?.['id'] : await administrator.make(identity, '/users', 'user', body);
    const id = roles.find((each) => each['name'] === role)?.['id'];
    await administrator.ask(identity, 'PUT', `/projects/${project}/users/${user}/roles/${id}`);
  }
  await administrator.renew();
}

/** Gives projects their names as ids, which Keystone draws: so a session speaks of the same account on any cloud. */
function nameProjects(path: string, names: readonly string[]): void {
  const database = new DatabaseSync(path);
  const statement = database.prepare('UPDATE project SET id = name WHERE name = ?');
  for (const name of names) statement.run(name);
  database.close();
}

const catalogue = ['image', 'compute', 'placement', 'network', 'object-store'] as const;
const names = {
  image: 'glance',
  compute: 'nova',
  placement: 'placement',
  network: 'neutron',
  'object-store': 'swift',
};
const paths: Partial<Record<(typeof catalogue)[number], string>> = {
  compute: '/v2.1',
  'object-store': '/v1/AUTH_%(project_id)s',
};

export async function makeCatalogue(
  administrator: Administrator,
  services: readonly (typeof catalogue)[number][] = catalogue,
): Promise<void> {
  for (const type of services) {
    const service = { name: names[type], type };
    const id = await administrator.make('identity', '/services', 'service', service);
    await administrator.addEndpoint(id, administrator.addresses[type] + (paths[type] ?? ''));
  }
}

export async function makeNetwork(administrator: Administrator): Promise<void> {
  const network = await administrator.make('network', '/v2.0/networks', 'network', {
    name: 'shared-net',
    shared: true,
  });
  await administrator.make('network', '/v2.0/subnets', 'subnet', {
    network_id: network,
    name: 'shared-subnet',
    ip_version: 4,
    cidr: '10.77.0.0/16',
    gateway_ip: '10.77.0.1',
    enable_dhcp: false,
  });
}

export const flavorIds: ReadonlySet<string> = new Set(devStack.map(([id]) => id));

export async function makeFlavors(administrator: Administrator): Promise<void> {
  for (const [id, name, ram, disk, vcpus] of devStack)
    await administrator.make('compute', '/v2.1/flavors', 'flavor', { id, name, ram, disk, vcpus });
}
