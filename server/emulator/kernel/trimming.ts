import { collectMemory } from '../../collectMemory.ts';

/** Gives memory back after a burst of work, of which V8 would keep some hundred megabytes until the next one. */
export interface Trimming {
  /** A request has ended. */
  worked(): void;
  stop(): void;
}

/** Milliseconds without a request after which work has ended, and those after which it is not waited for any longer. */
const [quiet, longest] = [10_000, 300_000];
/** Bytes that are not worth a collection. */
const modest = 16 * 2 ** 20;

/** `shrink` gives back what is held outside of V8's heap. */
export function createTrimming(isBusy: () => boolean, shrink: () => void): Trimming {
  let timer: NodeJS.Timeout | undefined;
  let [first, last] = [0, 0];
  let kept = 0;
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
    collectMemory();
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
