import type { Reply, Request } from '../http.ts';

/** The last requests, for the control service: what was asked, what was answered, and by which rule. */
export interface RequestLog {
  add(request: Request, reply: Reply): void;
  recent(): readonly Entry[];
}

export interface Entry {
  readonly id: string;
  readonly time: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly milliseconds: number;
  readonly rule?: string;
}

const kept = 500;

export function createRequestLog(): RequestLog {
  const entries: Entry[] = [];
  return {
    add: (request, reply) => {
      const rule = reply.getHeader('x-cloud-images-rule');
      entries.push({
        id: request.id,
        time: new Date().toISOString(),
        method: request.method,
        path: request.url.slice(0, 2000).replace(/\/tokens\/.+/, '/tokens/…'), // v2.0 has tokens in paths
        status: reply.statusCode,
        milliseconds: Math.round(reply.elapsedTime * 10) / 10,
        ...(typeof rule === 'string' ? { rule } : {}),
      });
      if (entries.length > kept) entries.splice(0, entries.length - kept);
    },
    recent: () => entries,
  };
}
