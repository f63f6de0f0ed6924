import { ApiError } from '../../../kernel/apiError.ts';
import { readBytes } from '../../../kernel/body.ts';
import { createSlice } from '../../../kernel/pauses.ts';
import type { Reply, Request } from '../../../kernel/routes.ts';
import { Damaged } from '../../../store/integrity.ts';
import type { EmulatorContext } from '../../context.ts';
import type { Authority } from '../authority.ts';
import { createManifests, type Place, splitName } from '../large/content.ts';
import { limits } from '../limits.ts';
import { decode, encodePath } from '../paths.ts';
import { ownText, refuse as refuseAs } from '../refusals.ts';
import { refuseToLeave } from '../versions/container.ts';
import { removeVersioned } from '../versions/writes.ts';
import { answerBulk, bulkFormat, statusLine } from './answer.ts';

/** Where names are removed, and with whose rights. */
interface Rights extends Place {
  readonly authority: Authority;
}

/** The outcome of a bulk request; Swift answers 200 and tells the rest in the body. */
interface Result {
  deleted: number;
  missing: number;
  /** Name as it was sent, and status. */
  readonly errors: [name: string, status: string][];
  /** Why the request as a whole is refused. */
  readonly refused?: ApiError;
}

/** `?bulk-delete`: the names of objects and containers line by line, URL-encoded; containers come last. */
export async function bulkDelete(
  context: EmulatorContext,
  place: Rights,
  request: Request,
  reply: Reply,
): Promise<Reply> {
  const { headers } = request;
  const refuse = (refused: ApiError) => answer(request, reply, { ...nothing(), refused });
  if (!bulkFormat(request) || !/^(text\/plain|$)/.test(headers['content-type'] ?? ''))
    return refuse(refuseAs('files/accept'));
  if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined)
    return refuse(refuseAs('files/length'));
  const most = limits.deletes * 3 * (limits.containerName + limits.objectName + 2);
  const body = await readBytes(request, most);
  const lines = body.toString('latin1').split('\n');
  const names = lines.map((line) => line.trim()).filter((line) => line !== '');
  if (names.length > limits.deletes)
    return refuse(new ApiError('files/bulk-size', `Maximum Bulk Deletes: ${limits.deletes} per request`));
  const isObject = (name: string) => name.replace(/^\/+|\/+$/g, '').includes('/');
  const sorted = [...names.filter(isObject), ...names.filter((name) => !isObject(name))];
  const named = sorted.map((name): Named => ({ sent: name, name: () => decode(name) }));
  return answer(request, reply, await removeAll(context, place, named));
}

/** DELETE with `multipart-manifest=delete`: a static large object and its segments, also those of segments. */
export async function deleteStatic(
  context: EmulatorContext,
  place: Rights,
  name: string,
  request: Request,
  reply: Reply,
): Promise<Reply> {
  return answer(request, reply, await removeAll(context, place, segmentsBelow(context, place, name)));
}

/** A name to remove; in answers it stands as it was sent. */
interface Named {
  readonly sent: string;
  /** Throws 412 where what was sent is no name. */
  name(): string;
  /** Why it is not removed. */
  readonly problem?: string | undefined;
}

interface Queued {
  readonly name: string;
  readonly isManifest: boolean;
  readonly problem?: string | undefined;
}

/** Names that wait, ten times as many as a manifest has segments. */
const mostQueued = limits.segments * 10;

/**
 * The segments of a manifest level by level, each manifest after what it names, as in Swift. They are found while the
 * ones before are removed, so manifests that name each other come to an end. Throws 400 where too many wait.
 */
