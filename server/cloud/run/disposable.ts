import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { isObject, type Json } from '../../rules/json.ts';
import { type Cloud, cloudIn } from '../cloud.ts';
import { openListings } from '../services/containers.ts';
import { readJson } from '../session/bodies.ts';
import { CloudError, unlessMissing } from '../session/errors.ts';
import type { CloudRequest, Session } from '../session/session.ts';
import { keptFolder, readKept, requireKeptFolder, writeDurably } from './durable.ts';
import { deleteServer } from './servers/perform.ts';
import type { Waiting } from './waiting.ts';

/** What a run has made, or may have made: `unanswered` where the answer that would name it never came. */
type Made =
  | { readonly type: 'image'; readonly id: string }
  | { readonly type: 'server'; readonly id: string }
  | { readonly type: 'task'; readonly id: string }
  | { readonly type: 'container'; readonly container: string }
  | { readonly type: 'object'; readonly container: string; readonly name: string }
  | { readonly type: 'unanswered'; readonly request: string; readonly at: string };

interface Journal {
  readonly version: 1;
  readonly region: string;
  readonly account: string;
  /** In the order in which they were made. */
  readonly entries: readonly Made[];
}

/** Keeps what a run makes in a project, each before the request that makes it. */
export interface MadeJournal {
  readonly path: string;
  /** The same cloud; each request of it that makes something is kept first. */
  keep(cloud: Cloud): Cloud;
}

/** The journal of a project: one for each place, region and account. */
export function findJournal(place: string, region: string, account: string): string {
  const name = createHash('sha256')
    .update(JSON.stringify([place, region, account]))
    .digest('hex');
  return join(keptFolder('rehearsals'), `${name.slice(0, 24)}.json`);
}

/** Throws where nothing can be kept. */
export function openMadeJournal(path: string, region: string, account: string): MadeJournal {
  requireKeptFolder(keptFolder('rehearsals'));
  let entries: readonly Made[] = [];
  const write = (changed: readonly Made[]): void => {
    entries = changed;
    writeDurably(path, { version: 1, region, account, entries } satisfies Journal);
  };
  const send =
    (session: Session): Session['send'] =>
    async (url, request = {}, expected = []) => {
      const intended = foresee(session, region, url, request);
      if (!intended) return session.send(url, request, expected);
      write([...entries, intended]);
      const without = (): readonly Made[] => entries.filter((entry) => entry !== intended);
      try {
        const answer = await session.send(url, request, expected);
        const made = await identify(intended, url, answer);
        if (made !== intended) write(made ? [...without(), made] : without());
        return answer;
      } catch (error) {
        // What is refused makes nothing; of what is not answered nobody knows.
        if (error instanceof CloudError && error.status >= 400 && error.status < 500) write(without());
        throw error;
      }
    };
  return {
    path,
    keep: ({ session, region: own }) => {
      const kept = send(session);
      const json: Session['json'] = async (url, request) =>
        readJson({ method: request?.method ?? 'GET', url }, await kept(url, request));
      return cloudIn({ ...session, send: kept, json }, own);
    },
  };
}

/** What a request will make, as far as that is known before. Undefined: nothing new. */
function foresee(
  session: Session,
  region: string,
  url: string,
  { method = 'GET', json }: CloudRequest,
): Made | undefined {
  const { pathname } = new URL(url);
  if (method === 'PUT' && session.offers('object-store', region)) {
    const base = `${session.endpoint('object-store', region)}/`;
    if (!url.startsWith(base)) return undefined;
    const [container = '', ...rest] = url
      .slice(base.length)
      .replace(/\?.*$/, '')
      .split('/')
      .map(decodeURIComponent);
    return rest.length === 0
      ? { type: 'container', container }
      : { type: 'object', container, name: rest.join('/') };
  }
  if (method !== 'POST') return undefined;
  const body: Json = json ?? null;
  const id = isObject(body) ? body['id'] : undefined;
  if (/\/v2\/images$/.test(pathname) && typeof id === 'string') return { type: 'image', id };
  const isImaging =
    /\/servers\/[^/]+\/action$/.test(pathname) && isObject(body) && Object.hasOwn(body, 'createImage');
  if (!isImaging && !/\/(?:v2\/(?:images|tasks)|servers)$/.test(pathname)) return undefined;
  return { type: 'unanswered', request: `POST ${pathname}`, at: new Date().toISOString() };
}

