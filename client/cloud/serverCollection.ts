import type { Cloud } from '../../server/cloud/cloud.ts';
import type { NamedFlavor, Server } from '../../server/cloud/services/servers.ts';
import { unlessMissing } from '../../server/cloud/session/errors.ts';
import type { CloudSource, Connection } from './cloudSource.ts';
import type { Reader } from './collection.ts';

export interface LiveServer {
  readonly server: Server;
  /** Absent where the cloud has it no more. */
  readonly flavor?: NamedFlavor;
  /** How many images wait before that of this server, while the cloud tells. */
  readonly ahead?: number;
}

/** The account's servers, each with its flavor and the place of its image in the queue. */
export function serverReader(source: Pick<CloudSource, 'readQueue'>): Reader<LiveServer> {
  const listed = new WeakMap<Connection, Promise<ReadonlyMap<string, NamedFlavor>>>();
  /** Flavors change rarely: they are listed once, and one by one where a server has another. */
  const findFlavor = async (connection: Connection, id: string): Promise<NamedFlavor | undefined> => {
    const { servers } = connection.cloud;
    const flavors = listed.get(connection) ?? servers.flavors().then(byId);
    listed.set(connection, flavors);
    return (await flavors).get(id) ?? unlessMissing(servers.flavor(id));
  };
  const complete = async (connection: Connection, servers: readonly Server[]): Promise<LiveServer[]> => {
    const { region } = connection.cloud;
    const places = servers.some(isWaiting) ? await source.readQueue(region) : new Map<string, number>();
    return Promise.all(
      servers.map(async (server) => {
        const flavor = await findFlavor(connection, server.flavor);
        const ahead = isWaiting(server) ? places.get(server.id) : undefined;
        return { server, ...(flavor ? { flavor } : {}), ...(ahead === undefined ? {} : { ahead }) };
      }),
    );
  };
  return {
    kind: 'server',
    readAll: async (connection) => {
      const found = await complete(connection, await listServers(connection.cloud));
      return new Map(found.map((live) => [live.server.id, live]));
    },
    readOne: async (connection, id) => {
      const server = await unlessMissing(connection.cloud.servers.get(id));
      return server && (await complete(connection, [server]))[0];
    },
    concerns: (items) => [...items.values()].flatMap(({ server }) => (isWaiting(server) ? [server.id] : [])),
  };
}

export async function listServers({ servers }: Pick<Cloud, 'servers'>): Promise<Server[]> {
  const found: Server[] = [];
  for await (const page of servers.list({ limit: '100' })) found.push(...page);
  return found;
}

/** Tells whether an image of the server waits for its turn on its host. */
function isWaiting({ taskState }: Server): boolean {
  return taskState === 'image_snapshot_pending';
}

function byId(flavors: readonly NamedFlavor[]): ReadonlyMap<string, NamedFlavor> {
  return new Map(flavors.map((flavor) => [flavor.id, flavor]));
}
