import { t } from '@vscode/l10n';
import { Cancelled, describeError, Remediable } from '../ui/errors.ts';
import type { Progress, Ui } from '../ui/ui.ts';

/** The work failed for some of many items, or for all of them. *Retry* does it for those alone. */
export class PartlyFailed extends Remediable {
  override readonly name = 'PartlyFailed';
  /** The items where it succeeded. */
  readonly done: number;

  constructor(message: string, done: number, retry: () => Promise<void>) {
    super(message, t('Retry'), retry);
    this.done = done;
  }
}

export interface Bulk<T> {
  readonly items: readonly T[];
  /** Several of them: `images`. */
  readonly plural: string;
  name(item: T): string;
  work(item: T, signal: AbortSignal): Promise<unknown>;
  /** Work that takes its time is shown, and can be cancelled. */
  readonly progress?: { readonly ui: Pick<Ui, 'progress'>; readonly title: string };
  /** Called with the items where the work succeeded, unless there is none; of a retry, with those of the retry. */
  then?(done: readonly T[]): unknown;
}

/**
 * Does the work for one item after the other, and reports on each that failed. Throws PartlyFailed where one of several
 * failed, the error itself of a single one, and Cancelled at once.
 */
export async function doForEach<T>(bulk: Bulk<T>): Promise<void> {
  const { progress } = bulk;
  if (!progress) return carryOut(bulk, new AbortController().signal);
  await progress.ui.progress(progress.title, (report, signal) => carryOut(bulk, signal, report));
}

async function carryOut<T>(bulk: Bulk<T>, signal: AbortSignal, progress?: Progress): Promise<void> {
  const { items, plural, name, work, then } = bulk;
  const done: T[] = [];
  const failed: { item: T; error: unknown }[] = [];
  try {
    for (const [at, item] of items.entries()) {
      progress?.report(at / items.length, t`${at + 1} of ${items.length}`);
      // Work that was under way may have ended well in spite of the cancel: what is next is not begun.
      if (signal.aborted)
        throw new Cancelled(t`Cancelled. Done for ${done.length} of ${items.length} ${plural}.`);
      try {
        await work(item, signal);
        done.push(item);
      } catch (error) {
        if (error instanceof Cancelled) throw error;
        failed.push({ item, error });
      }
    }
  } finally {
    if (done.length > 0) await then?.(done);
  }
  const [first] = failed;
  if (!first) return;
  if (items.length === 1) throw first.error;
  const lines = failed.map(({ item, error }) => `“${name(item)}”: ${describeError(error)}`);
  const message = [t`Done for ${done.length} of ${items.length} ${plural}. The others failed:`, ...lines];
  const rest = failed.map(({ item }) => item);
  throw new PartlyFailed(message.join('\n'), done.length, () => doForEach({ ...bulk, items: rest }));
}
