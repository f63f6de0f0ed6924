import type { Facts } from '../../../rules/facts.ts';
import { flavorOf, idOfReference } from '../../../rules/profile/flavors.ts';
import type { Flavor } from '../../../rules/profile/profile.ts';
import type { Cloud } from '../../cloud.ts';
import { describeServer, type Server } from '../../services/servers.ts';
import { unlessMissing } from '../../session/errors.ts';

/** The live server and its flavor, as the rules know them; null: there is none. Throws CloudError. */
export async function gatherServerFacts(
  server: Server | null,
  { servers, images }: Pick<Cloud, 'servers' | 'images'>,
): Promise<Pick<Facts, 'server' | 'flavors'>> {
  if (server === null) return { server: null };
  const flavor = await unlessMissing(servers.flavor(server.flavor));
  let taken = 0;
  for await (const page of images.list({ instance_uuid: server.id })) taken += page.length;
  return { server: describeServer(server, taken), ...(flavor ? { flavors: [flavor] } : {}) };
}

/** The live server of an id, or the one of a name; undefined where several have it. Throws CloudError. */
export async function findServerFacts(
  { id, name }: { readonly id?: string; readonly name?: string },
  cloud: Cloud,
): Promise<Pick<Facts, 'server' | 'flavors'> | undefined> {
  const named = id === undefined && name !== undefined ? await listServersByName(name, cloud) : [];
  if (named.length > 1) return undefined;
  const found = id === undefined ? named[0] : await unlessMissing(cloud.servers.get(id));
  return gatherServerFacts(found ?? null, cloud);
}

/** The flavor that a reference means, or none; and what the account may have of servers. Throws CloudError. */
export async function gatherFlavorFacts(
  reference: string,
  cloud: Pick<Cloud, 'servers'>,
): Promise<Required<Pick<Facts, 'flavors' | 'quota'>>> {
  return { flavors: await findFlavor(reference, cloud), quota: await cloud.servers.limits() };
}

/** The flavor that a reference means, or none. Throws CloudError. */
export async function findFlavor(
  reference: string,
  { servers }: Pick<Cloud, 'servers'>,
): Promise<readonly Flavor[]> {
  const id = idOfReference(reference);
  const found = id === '' ? undefined : await unlessMissing(servers.flavor(id));
  const known = found ? [found] : [];
  return flavorOf(reference, known) ? known : [];
}

/** The servers that bear exactly this name. Throws CloudError. */
export async function listServersByName(
  name: string,
  { servers }: Pick<Cloud, 'servers'>,
): Promise<Server[]> {
  const found: Server[] = [];
  const pattern = `^${name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`;
  for await (const page of servers.list({ name: pattern }))
    for (const server of page) if (server.name === name) found.push(server);
  return found;
}
