import { setImmediate as nextTurn } from 'node:timers/promises';

/** Milliseconds that one request's work may hold the loop. */
const slice = 4;

/** Lets others have their turn: `pause` waits for the loop's next one where the work since the last took a slice. */
export function createPauses(): () => Promise<void> {
  let began = performance.now();
  return async () => {
    if (performance.now() - began < slice) return;
    await nextTurn();
    began = performance.now();
  };
}
