import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { unlessMissing } from '../../server/cloud/session/errors.ts';
import type { CloudChange, Connection } from '../cloud/cloudSource.ts';
import type { LiveImage } from '../cloud/imageCollection.ts';
import { isOwn } from '../cloud/permissions.ts';
import type { Context } from '../context.ts';
import { describeError } from '../ui/errors.ts';
import { type Follower, type FollowerEnds, onceAtATime } from './follower.ts';
import type { StoredCopy } from './model/content.ts';
import { listMaps } from './model/copies.ts';
import { imagePage, type KnownImage, type Related } from './model/imagePage.ts';
import { findInRegions } from './model/regions.ts';
import { locateObjects } from './model/stored.ts';
import type { DetailsPage, Subject } from './protocol.ts';
import { fetched, readCopies, readExpected } from './reading.ts';

const reading = { kind: 'reading' } as const;
/** Milliseconds that a page waits for the list of images before it asks for its own. */
const listPatience = 50;

/** Follows an image: first what lists hold of it, which comes up at once, then what is asked for it alone. */
export class ImageFollower implements Follower {
  readonly connection: Connection;
  readonly refresh: () => Promise<void>;
  readonly #context: Context;
  readonly #id: string;
  readonly #show: FollowerEnds['show'];
  #known: KnownImage | undefined;
  /** The objects that `copies` are of; undefined: they are to be read again. */
  #places: string | undefined;
  #abort = new AbortController();
  #isDisposed = false;

