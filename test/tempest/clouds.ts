/** The clouds that tempest is run against, with people for it. */
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { removeFolder, start, temporaryFolder } from '../emulator/harness.ts';
import type { Administrator } from '../openstack/services/administrator.ts';
import { startServices } from '../openstack/services/cloud.ts';

export interface Cloud {
  /** Of Keystone, with `/v3`. */
  readonly identity: string;
  readonly people: readonly Person[];
  /** What an image can be downloaded from. */
  readonly download: string;
  /** The role whose bearers may work in every account of Swift. */
  readonly resellerRole: string;
}

/** A user with a project of the same name. */
export interface Person {
  readonly name: string;
  readonly roles: readonly string[];
  /** What tempest takes it for, where that is less than its roles. */
  readonly purpose?: string;
}

export const password = 'emulator';

/** Tempest takes one for each user that a test needs, and gives it back. */
const members = [1, 2, 3, 4].map((at) => ({ name: `tempest-${at}`, roles: ['member', 'reader'] }));
const administrators = [1, 2].map((at) => ({
  name: `tempest-admin-${at}`,
  roles: ['admin', 'member', 'reader'],
}));

function peopleWith(resellerRole: string): readonly Person[] {
  return [
    ...members,
    ...administrators,
    { name: 'tempest-reseller', roles: [resellerRole, 'member', 'reader'], purpose: resellerRole },
  ];
}

export async function withEmulatedCloud(use: (cloud: Cloud) => Promise<void>): Promise<void> {
  const resellerRole = 'ResellerAdmin';
  const people = peopleWith(resellerRole);
  const folder = temporaryFolder();
  const seed = join(folder, 'seed.json');
  const accounts = people.map(({ name }) => ({ id: name, name }));
  const users = people.map(({ name, roles }) => ({ name, password, account: name, roles }));
  writeFileSync(seed, JSON.stringify({ accounts, users }));
  const data = join(folder, 'data');
  mkdirSync(data);
  const server = createServer((_request, response) => response.end('An image.'));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const config = join(folder, 'config.json');
  const webDownload = { hosts: ['127.0.0.1'], ports: [80, port] };
  writeFileSync(config, JSON.stringify({ profile: 'openstack', emulator: { webDownload } }));
  const emulator = await start(data, '--config', config, '--speed', '1e8', '--seed', seed);
  try {
    const download = `http://127.0.0.1:${port}/image`;
    await use({ identity: `${emulator.url}/identity/v3`, people, download, resellerRole });
  } finally {
    server.close();
    await emulator.end();
    removeFolder(folder);
  }
}

export async function withRealCloud(use: (cloud: Cloud) => Promise<void>): Promise<void> {
  const folder = temporaryFolder();
  const services = await startServices(folder, 'objects');
  const resellerRole = 'admin';
  const people = peopleWith(resellerRole);
  try {
    await makePeople(services.administrator, people);
    const { identity } = services.addresses;
    await use({ identity, people, download: identity, resellerRole });
  } finally {
    await services.close();
    removeFolder(folder);
  }
}

async function makePeople(administrator: Administrator, people: readonly Person[]): Promise<void> {
  const roles = await administrator.list('identity', '/roles');
  const domain = { domain_id: 'default' };
  for (const { name, roles: names } of people) {
    const project = await administrator.make('identity', '/projects', 'project', { name, ...domain });
    const body = { name, password, default_project_id: project, ...domain };
    const user = await administrator.make('identity', '/users', 'user', body);
    for (const role of new Set(names)) {
      const id = roles.find((each) => each['name'] === role)?.['id'];
      await administrator.ask('identity', 'PUT', `/projects/${project}/users/${user}/roles/${id}`);
    }
  }
}
