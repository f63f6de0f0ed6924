import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** A text of so many characters leaves enough behind to be worth a collection of its own. */
const large = 50_000;
const delay = 1000;

/** Gives back what closed documents held: left to itself, V8 keeps it until something needs it. */
export function openCollector(): (length: number) => void {
  let waiting: NodeJS.Timeout | undefined;
  return (length) => {
    if (length < large) return;
    clearTimeout(waiting);
    waiting = setTimeout(collect, delay).unref();
  };
}

function collect(): void {
  setFlagsFromString('--expose-gc');
  const gc: unknown = runInNewContext('gc');
  setFlagsFromString('--no-expose-gc');
  if (typeof gc === 'function') gc({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
