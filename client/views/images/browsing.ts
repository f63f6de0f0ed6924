import { t } from '@vscode/l10n';
import type * as vscode from 'vscode';
import type { LiveImage } from '../../cloud/imageCollection.ts';
import { Emitter } from '../../ui/emitter.ts';
import { type Arrangement, groupings, sortings, usual } from './arrangement.ts';

/** Which images are shown: those that hold a text, or those that the cloud answers a query with. */
export type ImageFilter =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'query';
      /** As it was typed, with the `?`. */
      readonly text: string;
      readonly images: ReadonlyMap<string, LiveImage>;
      /** It says how its images are sorted. */
      readonly isSorted: boolean;
    };

export interface SavedFilter {
  readonly name: string;
  readonly text: string;
}

/** How many images there are, and how many of them the filter lets through. */
export interface Counts {
  readonly all: number;
  readonly shown: number;
}

const keys = { arrangement: 'images.arrangement', saved: 'images.filters' } as const;

/** How the images are grouped, sorted and filtered. Groups, order and saved filters are remembered by the workspace. */
export class Browsing {
  readonly #storage: Pick<vscode.Memento, 'get' | 'update'>;
  readonly #changed: Emitter<void>;
  readonly #counted: Emitter<void>;
  #arrangement: Arrangement;
  #filter: ImageFilter | undefined;
  #counts: Counts = { all: 0, shown: 0 };

  constructor(storage: Pick<vscode.Memento, 'get' | 'update'>, log: (line: string) => void) {
    const failed = (error: unknown): void => log(`A listener failed: ${String(error)}`);
    this.#storage = storage;
    this.#changed = new Emitter(failed);
    this.#counted = new Emitter(failed);
    const { group, sort } = storage.get<Partial<Arrangement>>(keys.arrangement) ?? {};
    this.#arrangement = {
      group: groupings.find((one) => one.group === group)?.group ?? usual.group,
      sort: sortings.find((one) => one.sort === sort)?.sort ?? usual.sort,
    };
  }

  onDidChange(listener: () => void): { dispose(): void } {
    return this.#changed.on(listener);
  }

  /** Calls back when other images, or another number of them, are shown. */
  onDidCount(listener: () => void): { dispose(): void } {
    return this.#counted.on(listener);
  }

  get arrangement(): Arrangement {
    return this.#arrangement;
  }

  get filter(): ImageFilter | undefined {
    return this.#filter;
  }

  get counts(): Counts {
    return this.#counts;
  }

  get saved(): readonly SavedFilter[] {
    return this.#storage.get<readonly SavedFilter[]>(keys.saved) ?? [];
  }

  arrange(change: Partial<Arrangement>): void {
    this.#arrangement = { ...this.#arrangement, ...change };
    void this.#storage.update(keys.arrangement, this.#arrangement);
    this.#changed.fire();
  }

  /** Shows what passes the filter; without one, all. */
  show(filter: ImageFilter | undefined): void {
    this.#filter = filter?.text.trim() === '' ? undefined : filter;
    this.#changed.fire();
  }

  /** Takes what the tree counts. */
  count(counts: Counts): void {
    const { all, shown } = this.#counts;
    this.#counts = counts;
    if (all !== counts.all || shown !== counts.shown) this.#counted.fire();
  }

  /** Saves a filter in place of one of the same name. */
  async save(filter: SavedFilter): Promise<void> {
    const others = this.saved.filter(({ name }) => name !== filter.name);
    await this.#storage.update(keys.saved, [...others, filter]);
    this.#changed.fire();
  }

  async forget(name: string): Promise<void> {
    await this.#storage.update(
      keys.saved,
      this.saved.filter((one) => one.name !== name),
    );
    this.#changed.fire();
  }

  /** Says above the tree what it leaves out. Nothing where nothing is shown: the welcome says that. */
  describe(): string | undefined {
    const { all, shown } = this.#counts;
    if (!this.#filter || shown === 0) return undefined;
    return t`Filter: ${this.#filter.text.trim()} · ${formatShare(shown, all)}`;
  }
}

export function formatShare(shown: number, all: number): string {
  return t`${shown.toLocaleString('en-US')} of ${all.toLocaleString('en-US')} images`;
}