  constructor(context: Context, connection: Connection, { id }: Subject, { show }: FollowerEnds) {
    this.#context = context;
    this.connection = connection;
    this.#id = id;
    this.#show = show;
    this.refresh = onceAtATime(() => this.#refresh());
  }

  note(change: CloudChange): boolean {
    if (change.kind !== 'object' || this.#known?.copies.kind !== 'ready') return false;
    const names = this.#known.copies.value.flatMap(({ object }) => [object, ...object.segments]);
    if (!names.some(({ container, name }) => change.id === `${container}/${name}`)) return false;
    this.#places = undefined;
    return true;
  }

  async read(section: string): Promise<void> {
    if (section === 'regions') return this.#readRegions();
    if (section === 'copies') this.#places = undefined;
    if (section === 'members') this.#learn({ members: { kind: 'unread' } });
    await this.refresh();
  }

  async act(action: string): Promise<void> {
    if (!this.#known) throw new Error(t('The image is not known yet.'));
    const row = { kind: 'image', seen: this.#known.seen };
    await vscode.commands.executeCommand(`cloudImages.images.${action}`, row);
  }

  rest(): void {
    this.#abort.abort();
    this.#abort = new AbortController();
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#abort.abort();
  }

  async #refresh(): Promise<void> {
    const { images } = this.#context;
    if (!this.#known) await this.#showEarly();
    const snapshot = await images.loaded();
    const listed = snapshot.kind === 'ready' ? snapshot.items : new Map<string, LiveImage>();
    const before = this.#known;
    const seen = listed.get(this.#id) ?? (await this.#find());
    if (seen instanceof Error || !seen) {
      const unread = seen && describeError(seen);
      if (before) this.#learn(unread === undefined ? { goneAt: before.goneAt ?? Date.now() } : { unread });
      else
        this.#show(failedPage(this.#id, unread ?? t('There is no such image here, or you may not see it.')));
      return;
    }
    this.#see(seen, listed);
    const related = await this.#readRelated();
    await Promise.all([this.#readMembers(), this.#readCopies(related), this.#expect(related)]);
  }

  /** Of a list that is still being read, nobody waits for the last image to see this one. */
  async #showEarly(): Promise<void> {
    const isThere = this.#context.images.loaded().then(() => true);
    const soon = new Promise<boolean>((resolve) => setTimeout(resolve, listPatience, false));
    if (await Promise.race([isThere, soon])) return;
    const seen = await this.#find();
    if (seen && !(seen instanceof Error)) this.#see(seen, new Map());
  }

  #see(seen: LiveImage, listed: ReadonlyMap<string, LiveImage>): void {
    const { source, verdicts, sightings } = this.#context;
    const before = this.#known;
    const place = { cloud: source.key, region: this.connection.cloud.region, id: this.#id };
    const { regions } = this.connection.cloud.session;
    this.#known = {
      ...{ related: reading, members: reading, copies: reading, regions: { kind: 'unread' } },
      ...before,
      ...{ seen, person: this.connection, images: listed, otherRegions: Math.max(0, regions.length - 1) },
      sightingsOf: (kind, id) => sightings.of(kind, id),
      verdict: verdicts.get(place),
      ...this.#explainMembers(seen),
      ...{ goneAt: undefined, unread: undefined },
    };
    this.#learn({});
  }

  /** Looks for an image that lists leave out. */
  async #find(): Promise<LiveImage | Error | undefined> {
    try {
      const image = await unlessMissing(this.connection.cloud.images.get(this.#id));
      return image && { image };
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  async #readRelated(): Promise<Related | undefined> {
    const { tasks, servers } = this.#context;
    const [listed, running] = await Promise.all([tasks.loaded(), servers.loaded()]);
    if (listed.kind === 'failed') {
      this.#learn({ related: listed });
      return undefined;
    }
    const related: Related = {
      tasks: listed.kind === 'ready' ? listed.items : new Map(),
      ...(running.kind === 'ready' ? { servers: running.items } : {}),
    };
    this.#learn({ related: { kind: 'ready', value: related } });
    return related;
  }

  #explainMembers(seen: LiveImage): { withoutMembers: string | undefined } {
    if (this.#context.members.mayHave(seen)) return { withoutMembers: undefined };
    return {
      withoutMembers: isOwn(seen.image, this.connection)
        ? t('The cloud shares no image of this visibility with single accounts.')
        : t('Its account alone sees with whom it is shared.'),
    };
  }

  /** The index asks once for each change of the image. */
  async #readMembers(): Promise<void> {
    if (this.#known?.withoutMembers !== undefined) return;
    this.#learn({ members: await fetched(() => this.#context.members.read(this.#id)) });
  }

  async #readCopies(related: Related | undefined): Promise<void> {
    const tasks = related?.tasks.values() ?? [];
    const places = JSON.stringify(locateObjects(this.#id, tasks));
    if (places === this.#places || !related) return;
    this.#places = places;
    const { signal } = this.#abort;
    // What is read again stays as it was until that has been read.
    const isFirst = this.#known?.copies.kind !== 'ready';
    const tell = (copies: readonly StoredCopy[]): void => {
      if (isFirst) this.#learn({ copies: { kind: 'ready', value: copies } });
    };
    const copies = await fetched(() =>
      readCopies(this.connection, this.#id, related.tasks.values(), { tell, signal }),
    );
    if (signal.aborted) this.#places = undefined;
    else this.#learn({ copies });
  }

  /** How long the imaging of its server takes, where the connection tells. */
  async #expect(related: Related | undefined): Promise<void> {
    const server = this.#known?.seen.image.get('instance_uuid');
    const live = typeof server === 'string' ? related?.servers?.get(server) : undefined;
    if (!live?.server.taskState) return;
    this.#learn({ expected: await readExpected(this.connection, live) });
  }

  async #readRegions(): Promise<void> {
    const image = this.#known?.seen.image;
    if (!image) return;
    this.#learn({ regions: reading });
    const { cloud } = this.connection;
    this.#learn({ regions: await fetched(() => findInRegions(cloud, image, describeError)) });
  }

  #learn(more: Partial<KnownImage>): void {
    if (!this.#known || this.#isDisposed) return;
    this.#known = { ...this.#known, ...more };
    const { copies } = this.#known;
    this.#show(imagePage(this.#known, Date.now()), listMaps(copies.kind === 'ready' ? copies.value : []));
  }
}

/** Of a page that has nothing to show yet. */
export function failedPage(id: string, reason: string): DetailsPage {
  return { title: id, status: t('not read'), notice: reason, actions: [], sections: [] };
}
