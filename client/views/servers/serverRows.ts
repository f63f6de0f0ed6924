import type { Snapshot } from '../../cloud/collection.ts';
import { type LiveImage, readId } from '../../cloud/imageCollection.ts';
import type { LiveServer } from '../../cloud/serverCollection.ts';
import { groupByServer } from '../../cloud/serverImages.ts';
import { chooseGroup, imageRow } from '../images/imageRow.ts';
import type { ImageRowNode } from '../images/imageRows.ts';
import { RowCache } from '../rowCache.ts';
import { describeOrigin, serverRow } from './serverRow.ts';

export interface ServerRowNode {
  readonly kind: 'server';
  readonly live: LiveServer;
  /** What it was built of, in words. */
  readonly origin: string;
  /** Those that were taken of it. */
  readonly images: readonly ImageRowNode[];
}

/** The images whose server is gone, and imported ones. */
export interface DeletedServersNode {
  readonly kind: 'deleted-servers';
  readonly images: readonly ImageRowNode[];
}

type TopNode = ServerRowNode | DeletedServersNode;

export type ServerNode = TopNode | ImageRowNode | { readonly kind: 'failed'; readonly reason: string };

/** What the rows are of. */
export interface Shown {
  readonly servers: Snapshot<LiveServer>;
  readonly images: Snapshot<LiveImage>;
  readonly account: string;
}

/** The rows of *Servers*, and which of them a change touches. */
export class ServerRows {
  readonly #top = new RowCache<TopNode>();
  readonly #images = new RowCache<ImageRowNode>();
  /** The text of each row at the top, with those in it, as it was drawn. */
  #drawn: ReadonlyMap<string, string> = new Map();

  /** Returns the rows at the top. */
  build({ servers, images, account }: Shown): ServerNode[] {
    if (servers.kind === 'failed') return [{ kind: 'failed', reason: servers.reason }];
    const live = servers.kind === 'ready' ? servers.items : new Map<string, LiveServer>();
    const seen = images.kind === 'ready' ? images.items : new Map<string, LiveImage>();
    const { byServer, deletedServers } = groupByServer(seen.values(), live, account);
    this.#top.retain(new Set([...live.keys(), deletedId]));
    this.#images.retain(seen);
    const toRow = (one: LiveImage): ImageRowNode =>
      this.#images.put(readId(one.image), { kind: 'image', group: chooseGroup(one, account), seen: one });
    const rows: TopNode[] = [...live.values()].sort(byName).map((one) => {
      const { id, image } = one.server;
      const origin = describeOrigin(one, image === undefined ? undefined : seen.get(image)?.image);
      const taken = (byServer.get(id) ?? []).map(toRow);
      return this.#top.put(id, { kind: 'server', live: one, origin, images: taken });
    });
    if (deletedServers.length > 0)
      rows.push(this.#top.put(deletedId, { kind: 'deleted-servers', images: deletedServers.map(toRow) }));
    this.#drawn = new Map(rows.map((row) => [topId(row), describe(row)]));
    return rows;
  }

  /** Updates the rows, and returns those to draw again; `all` where some come, go or change places at the top. */
  update(shown: Shown): readonly ServerNode[] | 'all' {
    const before = this.#drawn;
    const rows = this.build(shown);
    const top = rows.filter((row) => row.kind === 'server' || row.kind === 'deleted-servers');
    if (top.length < rows.length || top.map(topId).join() !== [...before.keys()].join()) return 'all';
    return top.filter((row) => before.get(topId(row)) !== describe(row));
  }
}

/**
 * The id of a row at the top. VS Code keeps by it what is open, and draws no single row whose id changes: one that gets its
 * first image is another.
 */
export function topId(row: TopNode): string {
  if (row.kind === 'deleted-servers') return deletedId;
  const { id } = row.live.server;
  return row.images.length === 0 ? id : `${id}/images`;
}

const deletedId = 'deleted-servers';

function describe(row: TopNode): string {
  const images = row.images.map(({ seen }) => [readId(seen.image), imageRow(seen, 0).spoken]);
  return JSON.stringify([row.kind === 'server' ? serverRow(row.live, row.origin).spoken : '', images]);
}

const names = new Intl.Collator('en', { numeric: true });

function byName({ server: a }: LiveServer, { server: b }: LiveServer): number {
  return names.compare(a.name, b.name) || (a.id < b.id ? -1 : 1);
}
