import type { Member } from '../../server/cloud/services/members.ts';
import { CloudError } from '../../server/cloud/session/errors.ts';
import { Emitter } from '../ui/emitter.ts';
import { describeError } from '../ui/errors.ts';
import type { CloudSource, Connection } from './cloudSource.ts';
import type { Collection } from './collection.ts';
import { type LiveImage, readId } from './imageCollection.ts';
import { isOwn } from './permissions.ts';
import { lacksRole } from './roles.ts';
import { findTrouble } from './trouble.ts';

/** How many images are asked for their members without being asked for: each costs a request. */
const most = 100;
/** How many at a time. */
const atOnce = 2;

/**
 * With which accounts images are shared. Images do not say it: each is asked on its own, once, until it changes. Those that
 * are seen are asked in the background, up to a number; others when their row is opened.
 */
export class MemberIndex {
  readonly #source: CloudSource;
  readonly #log: (line: string) => void;
  readonly #changed: Emitter<string>;
  readonly #subscription: { dispose(): void };
  readonly #known = new Map<string, readonly Member[]>();
  readonly #queue = new Set<string>();
  readonly #readings = new Map<string, Promise<readonly Member[]>>();
  #connection: Connection | undefined;
  #left = most;

  constructor(
    source: CloudSource,
    images: Pick<Collection<LiveImage>, 'onDidChange'>,
    log: (line: string) => void,
  ) {
    this.#source = source;
    this.#log = log;
    this.#changed = new Emitter((error) => log(`A listener failed: ${String(error)}`));
    this.#subscription = images.onDidChange((id) => this.#forget(id));
  }

  /** Calls back with the id of an image whose members have become known. */
  onDidChange(listener: (id: string) => void): { dispose(): void } {
    return this.#changed.on(listener);
  }

  /** The members of an image, where they are known; of the account's own images alone. */
  get(id: string): readonly Member[] | undefined {
    return this.#known.get(id);
  }

  /** Tells whether an image may have members that the user may list. */
  mayHave({ image }: LiveImage): boolean {
    const { connection } = this.#source;
    if (!connection || !isOwn(image, connection)) return false;
    const { withoutMembers } = connection.profile.images;
    if (withoutMembers.includes(String(image.get('visibility')))) return false;
    return lacksRole('images', 'read', connection) === undefined;
  }

  /** Tells whether an image waits for being asked for by its row, since enough others were asked. */
  isLate(id: string): boolean {
    return this.#left <= 0 && !this.#known.has(id) && !this.#readings.has(id) && !this.#queue.has(id);
  }

  /** Reads the members of an image that is seen, some time soon. */
  want(seen: LiveImage): void {
    const id = readId(seen.image);
    if (this.#left <= 0 || this.#known.has(id) || this.#readings.has(id) || this.#queue.has(id)) return;
    this.#left--;
    this.#queue.add(id);
    this.#next();
  }

  /** Throws CloudError. */
  async read(id: string): Promise<readonly Member[]> {
    const { connection } = this.#source;
    if (!connection) return [];
    this.#connection ??= connection;
    const known = this.#known.get(id) ?? this.#readings.get(id);
    if (known) return known;
    const reading = connection.cloud.members.list(id);
    this.#readings.set(id, reading);
    try {
      const members = await reading;
      if (this.#readings.get(id) === reading) this.#known.set(id, members);
      return members;
    } finally {
      if (this.#readings.get(id) === reading) this.#readings.delete(id);
    }
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#queue.clear();
  }

  #next(): void {
    for (const id of this.#queue) {
      if (this.#readings.size >= atOnce) return;
      this.#queue.delete(id);
      void this.#readWanted(id);
    }
  }

  async #readWanted(id: string): Promise<void> {
    try {
      const members = await this.read(id);
      if (members.length > 0) this.#changed.fire(id);
    } catch (error) {
      this.#log(`The members of image ${id} were not read: ${describeError(error)}`);
      // A cloud that is busy, gone or refuses is not asked for what nobody asked for; an image may just be gone.
      if (findTrouble(error) || (error instanceof CloudError && error.status === 403)) {
        this.#left = 0;
        this.#queue.clear();
      }
    }
    this.#next();
  }

  #forget(id: string | undefined): void {
    if (id !== undefined && this.#source.connection === this.#connection) {
      if (this.#known.delete(id) || this.#readings.delete(id)) this.#left++;
      return;
    }
    this.#connection = this.#source.connection;
    this.#known.clear();
    this.#readings.clear();
    this.#queue.clear();
    this.#left = most;
  }
}
