import { type LiveImage, readId } from './imageCollection.ts';

/** Images as the Cloud Control Panel groups them. */
export interface GroupedImages {
  /** Images of a server that is there, by its id. */
  readonly byServer: ReadonlyMap<string, readonly LiveImage[]>;
  /** The account's other images: their server is gone, or they were imported. */
  readonly deletedServers: readonly LiveImage[];
  /** Of other accounts, whatever this one has answered. */
  readonly shared: readonly LiveImage[];
  readonly public: readonly LiveImage[];
}

/** Groups images by the server that they were taken of, newest first, public ones by name. */
export function groupByServer(
  images: Iterable<LiveImage>,
  servers: { has(id: string): boolean },
  account: string,
): GroupedImages {
  const byServer = new Map<string, LiveImage[]>();
  const deletedServers: LiveImage[] = [];
  const shared: LiveImage[] = [];
  const everybodys: LiveImage[] = [];
  for (const live of [...images].sort(byNewest)) {
    const { image, answer, ofOthers } = live;
    const server = image.get('instance_uuid');
    if (image.get('owner') !== account) {
      if (answer !== undefined) shared.push(live);
      else if (!ofOthers) everybodys.push(live);
    } else if (typeof server === 'string' && servers.has(server)) {
      const own = byServer.get(server);
      if (own) own.push(live);
      else byServer.set(server, [live]);
    } else deletedServers.push(live);
  }
  return { byServer, deletedServers, shared, public: everybodys.sort(byName) };
}

export function byNewest({ image: a }: LiveImage, { image: b }: LiveImage): number {
  const key = (image: LiveImage['image']): string => `${String(image.get('created_at'))} ${readId(image)}`;
  return key(a) < key(b) ? 1 : -1;
}

export function byName({ image: a }: LiveImage, { image: b }: LiveImage): number {
  return String(a.get('name')).localeCompare(String(b.get('name')), 'en', { numeric: true });
}
