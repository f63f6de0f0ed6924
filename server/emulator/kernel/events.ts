import type { Json } from '../../rules/json.ts';
import type { Store } from '../store/store.ts';
import type { Clock } from './clock.ts';

/** The log of every change. A sequence number never comes back, and an event is durable with the change it tells of. */
export interface Events {
  /** Inside `store.write`. */
  append(event: NewEvent): void;
  /** Events after `seq`, oldest first. `complete` is false where some of them are no longer kept. */
  after(seq: number, limit: number): { events: Event[]; complete: boolean };
  last(): number;
  /** Calls back, soon after, whenever there are new events. Answers how to stop. */
  subscribe(wake: () => void): () => void;
}

export interface NewEvent {
  /** One that a service declares. */
  readonly kind: string;
  readonly action: 'create' | 'update' | 'delete';
  readonly region?: string;
  readonly account?: string | null;
  readonly id?: string;
  /** A few words more, such as a task's status. Small. */
  readonly summary?: { readonly [key: string]: Json };
}

export interface Event extends NewEvent {
  readonly seq: number;
  readonly time: number;
}

const kept = 10_000;

export function createEvents(store: Store, clock: Clock, kinds: ReadonlySet<string>): Events {
  const subscribers = new Set<() => void>();
  const wakeAll = () => {
    for (const wake of subscribers) wake();
  };
  const last = () =>
    store.get<{ seq: number }>('SELECT seq FROM sqlite_sequence WHERE name = ?', 'events')?.seq ?? 0;

  return {
    append: ({ kind, action, region, account, id, summary }) => {
      if (!kinds.has(kind)) throw new Error(`No service declares events of kind '${kind}'.`);
      const { key } = store.run(
        'INSERT INTO events (time, kind, action, region, account, id, summary) VALUES (?, ?, ?, ?, ?, ?, ?)',
        clock.now(),
        kind,
        action,
        region ?? null,
        account ?? null,
        id ?? null,
        JSON.stringify(summary ?? {}),
      );
      if (key % 1000 === 0) store.run('DELETE FROM events WHERE seq <= ?', key - kept);
      store.afterCommit(wakeAll);
    },
    after: (seq, limit) => {
      const rows = store.all<EventRow>('SELECT * FROM events WHERE seq > ? ORDER BY seq LIMIT ?', seq, limit);
      const oldest =
        store.get<{ seq: number | null }>('SELECT min(seq) AS seq FROM events')?.seq ?? last() + 1;
      return { events: rows.map(toEvent), complete: seq + 1 >= oldest };
    },
    last,
    subscribe: (wake) => {
      subscribers.add(wake);
      return () => subscribers.delete(wake);
    },
  };
}

interface EventRow {
  seq: number;
  time: number;
  kind: string;
  action: NewEvent['action'];
  region: string | null;
  account: string | null;
  id: string | null;
  summary: string;
}

function toEvent(row: EventRow): Event {
  const { seq, time, kind, action, region, account, id } = row;
  return {
    seq,
    time,
    kind,
    action,
    ...(region === null ? {} : { region }),
    ...(account === null ? {} : { account }),
    ...(id === null ? {} : { id }),
    summary: JSON.parse(row.summary),
  };
}
