import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Gives memory back after a burst of work, of which V8 would keep some hundred megabytes until the next one. */
export interface Trimming {
  /** A request has ended. */
  worked(): void;
  stop(): void;
}

/** Milliseconds without a request after which work has ended, and those after which it is not waited for any longer. */
const [quiet, longest] = [10_000, 300_000];
/** Bytes that are not worth a collection, which stops the process for about a tenth of a second. */
const modest = 16 * 2 ** 20;

type Collect = (options: { type: 'major'; flavor: 'last-resort' }) => void;

/** `shrink` gives back what is held outside of V8's heap. */
export function createTrimming(isBusy: () => boolean, shrink: () => void): Trimming {
  let timer: NodeJS.Timeout | undefined;
  let [first, last] = [0, 0];
  let [kept, collect]: [number, Collect | undefined] = [0, undefined];
  const look = (): void => {
    const now = performance.now();
    const goesOn = isBusy() || now - last < quiet;
    if (goesOn && now - first < longest) {
      timer?.refresh();
      return;
    }
    timer = undefined;
    if (process.memoryUsage.rss() < kept + modest) return;
    shrink();
    collect ??= findCollector();
    collect?.({ type: 'major', flavor: 'last-resort' });
    kept = process.memoryUsage.rss();
  };
  return {
    worked: () => {
      last = performance.now();
      if (timer) return;
      first = last;
      timer = setTimeout(look, quiet).unref();
    },
    stop: () => clearTimeout(timer),
  };
}

/** V8's own, which Node names in contexts that are made after the flag is set. Undefined where it cannot be set any more. */
function findCollector(): Collect | undefined {
  setFlagsFromString('--expose-gc');
  const found: unknown = runInNewContext('globalThis.gc');
  return typeof found === 'function' ? (options) => found(options) : undefined;
}
