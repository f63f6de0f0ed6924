import type { FindApi } from '../kernel/api.ts';
import type { Reply, Request } from '../kernel/routes.ts';
import { isLike } from './pathGlob.ts';

/** The last requests, for the control service: what was asked, what was answered, and by which rule. */
export interface RequestLog {
  /** `fault`: the id of the fault that the request met. */
  add(request: Request, reply: Reply, fault: string | undefined): void;
  /** Oldest first. */
  recent(filter: RequestFilter): readonly Entry[];
}

export interface RequestFilter {
  readonly method?: string | undefined;
  /** `404`, or `4xx`. */
  readonly status?: string | undefined;
  /** A path with query, in which `*` stands for any characters. */
  readonly path?: string | undefined;
  readonly rule?: string | undefined;
  /** The latest ones. */
  readonly limit: number;
}

export interface Entry {
  readonly id: string;
  readonly time: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly milliseconds: number;
  readonly rule?: string;
  readonly fault?: string;
}

export const keptRequests = 500;

export function createRequestLog(findApi: FindApi): RequestLog {
  const redact = (url: string) => findApi(url)?.redact?.(url) ?? url;
  const entries: Noted[] = [];
  return {
    add: (request, reply, fault) => {
      const rule = reply.getHeader('x-cloud-images-rule');
      entries.push({
        id: request.id,
        time: Date.now(),
        method: request.method,
        url: request.url,
        status: reply.statusCode,
        elapsed: reply.elapsedTime,
        rule: typeof rule === 'string' ? rule : undefined,
        fault,
      });
      // Seldom, since it moves all of them.
      if (entries.length >= 2 * keptRequests) entries.splice(0, entries.length - keptRequests);
    },
    recent: ({ method, status, path, rule, limit }) =>
      entries
        .slice(-keptRequests)
        .map((noted) => toEntry(redact, noted))
        .filter(
          (entry) =>
            (method === undefined || entry.method === method) &&
            (status === undefined || isStatus(entry.status, status)) &&
            (path === undefined || isLike(entry.path, path)) &&
            (rule === undefined || entry.rule === rule),
        )
        .slice(-limit),
  };
}

/** As little as can be: every request is noted, and few are ever looked at. */
interface Noted {
  readonly id: string;
  readonly time: number;
  readonly method: string;
  readonly url: string;
  readonly status: number;
  readonly elapsed: number;
  readonly rule: string | undefined;
  readonly fault: string | undefined;
}

function toEntry(
  redact: (url: string) => string,
  { id, time, method, url, status, elapsed, rule, fault }: Noted,
): Entry {
  return {
    id,
    time: new Date(time).toISOString(),
    method,
    path: redact(url.slice(0, 2000)),
    status,
    milliseconds: Math.round(elapsed * 10) / 10,
    ...(rule === undefined ? {} : { rule }),
    ...(fault === undefined ? {} : { fault }),
  };
}

function isStatus(status: number, pattern: string): boolean {
  return pattern.endsWith('xx') ? `${Math.floor(status / 100)}xx` === pattern : String(status) === pattern;
}
