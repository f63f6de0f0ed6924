import type { Socket } from 'node:net';
import type { FindApi } from '../kernel/api.ts';
import { ApiError } from '../kernel/apiError.ts';
import { readParam } from '../kernel/request.ts';
import type { Request } from '../kernel/routes.ts';
import type { EmulatorContext } from '../services/context.ts';
import type { OnControl, Service, Stored } from '../services/service.ts';

/** Counts what each account stores, and what went over the wire for it. */
export interface Usage {
  /** A request has ended: counts what its connection carried for it. */
  count(request: Request, status: number): void;
  /** Makes what was counted durable. */
  flush(): Promise<void>;
  of(account: string): AccountUsage;
}

export interface AccountUsage {
  readonly account: string;
  readonly regions: readonly RegionUsage[];
  /** The bytes that are charged: storage and downloads from Cloud Files. Uploads, answers of APIs and sharing are free. */
  readonly charged: { readonly storedBytes: number; readonly downloadedBytes: number };
}

/** Beside these, what each service of the region stores, by its name. */
export interface RegionUsage {
  readonly region: string;
  readonly receivedBytes: number;
  readonly sentBytes: number;
  /** Of those that were sent. */
  readonly downloadedBytes: number;
}

interface Counted {
  readonly account: string;
  readonly region: string;
  received: number;
  sent: number;
  downloaded: number;
}

export function createUsage(
  { store, regions }: EmulatorContext,
  services: readonly Service[],
  findApi: FindApi,
): Usage {
  // Long, since its parts share state that nothing else may reach.
  /** Bytes of each connection up to the end of its last request. */
  const seen = new WeakMap<Socket, { received: number; sent: number }>();
  let counted = new Map<string, Counted>();

  const flush = async (): Promise<void> => {
    const batch = counted;
    counted = new Map();
    if (batch.size === 0) return;
    await store.write(() => {
      for (const { account, region, received, sent, downloaded } of batch.values())
        store.run(
          `INSERT INTO transfers (account, region, received, sent, downloaded) SELECT id, ?, ?, ?, ? FROM accounts WHERE id = ?
           ON CONFLICT DO UPDATE SET received = received + excluded.received, sent = sent + excluded.sent,
           downloaded = downloaded + excluded.downloaded`,
          region,
          received,
          sent,
          downloaded,
          account,
        );
    });
  };

  return {
    count: (request, status) => {
      const { raw, url } = request;
      const { socket } = raw;
      const total = seen.get(socket) ?? { received: 0, sent: 0 };
      if (total.received === 0) seen.set(socket, total);
      const [received, sent] = [socket.bytesRead - total.received, socket.bytesWritten - total.sent];
      total.received += received;
      total.sent += sent;
      const region = url.slice(1, url.indexOf('/', 1));
      if (!regions.includes(region)) return;
      const api = findApi(url);
      const payer = api?.payer?.(request);
      if (payer === undefined) return;
      const key = `${region}/${payer}`;
      const sum = counted.get(key) ?? { account: payer, region, received: 0, sent: 0, downloaded: 0 };
      sum.received += received;
      sum.sent += sent;
      if (status < 300 && api?.isDownload?.(request)) sum.downloaded += sent;
      counted.set(key, sum);
    },
    flush,
    of: (account) => {
      const perRegion = regions.map((region) => {
        const durable = store.get<{ received: number; sent: number; downloaded: number }>(
          'SELECT received, sent, downloaded FROM transfers WHERE account = ? AND region = ?',
          account,
          region,
        );
        const stored = services.flatMap(({ name, measure }): [string, Stored][] =>
          measure ? [[name, measure(store, region, account)]] : [],
        );
        return {
          region,
          ...Object.fromEntries(stored),
          receivedBytes: durable?.received ?? 0,
          sentBytes: durable?.sent ?? 0,
          downloadedBytes: durable?.downloaded ?? 0,
          storedBytes: stored.reduce((sum, [, { bytes }]) => sum + bytes, 0),
        };
      });
      return {
        account,
        regions: perRegion.map(({ storedBytes, ...shown }) => shown),
        charged: {
          storedBytes: perRegion.reduce((sum, { storedBytes }) => sum + storedBytes, 0),
          downloadedBytes: perRegion.reduce((sum, { downloadedBytes }) => sum + downloadedBytes, 0),
        },
      };
    },
  };
}

export function usageRoutes(on: OnControl, { identity }: EmulatorContext, usage: Usage): void {
  on('GET', '/usage', async () => {
    await usage.flush();
    return { usage: identity.accounts().map(({ id }) => usage.of(id)) };
  });
  on('GET', '/usage/:account', async (request) => {
    const id = readParam(request, 'account');
    if (!identity.account({ id })) throw new ApiError('emulator/not-found', `There is no account '${id}'.`);
    await usage.flush();
    return usage.of(id);
  });
}
