import type { CloudSource, ItemKind } from '../cloud/cloudSource.ts';
import type { Collection } from '../cloud/collection.ts';
import type { LiveImage } from '../cloud/imageCollection.ts';
import type { LiveServer } from '../cloud/serverCollection.ts';
import type { LiveTask } from '../cloud/taskCollection.ts';

/** Something that this window has read again after the cloud reported a change of it. */
export interface Sighting {
  /** When it was read, in milliseconds. */
  readonly at: number;
  readonly kind: ItemKind;
  readonly id: string;
  /** Absent where it was not there, or is not any more. */
  readonly before?: LiveImage | LiveServer | LiveTask;
  readonly after?: LiveImage | LiveServer | LiveTask;
}

/** Progress comes often, and leaves nothing to be told of. */
function isProgress(before: NonNullable<Sighting['before']>, after: NonNullable<Sighting['after']>): boolean {
  if (!('type' in before) || !('type' in after)) return false;
  return before.status === after.status && before.stage === after.stage;
}

/** Sightings that are kept, the newest. */
const most = 500;

interface Sources {
  readonly source: Pick<CloudSource, 'onDidChangeState' | 'connection'>;
  readonly images: Pick<Collection<LiveImage>, 'onDidSee'>;
  readonly servers: Pick<Collection<LiveServer>, 'onDidSee'>;
  readonly tasks: Pick<Collection<LiveTask>, 'onDidSee'>;
}

/** What this window has seen change since it opened, whoever looked. It reads nothing itself. */
export class Sightings {
  readonly #subscriptions: readonly { dispose(): void }[];
  #seen: Sighting[] = [];

  constructor({ source, images, servers, tasks }: Sources, now: () => number = Date.now) {
    const note =
      (kind: ItemKind) =>
      (id: string, before: Sighting['before'], after: Sighting['after']): void => {
        if (before && after && isProgress(before, after)) return;
        const one = { at: now(), kind, id, ...(before ? { before } : {}), ...(after ? { after } : {}) };
        this.#seen = [...this.#seen.slice(1 - most), one];
      };
    let { connection } = source;
    this.#subscriptions = [
      images.onDidSee(note('image')),
      servers.onDidSee(note('server')),
      tasks.onDidSee(note('task')),
      source.onDidChangeState(() => {
        // Of another user or region nothing of this holds.
        if (source.connection === connection) return;
        connection = source.connection;
        this.#seen = [];
      }),
    ];
  }

  /** What was seen of one thing, the oldest first. */
  of(kind: ItemKind, id: string): readonly Sighting[] {
    return this.#seen.filter((one) => one.kind === kind && one.id === id);
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }
}
