import type { Socket } from 'node:net';
import { ApiError } from '../kernel/apiError.ts';
import type { Request } from '../kernel/http.ts';
import { param } from '../kernel/request.ts';
import type { EmulatorContext } from '../services/context.ts';
import type { On } from './routes.ts';

/** What each account stores, and what went over the wire for it. */
export interface Usage {
  /** A request has ended: counts what its connection carried for it. */
  count(request: Request): void;
  /** Makes what was counted durable. */
  flush(): Promise<void>;
  of(account: string): AccountUsage;
}

export interface AccountUsage {
  readonly account: string;
  readonly regions: readonly RegionUsage[];
  /** What the FAQ says is charged: storage and outgoing bytes. Inbound bytes and sharing are free. */
  readonly charged: { readonly storedBytes: number; readonly sentBytes: number };
}

export interface RegionUsage {
  readonly region: string;
  readonly images: Stored;
  readonly objects: Stored;
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

interface Stored {
  readonly count: number;
  readonly bytes: number;
}

const none: Stored = { count: 0, bytes: 0 };

export function createUsage({ store, identity, regions }: EmulatorContext): Usage {
  /** What the connection had carried when its last request ended. */
  const seen = new WeakMap<Socket, { received: number; sent: number }>();
  let counted = new Map<string, { account: string; region: string; received: number; sent: number }>();

  const flush = async (): Promise<void> => {
    const batch = counted;
    counted = new Map();
    if (batch.size === 0) return;
    await store.write(() => {
      for (const { account, region, received, sent } of batch.values())
        store.run(
          `INSERT INTO transfers SELECT id, ?, ?, ? FROM accounts WHERE id = ?
           ON CONFLICT DO UPDATE SET received = received + excluded.received, sent = sent + excluded.sent`,
          region,
          received,
          sent,
          account,
        );
    });
  };

  return {
    count: ({ raw: { socket }, url, headers }) => {
      const total = seen.get(socket) ?? { received: 0, sent: 0 };
      if (total.received === 0) seen.set(socket, total);
      const [received, sent] = [socket.bytesRead - total.received, socket.bytesWritten - total.sent];
      total.received += received;
      total.sent += sent;
      const end = url.indexOf('/', 1);
      const region = url.slice(1, end);
      if (!regions.includes(region)) return;
      const [, account] = /^\/object-store\/v1\/([^/?]+)/.exec(url.slice(end)) ?? [];
      if (account === undefined && !url.startsWith('/image', end)) return;
      const token = headers['x-auth-token'];
      const payer =
        account === undefined
          ? identity.session(typeof token === 'string' ? token : undefined)?.account?.id
          : account.replace(/^(MossoCloudFS|AUTH)_/, '');
      if (payer === undefined) return;
      const key = `${region}/${payer}`;
      const sum = counted.get(key) ?? { account: payer, region, received: 0, sent: 0 };
      sum.received += received;
      sum.sent += sent;
      counted.set(key, sum);
    },
    flush,
    of: (account) => {
      const perRegion = regions.map((region): RegionUsage => {
        const durable = store.get<{ received: number; sent: number }>(
          'SELECT received, sent FROM transfers WHERE account = ? AND region = ?',
          account,
          region,
        );
        return {
          region,
          images:
            store.get<Stored>(
              'SELECT count(*) AS count, coalesce(sum(size), 0) AS bytes FROM images WHERE region = ? AND owner = ?',
              region,
              account,
            ) ?? none,
          objects:
            store.get<Stored>(
              `SELECT coalesce(sum(objects), 0) AS count, coalesce(sum(bytes), 0) AS bytes FROM containers
             WHERE region = ? AND account = ?`,
              region,
              account,
            ) ?? none,
          receivedBytes: durable?.received ?? 0,
          sentBytes: durable?.sent ?? 0,
        };
      });
      const sum = (of: (usage: RegionUsage) => number) =>
        perRegion.reduce((total, usage) => total + of(usage), 0);
      return {
        account,
        regions: perRegion,
        charged: {
          storedBytes: sum(({ images, objects }) => images.bytes + objects.bytes),
          sentBytes: sum(({ sentBytes }) => sentBytes),
        },
      };
    },
  };
}

export function usageRoutes(on: On, { identity }: EmulatorContext, usage: Usage): void {
  on('GET', '/usage', async () => {
    await usage.flush();
    return { usage: identity.accounts().map(({ id }) => usage.of(id)) };
  });
  on('GET', '/usage/:account', async (request) => {
    const id = param(request, 'account');
    if (!identity.account({ id })) throw new ApiError(404, `There is no account '${id}'.`);
    await usage.flush();
    return usage.of(id);
  });
}
