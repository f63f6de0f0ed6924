import { createHash } from 'node:crypto';
import { listContainers } from '../../server/cloud/services/browse.ts';
import type { Connection, ItemKind } from './cloudSource.ts';
import { imageReader, type LiveImage } from './imageCollection.ts';
import { listServers } from './serverCollection.ts';
import { shownTasks } from './taskCollection.ts';

/** The result of a look: each id with a text that differs when the thing has changed. */
export type Listing = ReadonlyMap<string, string>;

/** Describes an image as a look does, in little room. */
function describeImage({ image, ...seen }: LiveImage): string {
  return createHash('sha1')
    .update(JSON.stringify([...image, seen]))
    .digest('base64');
}

/** Makes a look of a list that somebody has read. Undefined for kinds of which lists say other things than looks. */
export function toListing(kind: ItemKind, items: ReadonlyMap<string, unknown>): Listing | undefined {
  if (kind !== 'image') return undefined;
  return new Map([...items].map(([id, seen]) => [id, describeImage(seen as LiveImage)] as const));
}

/** Objects are not listed by themselves: a change of one changes its container's totals. */
export const lists: readonly { readonly kind: ItemKind; list(connection: Connection): Promise<Listing> }[] = [
  {
    kind: 'image',
    list: async (connection) =>
      new Map(
        [...(await imageReader.readAll(connection))].map(([id, seen]) => [id, describeImage(seen)] as const),
      ),
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
