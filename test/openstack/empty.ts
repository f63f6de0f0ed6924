import { setTimeout as wait } from 'node:timers/promises';
import type { JsonObject } from '../../server/rules/json.ts';
import type { Administrator } from './services/administrator.ts';
import { flavorIds, people } from './services/people.ts';

/** Takes away what a session made, of every account, so that the next one finds the cloud as it began. */
export async function emptyCloud(administrator: Administrator): Promise<void> {
  await deleteServers(administrator);
  await deleteImages(administrator);
  await deleteObjects(administrator);
  await deleteComputeResources(administrator);
  for (const { id, name } of await administrator.list('network', '/v2.0/security-groups'))
    if (name !== 'default') await administrator.ask('network', 'DELETE', `/v2.0/security-groups/${id}`);
  // Those that Glance brings are protected.
  for (const namespace of await administrator.list('image', '/v2/metadefs/namespaces?limit=1000'))
    if (namespace['protected'] !== true)
      await administrator.ask('image', 'DELETE', `/v2/metadefs/namespaces/${namespace['namespace']}`);
}

async function deleteServers(administrator: Administrator): Promise<void> {
  const path = '/v2.1/servers?all_tenants=1';
  for (const { id } of await administrator.list('compute', path))
    await administrator.ask('compute', 'DELETE', `/v2.1/servers/${id}`);
  for (let looks = 0; looks < 300; looks++) {
    const left = await administrator.list('compute', path);
    if (left.length === 0) return;
    await wait(200);
  }
  throw new Error('Nova still has servers a minute after they were deleted.');
}

async function deleteObjects(administrator: Administrator): Promise<void> {
  for (const account of new Set(people.map(({ project }) => project))) {
    const base = `/v1/AUTH_${account}`;
    for (const container of await administrator.listLines('object-store', base)) {
      const path = `${base}/${encodeURIComponent(container)}`;
      for (const name of await administrator.listLines('object-store', path))
        await administrator.ask('object-store', 'DELETE', `${path}/${encodeURIComponent(name)}`);
      await administrator.ask('object-store', 'DELETE', path);
    }
  }
}

async function deleteImages(administrator: Administrator): Promise<void> {
  for (const hidden of ['false', 'true']) {
    const path = `/v2/images?limit=1000&visibility=all&os_hidden=${hidden}`;
    for (const image of await administrator.list('image', path)) await deleteImage(administrator, image);
  }
}

async function deleteImage(administrator: Administrator, image: JsonObject): Promise<void> {
  const path = `/v2/images/${image['id']}`;
  if (image['protected'] === true)
    await administrator.ask('image', 'PATCH', path, [{ op: 'replace', path: '/protected', value: false }]);
  await administrator.ask('image', 'DELETE', path);
}

async function deleteComputeResources(administrator: Administrator): Promise<void> {
  const remove = (path: string) => administrator.ask('compute', 'DELETE', `/v2.1${path}`);
  const list = (path: string) => administrator.list('compute', `/v2.1${path}`);
  for (const { id } of await list('/os-server-groups?all_projects=True'))
    await remove(`/os-server-groups/${id}`);
  for (const { id } of await list('/flavors?is_public=None'))
    if (!flavorIds.has(String(id))) await remove(`/flavors/${id}`);
  for (const id of flavorIds) {
    const { extra_specs: specs = {} } = await administrator.ask(
      'compute',
      'GET',
      `/v2.1/flavors/${id}/os-extra_specs`,
    );
    for (const name of Object.keys(Object(specs))) await remove(`/flavors/${id}/os-extra_specs/${name}`);
  }
  const users = await administrator.list('identity', '/users');
  for (const { id } of users.filter(({ name }) => people.some((person) => person.name === name)))
    for (const { keypair } of await list(`/os-keypairs?user_id=${id}`))
      await remove(`/os-keypairs/${encodeURIComponent(String(Object(keypair).name))}?user_id=${id}`);
  for (const account of new Set(people.map(({ project }) => project)))
    await remove(`/os-quota-sets/${account}`);
}
