import { t } from '@vscode/l10n';
import type { LiveImage } from '../../cloud/imageCollection.ts';
import { ImageIndex } from '../../cloud/imageIndex.ts';
import type { LiveServer } from '../../cloud/serverCollection.ts';
import type { ImageGroup, ImagePlace } from '../../cloud/serverImages.ts';
import {
  type FailedNode,
  follow,
  type ImageRowNode,
  putImageRow,
  type ShownImages,
} from '../images/imageRows.ts';
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

export type TopNode = ServerRowNode | DeletedServersNode;

/** The rows of *Servers*, and which of them a change touches. */
export class ServerRows {
  readonly #top = new RowCache<TopNode>();
  readonly #index = new ImageIndex<ImageRowNode>({ keysOf: keyOf, toRow: putImageRow });
  /** The servers of a snapshot by name. */
  #sorted:
    | { readonly of: ReadonlyMap<string, LiveServer>; readonly servers: readonly LiveServer[] }
    | undefined;
  /** The text of each row at the top, as it was drawn. */
  #drawn: ReadonlyMap<string, string> = new Map();

  /** Returns the rows at the top. */
  build(shown: ShownImages): (TopNode | FailedNode)[] {
    follow(this.#index, shown);
    return this.#draw(shown);
  }

  /** Updates the rows, and returns those to draw again; `all` where some come, go or change places at the top. */
  update(shown: ShownImages): readonly (TopNode | ImageRowNode)[] | 'all' {
    const before = this.#drawn;
    const { rows, places } = follow(this.#index, shown);
    const top = this.#draw(shown).filter((row) => row.kind === 'server' || row.kind === 'deleted-servers');
    if (shown.servers.kind === 'failed' || top.map(topId).join() !== [...before.keys()].join()) return 'all';
    const touched = top.filter(
      (row) => places.has(keyOfRow(row)) || before.get(topId(row)) !== this.#drawn.get(topId(row)),
    );
    return [...touched, ...rows.filter(isShown)];
  }

  #draw({ servers, images }: ShownImages): (TopNode | FailedNode)[] {
    if (servers.kind === 'failed') return [{ kind: 'failed', reason: servers.reason }];
    const seen = images.kind === 'ready' ? images.items : new Map<string, LiveImage>();
    const live = servers.kind === 'ready' ? this.#sort(servers.items) : [];
    this.#top.retain(new Set([...live.map(({ server: { id } }) => id), deletedId]));
    const rows: TopNode[] = live.map((one) => {
      const { id, image } = one.server;
      const origin = describeOrigin(one, image === undefined ? undefined : seen.get(image)?.image);
      return this.#top.put(id, { kind: 'server', live: one, origin, images: this.#index.at(serverKey(id)) });
    });
    if (this.#index.count(deletedId) > 0)
      rows.push(this.#top.put(deletedId, { kind: 'deleted-servers', images: this.#index.at(deletedId) }));
    this.#drawn = new Map(rows.map((row) => [topId(row), describe(row)]));
    return rows;
  }

  #sort(of: ReadonlyMap<string, LiveServer>): readonly LiveServer[] {
    if (this.#sorted?.of !== of) this.#sorted = { of, servers: [...of.values()].sort(byName) };
    return this.#sorted.servers;
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

const deletedId = 'deleted-servers' satisfies ImageGroup;

function keyOf({ group, server }: ImagePlace): string {
  return server === undefined ? group : serverKey(server);
}

function serverKey(id: string): string {
  return t`server ${id}`;
}

function keyOfRow(row: TopNode): string {
  return row.kind === 'server' ? serverKey(row.live.server.id) : deletedId;
}

/** Other images of one's own were taken of no server. */
function isShown({ group }: ImageRowNode): boolean {
  return group === deletedId || group.startsWith(serverKey(''));
}

function describe(row: TopNode): string {
  return row.kind === 'server' ? serverRow(row.live, row.origin).spoken : '';
}

const names = new Intl.Collator('en', { numeric: true });

function byName({ server: a }: LiveServer, { server: b }: LiveServer): number {
  return names.compare(a.name, b.name) || (a.id < b.id ? -1 : 1);
}
