import type { Cloud } from '../../server/cloud/cloud.ts';
import type { NamedFlavor, Server } from '../../server/cloud/services/servers.ts';
import { unlessMissing } from '../../server/cloud/session/errors.ts';
import type { CloudSource, Connection } from './cloudSource.ts';
import type { Reader } from './collection.ts';
import { lacksKind } from './offers.ts';
import { lacksRole } from './roles.ts';

export interface LiveServer {
  readonly server: Server;
  /** Absent where the cloud has it no more. */
  readonly flavor?: NamedFlavor;
  /** How many images wait before that of this server, while the cloud tells. */
  readonly ahead?: number;
}

/** The account's servers, each with its flavor and the place of its image in the queue. */
export function serverReader(source: Pick<CloudSource, 'readQueue'>): Reader<LiveServer> {
  const listed = new WeakMap<Connection, Map<string, NamedFlavor | undefined>>();
  /** Flavors change rarely: they are listed once, and one by one where a server has another. */
  const findFlavors = async (connection: Connection, ids: Iterable<string>) => {
    const { servers } = connection.cloud;
    const flavors = listed.get(connection) ?? byId(await servers.flavors());
    listed.set(connection, flavors);
    for (const id of ids) if (!flavors.has(id)) flavors.set(id, await unlessMissing(servers.flavor(id)));
    return flavors;
  };
  const complete = async (connection: Connection, servers: readonly Server[]): Promise<LiveServer[]> => {
    const { region } = connection.cloud;
    const places = servers.some(isWaiting) ? await source.readQueue(region) : new Map<string, number>();
    const flavors = await findFlavors(connection, new Set(servers.map(({ flavor }) => flavor)));
    return servers.map((server) => {
      const flavor = flavors.get(server.flavor);
      const ahead = isWaiting(server) ? places.get(server.id) : undefined;
      return { server, ...(flavor ? { flavor } : {}), ...(ahead === undefined ? {} : { ahead }) };
    });
  };
  return {
    kind: 'server',
    lacks: (connection) => lacksKind('server', connection) ?? lacksRole('servers', 'read', connection),
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
  for await (const page of servers.list({ limit: '100' })) for (const server of page) found.push(server);
  return found;
}

/** Tells whether an image of the server waits for its turn on its host. */
function isWaiting({ taskState }: Server): boolean {
  return taskState === 'image_snapshot_pending';
}

function byId(flavors: readonly NamedFlavor[]): Map<string, NamedFlavor | undefined> {
  return new Map(flavors.map((flavor) => [flavor.id, flavor]));
}
