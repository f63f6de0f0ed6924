import type { Memento } from 'vscode';
import type { Verdict } from '../../server/cloud/run/verify.ts';
import type { Image } from '../../server/cloud/services/images.ts';
import type { StoredObject } from '../../server/cloud/stored/storedObject.ts';
import { Emitter } from '../ui/emitter.ts';

/** What a verification of an image has found, and of what. */
export interface KeptVerdict extends Verdict {
  /** Milliseconds. */
  readonly at: number;
  /** What was read: `imageData`, or `container/object`. */
  readonly of: string;
  /** Tells the content that was verified from what takes its place. */
  readonly content: string;
}

/** Which image, in which cloud. */
export interface ImagePlace {
  /** `CloudSource.key`. */
  readonly cloud: string;
  readonly region: string;
  readonly id: string;
}

const key = 'verdicts';
/** Images whose verdict is kept, the newest. */
const most = 200;

/** The verdicts of *Verify*, kept for the workspace. */
export class Verdicts {
  readonly #storage: Pick<Memento, 'get' | 'update'>;
  readonly #changed: Emitter<void>;
  readonly #now: () => number;

  constructor(
    storage: Pick<Memento, 'get' | 'update'>,
    log: (line: string) => void,
    now: () => number = Date.now,
  ) {
    this.#storage = storage;
    this.#changed = new Emitter((error) => log(`A listener failed: ${String(error)}`));
    this.#now = now;
  }

  /** Calls back when a verdict has been kept. */
  onDidChange(listener: () => void): { dispose(): void } {
    return this.#changed.on(listener);
  }

  get(place: ImagePlace): KeptVerdict | undefined {
    return new Map(this.#read()).get(nameOf(place));
  }

  async keep(place: ImagePlace, verdict: Verdict, of: string, content: string): Promise<void> {
    const name = nameOf(place);
    const others = this.#read().filter(([other]) => other !== name);
    const kept: KeptVerdict = { ...verdict, at: this.#now(), of, content };
    await this.#storage.update(key, [...others, [name, kept]].slice(-most));
    this.#changed.fire();
  }

  #read(): readonly (readonly [string, KeptVerdict])[] {
    return this.#storage.get<readonly (readonly [string, KeptVerdict])[]>(key, []);
  }
}

function nameOf({ cloud, region, id }: ImagePlace): string {
  return [cloud, region, id].join(' ');
}

/** Tells the data of an image from those that it had before: its hash where there is one. */
export function markContent(image: Image): string {
  return ['os_hash_value', 'checksum', 'size'].map((name) => String(image.get(name) ?? '')).join(' ');
}

/** What is verified of an image whose data the cloud gives, as verdicts are kept. */
export const imageData = 'imageData';

/** Tells what is stored of an object from what takes its place: each segment with its ETag. */
export function markSegments({ segments }: Pick<StoredObject, 'segments'>): string {
  return segments.map(({ name, etag, state }) => `${name} ${state === 'there' ? etag : state}`).join(',');
}
