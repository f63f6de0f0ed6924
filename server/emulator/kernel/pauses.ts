import { setImmediate as nextTurn } from 'node:timers/promises';

/** Milliseconds that one request's work, or one change, may hold the loop. */
const slice = 4;

/** Makes a function that answers true once the slice that begins now is over. */
export function createSlice(): () => boolean {
  const began = performance.now();
  return () => performance.now() - began >= slice;
}

/** Lets others have their turn: `pause` waits for the loop's next one where the work since the last took a slice. */
export function createPauses(): () => Promise<void> {
  let isOver = createSlice();
  return async () => {
    if (!isOver()) return;
    await nextTurn();
    isOver = createSlice();
  };
}
