import { setTimeout as delay } from 'node:timers/promises';
import { ApiError } from '../kernel/apiError.ts';
import { readJson } from '../kernel/body.ts';
import type { MetFault } from '../kernel/http.ts';
import { readParam } from '../kernel/request.ts';
import type { Reply, Request } from '../kernel/routes.ts';
import type { OnControl } from '../services/service.ts';
import { flag, number, oneOf, optional, readFields, text } from './fields.ts';
import { isLike } from './pathGlob.ts';
import { throttle } from './throttle.ts';

/** Faults that somebody asked for. They live as long as the process. */
export interface InjectedFaults {
  /** The first fault that is meant for a request, counted down. Undefined without any, at no cost. */
  meet(request: Request): MetFault | undefined;
  add(fault: Omit<InjectedFault, 'id'>): InjectedFault;
  list(): readonly InjectedFault[];
  /** Answers whether it was there; without an id all of them go. */
  remove(id?: string): boolean;
}

export interface InjectedFault {
  readonly id: string;
  readonly method: string | null;
  /** A path without query, in which `*` stands for any characters. */
  readonly path: string;
  /** Requests that are yet to meet it. */
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

export function createInjectedFaults(): InjectedFaults {
  const faults = new Map<string, InjectedFault>();
  let made = 0;
  return {
    meet: ({ method, url }) => {
      if (faults.size === 0) return undefined;
      const [path = ''] = url.split('?', 1);
      if (/^\/emulator\b/.test(path)) return undefined;
      for (const fault of faults.values()) {
        if ((fault.method ?? method) !== method || !isLike(path, fault.path)) continue;
        if (fault.count > 1) faults.set(fault.id, { ...fault, count: fault.count - 1 });
        else faults.delete(fault.id);
        return { id: fault.id, apply: (request, reply) => applyFault(fault, request, reply) };
      }
      return undefined;
    },
    add: (given) => {
      if (faults.size >= most)
        throw new ApiError('emulator/exists', `There are ${most} faults, the most possible. Delete some.`);
      made += 1;
      const fault = { ...given, id: String(made) };
      faults.set(fault.id, fault);
      return fault;
    },
    list: () => [...faults.values()],
    remove: (id) => {
      if (id !== undefined) return faults.delete(id);
      faults.clear();
      return true;
    },
  };
}

/** Delays a request, throttles or cuts its answer, or refuses it. */
async function applyFault(fault: InjectedFault, { raw: asked }: Request, { raw }: Reply): Promise<void> {
  if (fault.delay > 0) {
    const gone = new AbortController();
    const leave = () => gone.abort();
    asked.socket.once('close', leave);
    try {
      await delay(fault.delay, undefined, { signal: gone.signal });
    } catch {
      throw new ApiError('request/stalled', 'The client went away.');
    } finally {
      asked.socket.off('close', leave);
    }
  }
  if (fault.cut || fault.slow !== null) throttle(raw, fault);
  if (fault.status !== null)
    throw new ApiError('emulator/fault', 'This fault was injected through the control service.', {
      status: fault.status,
    });
}

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'COPY'] as const;

export function faultRoutes(on: OnControl, faults: InjectedFaults): void {
  on('GET', '/faults', () => ({ faults: faults.list() }));
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
      throw new ApiError('emulator/body', 'A fault needs at least one of delay, status, cut and slow.');
    return reply.code(201).send(faults.add({ method, path, count, delay: wait, status, cut, slow }));
  });
  on('DELETE', '/faults', (_request, reply) => {
    faults.remove();
    return reply.code(204).send();
  });
  on('DELETE', '/faults/:id', (request, reply) => {
    const id = readParam(request, 'id');
    if (!faults.remove(id))
      throw new ApiError(
        'emulator/not-found',
        `There is no fault '${id}'. It may have been met as often as asked.`,
      );
    return reply.code(204).send();
  });
}
