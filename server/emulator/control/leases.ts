/**
 * Who keeps the emulator alive. A lease is an open event stream of a window; the emulator ends `linger` seconds after
 * the last one closed, or when none came within a minute of the start.
 */
export interface Leases {
  /** Answers how to give it back. */
  take(): () => void;
  count(): number;
  close(): void;
}

const firstLease = 60_000;

export function createLeases(linger: number | undefined, end: () => void): Leases {
  let open = 0;
  let closed = false;
  let timer = linger === undefined ? undefined : setTimeout(end, firstLease);
  return {
    take: () => {
      open += 1;
      clearTimeout(timer);
      let given = false;
      return () => {
        if (given) return;
        given = true;
        open -= 1;
        if (open === 0 && linger !== undefined && !closed) timer = setTimeout(end, linger * 1000);
      };
    },
    count: () => open,
    close: () => {
      closed = true; // streams that end with the emulator give their leases back afterwards
      clearTimeout(timer);
    },
  };
}
