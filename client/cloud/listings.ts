import { listContainers } from '../../server/cloud/services/browse.ts';
import type { Connection, ItemKind } from './cloudSource.ts';
import { imageReader } from './imageCollection.ts';
import { listServers } from './serverCollection.ts';
import { shownTasks } from './taskCollection.ts';

/** The result of a look: each id with a text that differs when the thing has changed. */
export type Listing = ReadonlyMap<string, string>;

/** Objects are not listed by themselves: a change of one changes its container's totals. */
export const lists: readonly { readonly kind: ItemKind; list(connection: Connection): Promise<Listing> }[] = [
  {
    kind: 'image',
    list: async (connection) => {
      const images = await imageReader.readAll(connection);
      return new Map(
        [...images].map(([id, { image, ...seen }]) => [id, JSON.stringify([...image, seen])] as const),
      );
    },
  },
  {
    kind: 'task',
    list: async ({ cloud }) => {
      const { value } = await cloud.tasks.list({ limit: String(shownTasks) }).next();
      return new Map((value ?? []).map((task) => [task.id, JSON.stringify(task)] as const));
    },
  },
  {
    kind: 'server',
    list: async ({ cloud }) => {
      const servers = await listServers(cloud);
      return new Map(servers.map((server) => [server.id, JSON.stringify(server)] as const));
    },
  },
  {
    kind: 'container',
    list: async ({ cloud }) => {
      const listing = new Map<string, string>();
      for (let marker: string | undefined = ''; marker !== undefined; ) {
        const page: Awaited<ReturnType<typeof listContainers>> = await listContainers(cloud, 1000, marker);
        for (const { name, count, bytes } of page.entries) listing.set(name, `${count} ${bytes}`);
        marker = page.next;
      }
      return listing;
    },
  },
];
