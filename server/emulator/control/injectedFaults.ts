import { setTimeout as delay } from 'node:timers/promises';
import { readJson } from '../kernel/body.ts';
import { Fault } from '../kernel/errorBody.ts';
import type { Reply, Request } from '../kernel/http.ts';
import { param } from '../kernel/request.ts';
import { flag, number, oneOf, optional, readFields, text } from './fields.ts';
import { hinder } from './injectFaults.ts';
import { isLike } from './pathGlob.ts';
import type { On } from './routes.ts';

/** Troubles that requests run into because somebody asked for them. They live as long as the process. */
export interface Troubles {
  /** The first trouble that is meant for a request, counted down. Undefined without any, at no cost. */
  meet(request: Request): Trouble | undefined;
  add(trouble: Omit<Trouble, 'id'>): Trouble;
  list(): readonly Trouble[];
  /** Whether it was there; without an id all of them go. */
  remove(id?: string): boolean;
}

export interface Trouble {
  readonly id: string;
  readonly method: string | null;
  /** A path without query, in which `*` stands for any characters. */
  readonly path: string;
  /** How many requests are yet to meet it. */
  readonly count: number;
  /** Milliseconds before anything else. */
  readonly delay: number;
  readonly status: number | null;
  /** The connection ends within the answer. */
  readonly cut: boolean;
  /** Bytes a second of the answer's body. */
  readonly slow: number | null;
}

const most = 1000;

export function createTroubles(): Troubles {
  const troubles = new Map<string, Trouble>();
  let made = 0;
  return {
    meet: ({ method, url }) => {
      if (troubles.size === 0) return undefined;
      const [path = ''] = url.split('?', 1);
      if (/^\/emulator\b/.test(path)) return undefined;
      for (const trouble of troubles.values()) {
        if ((trouble.method ?? method) !== method || !isLike(path, trouble.path)) continue;
        if (trouble.count > 1) troubles.set(trouble.id, { ...trouble, count: trouble.count - 1 });
        else troubles.delete(trouble.id);
        return trouble;
      }
      return undefined;
    },
    add: (given) => {
      if (troubles.size >= most) throw new Fault(409, `There are ${most} faults already; delete some.`);
      made += 1;
      const trouble = { ...given, id: String(made) };
      troubles.set(trouble.id, trouble);
      return trouble;
    },
    list: () => [...troubles.values()],
    remove: (id) => {
      if (id !== undefined) return troubles.delete(id);
      troubles.clear();
      return true;
    },
  };
}

/** What a request meets before it is served: a wait, the end of its answer's ease, a refusal (thrown). */
export async function suffer(trouble: Trouble, { raw: asked }: Request, { raw }: Reply): Promise<void> {
  if (trouble.delay > 0) {
    const gone = new AbortController();
    const leave = () => gone.abort();
    asked.socket.once('close', leave);
    try {
      await delay(trouble.delay, undefined, { signal: gone.signal });
    } catch {
      throw new Fault(408, 'The client went away.');
    } finally {
      asked.socket.off('close', leave);
    }
  }
  if (trouble.cut || trouble.slow !== null) hinder(raw, trouble);
  if (trouble.status !== null)
    throw new Fault(trouble.status, 'A fault that was asked for at the control service.', {
      rule: `fault/${trouble.id}`,
    });
}

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'COPY'] as const;

export function faultRoutes(on: On, troubles: Troubles): void {
  on('GET', '/faults', () => ({ faults: troubles.list() }));
  on('POST', '/faults', async (request, reply) => {
    const given = readFields(await readJson(request), {
      method: optional(oneOf(...methods)),
      path: text(2000),
      count: optional(number(1, 1_000_000)),
      delay: optional(number(0, 3_600_000)),
      status: optional(number(400, 599)),
      cut: optional(flag),
      slow: optional(number(1, 1e9)),
    });
    const {
      method = null,
      path,
      count = 1,
      delay: wait = 0,
      status = null,
      cut = false,
      slow = null,
    } = given;
    if (wait === 0 && status === null && !cut && slow === null)
      throw new Fault(400, 'A fault has at least one of delay, status, cut and slow.');
    return reply.code(201).send(troubles.add({ method, path, count, delay: wait, status, cut, slow }));
  });
  on('DELETE', '/faults', (_request, reply) => {
    troubles.remove();
    return reply.code(204).send();
  });
  on('DELETE', '/faults/:id', (request, reply) => {
    const id = param(request, 'id');
    if (!troubles.remove(id))
      throw new Fault(404, `There is no fault '${id}', or it was met as often as asked.`);
    return reply.code(204).send();
  });
}