function* segmentsBelow(context: EmulatorContext, place: Place, name: string): Generator<Named> {
  const manifest = createManifests(context);
  let queue: Queued[] = [{ name, isManifest: true }];
  let at = 0;
  for (;;) {
    if (queue.length - at > mostQueued)
      throw new ApiError('files/bulk', 'Too many buffered slo segments to delete.');
    const next = queue[at];
    if (!next) return;
    at += 1;
    if (at > mostQueued) {
      queue = queue.slice(at);
      at = 0;
    }
    if (!next.isManifest) {
      yield { sent: encodePath(next.name), name: () => next.name, problem: next.problem };
      continue;
    }
    const row = context.objects.find(place.region, place.account, ...splitName(next.name));
    const below = row && row.slo_etag !== null ? readable(() => manifest(row)) : [];
    for (const { name, sub_slo } of below ?? []) queue.push({ name, isManifest: sub_slo === true });
    const problem =
      below === undefined
        ? 'Unable to load SLO manifest or segment.'
        : row && row.slo_etag === null
          ? 'Not an SLO manifest'
          : undefined;
    queue.push({ name: next.name, isManifest: false, problem });
  }
}

/** Undefined where the stored content is damaged. */
function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Damaged) return undefined;
    throw error;
  }
}

/** Removes a few with each change, so that others have their turn. A name that cannot be removed leaves the others alone. */
async function removeAll(context: EmulatorContext, place: Rights, names: Iterable<Named>): Promise<Result> {
  const result = nothing();
  const source = names[Symbol.iterator]();
  /** Answers, and does not throw, what ends it all: what was removed before stays removed. */
  const take = (): Named | ApiError | undefined => {
    try {
      const next = source.next();
      return next.done ? undefined : next.value;
    } catch (error) {
      if (error instanceof ApiError) return error;
      throw error;
    }
  };
  for (;;) {
    // What one change takes is removed again where the change is made again: on a full disk it is.
    const taken: (Named | ApiError | undefined)[] = [];
    const { part, end } = await context.store.free(() => {
      const part = nothing();
      for (let at = 0, isOver = createSlice(); at < taken.length || !isOver(); at += 1) {
        if (at === taken.length) taken.push(take());
        const next = taken[at];
        if (next === undefined) return { part, end: 'done' as const };
        if (next instanceof ApiError) return { part, end: next };
        removeOne(context, place, next, part);
        if (result.errors.length + part.errors.length >= limits.failedDeletes)
          return { part, end: new ApiError('files/bulk', 'Max delete failures exceeded') };
      }
      return { part, end: 'more' as const };
    });
    result.deleted += part.deleted;
    result.missing += part.missing;
    result.errors.push(...part.errors);
    if (end === 'done') return result;
    if (end !== 'more') return { ...result, refused: end };
  }
}

/** Inside `store.write`. */
function removeOne(context: EmulatorContext, place: Rights, named: Named, result: Result): void {
  const { region, account, authority } = place;
  const { sent, problem } = named;
  try {
    if (problem !== undefined) {
      result.errors.push([sent, problem]);
      return;
    }
    const [container, object] = splitName(named.name());
    authority.require(object === '' ? 'administer' : 'write', account, container);
    if (object === '') {
      refuseToLeave(context, context.objects.container(region, account, container));
      context.objects.removeContainer(region, account, container);
      result.deleted += 1;
    } else if (removeVersioned(context, region, { account, container, object }).isFound) result.deleted += 1;
    else result.missing += 1;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 404) result.missing += 1;
    else result.errors.push([sent, statusLine(error)]);
  }
}

function nothing(): Result {
  return { deleted: 0, missing: 0, errors: [] };
}

function answer(request: Request, reply: Reply, result: Result): Reply {
  const { deleted, missing, errors } = result;
  const isIdle = deleted === 0 && missing === 0 && errors.length === 0;
  const refused = result.refused ?? (isIdle ? new ApiError('files/bulk', 'Invalid bulk delete.') : undefined);
  return answerBulk(request, reply, 'delete', {
    counts: { 'Number Deleted': deleted, 'Number Not Found': missing },
    errors,
    status: statusLine(refused ?? (errors.length > 0 ? 400 : 200)),
    text: ownText(refused),
  });
}