/** What an answer says was made; undefined where it was there before. */
async function identify(intended: Made, url: string, answer: Response): Promise<Made | undefined> {
  if (intended.type === 'container') return answer.status === 202 ? undefined : intended;
  if (intended.type !== 'unanswered') return intended;
  const { pathname } = new URL(url);
  if (pathname.endsWith('/action')) {
    const location = answer.headers.get('location') ?? '';
    const id = location.slice(location.lastIndexOf('/') + 1);
    return id === '' ? intended : { type: 'image', id };
  }
  const body: unknown = await answer
    .clone()
    .json()
    .catch(() => undefined);
  const found = pathname.endsWith('/servers')
    ? (body as { server?: { id?: unknown } } | undefined)?.server
    : body;
  const id = (found as { id?: unknown } | undefined)?.id;
  if (typeof id !== 'string') return intended;
  const type = pathname.endsWith('/servers') ? 'server' : pathname.endsWith('/tasks') ? 'task' : 'image';
  return { type, id };
}

/** What an earlier run has left. Undefined: nothing. */
export function readLeft(path: string): Journal | undefined {
  return readKept(path) as Journal | undefined;
}

/**
 * Deletes what a journal names, the last first, and nothing else. Answers what it could not, a sentence each; the journal keeps
 * that, and goes where there is none. Throws CloudError where the cloud does not answer.
 */
export async function removeMade(path: string, cloud: Cloud, waiting: Waiting): Promise<readonly string[]> {
  const journal = readLeft(path);
  if (!journal) return [];
  const left: { readonly entry: Made; readonly why: string }[] = [];
  let rest = journal.entries;
  for (const entry of journal.entries.toReversed()) {
    const why = await remove(entry, cloud, waiting).catch((error: unknown) => describeRefusal(entry, error));
    if (why !== undefined) left.unshift({ entry, why });
    rest = rest.filter((one) => one !== entry);
    writeDurably(path, { ...journal, entries: [...rest, ...left.map((one) => one.entry)] });
  }
  if (left.length === 0) rmSync(path, { force: true });
  return left.map(({ why }) => why);
}

/** One that the cloud refuses keeps the others from nothing. */
function describeRefusal({ type, ...named }: Made, error: unknown): string {
  if (!(error instanceof CloudError) || error.status === 0) throw error;
  return `The ${type} ${Object.values(named).join('/')} cannot be deleted: ${error.status} ${error.text}`;
}

/** Answers why it could not; undefined: it is gone. */
async function remove(entry: Made, cloud: Cloud, waiting: Waiting): Promise<string | undefined> {
  if (entry.type === 'image') return removeImage(entry.id, cloud);
  if (entry.type === 'task') return removeResult(entry.id, cloud);
  if (entry.type === 'server') await deleteServer(cloud, entry.id, waiting);
  else if (entry.type === 'object') await cloud.objects.deleteObject(entry.container, entry.name);
  else if (entry.type === 'container') {
    if (!(await cloud.objects.deleteContainer(entry.container)))
      return `The container ${entry.container} holds what the rehearsal did not put there.`;
  } else if (entry.type === 'unanswered')
    return `The answer to ${entry.request} of ${entry.at} never came. Look whether it made something.`;
  return undefined;
}

async function removeImage(id: string, { images }: Cloud): Promise<undefined> {
  const image = await unlessMissing(images.get(id));
  if (!image) return undefined;
  if (image.get('protected') === true)
    await images.patch(id, [{ op: 'replace', path: '/protected', value: false }]);
  await unlessMissing(images.delete(id));
  return undefined;
}

async function removeResult(id: string, cloud: Cloud): Promise<string | undefined> {
  const task = await unlessMissing(cloud.tasks.get(id));
  if (!task || task.status === 'failure') return undefined;
  if (task.status !== 'success') return `The task ${id} is ${task.status}. Clean again when it has ended.`;
  const { image_id: image, export_location: location } = task.result ?? {};
  if (typeof image === 'string') return removeImage(image, cloud);
  return typeof location === 'string' ? `The export ${location} stays.` : undefined;
}

/** Names what a project holds, so that nobody rehearses in one that is used: a few of each kind. */
export async function listHoldings({ session, region, images, servers }: Cloud): Promise<string[]> {
  const found: string[] = [];
  for (const os_hidden of ['false', 'true'])
    for await (const page of images.list({ owner: session.account.id, os_hidden }))
      for (const image of page) found.push(`image ${String(image.get('id'))}`);
  if (session.offers('compute', region))
    for await (const page of servers.list()) for (const { id } of page) found.push(`server ${id}`);
  if (session.offers('object-store', region))
    found.push(...(await openListings(session, region).containers()).map((name) => `container ${name}`));
  return found;
}
