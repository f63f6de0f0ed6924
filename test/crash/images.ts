import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { JsonObject } from '../../server/rules/json.ts';
import {
  type Answer,
  ask,
  type Caller,
  logIn,
  patchType,
  type Running,
  readEvents,
  removeFolder,
  start,
  temporaryFolder,
} from '../emulator/harness.ts';
import { isCut, type Summary } from './rounds.ts';
import { breachesOnceStarted, storeBreaches } from './storeCheck.ts';

const lanes = 13;
const readers = 3;
const base = '/regionone/image/v2/images';

/** What an image must look like; undefined: there is none. */
type Model =
  | {
      readonly status: 'queued' | 'uploading' | 'active' | 'deactivated';
      /** Set twice in one patch, together with the name. */
      readonly n: number;
      readonly tags: readonly string[];
      /** The partner's answer. */
      readonly member: string | undefined;
      readonly size: number | null;
      readonly checksum: string | null;
      /** MD5 of what is staged. */
      readonly staged: string | undefined;
    }
  | undefined;
type Live = NonNullable<Model>;

/** The one image that a connection writes. */
interface Lane {
  id: string;
  /** After everything that was answered. */
  model: Model;
  /** What was asked and not answered: done whole, or not at all. */
  pending: { readonly after: Model } | undefined;
  readonly deleted: string[];
}

interface Step {
  readonly status: number;
  readonly after: Model;
  ask(callers: Callers): Promise<Answer>;
}

interface Callers {
  readonly owner: Caller;
  readonly partner: Caller;
}

/** What answers to others said: it must stay true. */
type Seen = Map<string, { n: number; active: boolean; gone: boolean }>;

/**
 * Kills the emulator (SIGKILL) at random moments while 13 connections create, change, fill, share and delete images
 * and 3 read them; starts it again and proves that what was answered is there, that what was not is there whole or not
 * at all, and that no answer to a reader has become untrue.
 */
export async function crashImages(kills: number, random: () => number): Promise<Summary> {
  const data = temporaryFolder();
  const args = ['--profile', 'openstack', '--seed', 'demo', '--speed', '150'];
  const work: Lane[] = Array.from({ length: lanes }, () => ({
    id: randomUUID(),
    model: undefined,
    pending: undefined,
    deleted: [],
  }));
  const seen: Seen = new Map();
  const breaches: string[] = [];
  let [midway, answered, recovered] = [0, 0, 0];
  try {
    let emulator = await start(data, ...args);
    for (let round = 0; round < kills && breaches.length === 0; round += 1) {
      const writing = writeAll(emulator, work, seen, random);
      await delay(20 + random() * 500);
      await emulator.end('SIGKILL');
      answered += await writing;
      midway += work.some(({ pending }) => pending) ? 1 : 0;
      breaches.push(...storeBreaches(data, 'killed'));
      emulator = await start(data, ...args);
      recovered += emulator.log().split('Resuming').length - 1;
      breaches.push(...(await verify(emulator, work, seen)), ...(await breachesOnceStarted(data)));
      if (breaches.length > 0) breaches.unshift(`round ${round}:`);
    }
    await emulator.end();
    breaches.push(...storeBreaches(data, 'stopped'));
  } finally {
    removeFolder(data);
  }
  return { kills, midway, answered, recovered, breaches };
}

/** All connections, until the emulator is gone. Answers how many writes were answered. */
async function writeAll(
  { url }: Running,
  work: readonly Lane[],
  seen: Seen,
  random: () => number,
): Promise<number> {
  let answered = 0;
  const untilCut = async (step: (callers: Callers) => Promise<void>) => {
    try {
      const callers = { owner: await logIn(url, 'owner'), partner: await logIn(url, 'partner') };
      for (;;) await step(callers);
    } catch (error) {
      if (!isCut(error)) throw error;
    }
  };
  const write = (lane: Lane) => async (callers: Callers) => {
    const step = nextStep(lane, random);
    lane.pending = { after: step.after };
    const { status, text } = await step.ask(callers);
    if (status !== step.status) throw new Error(`${status} instead of ${step.status}: ${text}`);
    answered += 1;
    if (lane.model && !step.after) lane.deleted.push(lane.id);
    lane.model = step.after;
    lane.pending = undefined;
    while (
      status === 202 &&
      (await callers.owner.ask('GET', `${base}/${lane.id}`)).json['status'] !== 'active'
    );
  };
  const read = async ({ owner }: Callers) => {
    const { id } = work[Math.floor(random() * work.length)] ?? { id: '' };
    const { status, json } = await owner.ask('GET', `${base}/${id}`);
    const before = seen.get(id);
    if (status === 404 && before) before.gone = true;
    if (status !== 200) return;
    const active = json['status'] === 'active' || before?.active === true;
    seen.set(id, { n: Math.max(Number(json['n']), before?.n ?? 0), active, gone: before?.gone === true });
  };
  await Promise.all([
    ...work.map((lane) => untilCut(write(lane))),
    ...Array.from({ length: readers }, () => untilCut(read)),
  ]);
  return answered;
}

/** Something that may be done to the lane's image in the state it is in. */
function nextStep(lane: Lane, random: () => number): Step {
  const { model } = lane;
  if (!model) {
    lane.id = randomUUID();
    return create(lane.id);
  }
  const path = `${base}/${lane.id}`;
  const always = [patch(path, model), patch(path, model), tag(path, model), share(path, model), remove(path)];
  const more = {
    queued: () => [upload(path, model, random), upload(path, model, random), stage(path, model, random)],
    uploading: () => [importStaged(path, model), importStaged(path, model), importStaged(path, model)],
    active: () => [turn(path, model, 'deactivate')],
    deactivated: () => [turn(path, model, 'reactivate')],
  };
  const steps = [...always, ...more[model.status]()];
  return steps[Math.floor(random() * steps.length)] ?? remove(path);
}

function create(id: string): Step {
  const body = { id, name: '0', n: '0', twin: '0', disk_format: 'raw', container_format: 'bare' };
  return {
    status: 201,
    after: {
      status: 'queued',
      n: 0,
      tags: [],
      member: undefined,
      size: null,
      checksum: null,
      staged: undefined,
    },
    ask: ({ owner }) => owner.ask('POST', base, body),
  };
}

function patch(path: string, model: Live): Step {
  const n = model.n + 1;
  const tags = [`patched-${n}`];
  const operations = ['name', 'n', 'twin'].map((name) => ({
    op: 'replace',
    path: `/${name}`,
    value: `${n}`,
  }));
  return {
    status: 200,
    after: { ...model, n, tags },
    ask: ({ owner }) =>
      owner.ask('PATCH', path, [...operations, { op: 'replace', path: '/tags', value: tags }], patchType),
  };
}

function tag(path: string, model: Live): Step {
  const isOn = model.tags.includes('tagged');
  return {
    status: 204,
    after: {
      ...model,
      tags: isOn ? model.tags.filter((one) => one !== 'tagged') : [...model.tags, 'tagged'],
    },
    ask: ({ owner }) => owner.ask(isOn ? 'DELETE' : 'PUT', `${path}/tags/tagged`),
  };
}

/** Shared, then accepted by the partner, then taken back. */
function share(path: string, model: Live): Step {
  const after = (member: string | undefined) => ({ ...model, member });
  if (model.member === undefined)
    return {
      status: 200,
      after: after('pending'),
      ask: ({ owner }) => owner.ask('POST', `${path}/members`, { member: '100002' }),
    };
  if (model.member === 'pending')
    return {
      status: 200,
      after: after('accepted'),
      ask: ({ partner }) => partner.ask('PUT', `${path}/members/100002`, { status: 'accepted' }),
    };
  return {
    status: 204,
    after: after(undefined),
    ask: ({ owner }) => owner.ask('DELETE', `${path}/members/100002`),
  };
}

const octets = { 'content-type': 'application/octet-stream' };

function upload(path: string, model: Live, random: () => number): Step {
  const { bytes, md5 } = content(random);
  return {
    status: 204,
    after: { ...model, status: 'active', size: bytes.length, checksum: md5 },
    ask: ({ owner }) => owner.ask('PUT', `${path}/file`, bytes, octets),
  };
}

function stage(path: string, model: Live, random: () => number): Step {
  const { bytes, md5 } = content(random);
  return {
    status: 204,
    after: { ...model, status: 'uploading', size: bytes.length, staged: md5 },
    ask: ({ owner }) => owner.ask('PUT', `${path}/stage`, bytes, octets),
  };
}

function importStaged(path: string, model: Live): Step {
  return {
    status: 202,
    after: { ...model, status: 'active', checksum: model.staged ?? null, staged: undefined },
    ask: ({ owner }) => owner.ask('POST', `${path}/import`, { method: { name: 'glance-direct' } }),
  };
}

function turn(path: string, model: Live, action: 'deactivate' | 'reactivate'): Step {
  return {
    status: 204,
    after: { ...model, status: action === 'deactivate' ? 'deactivated' : 'active' },
    ask: ({ owner }) => owner.ask('POST', `${path}/actions/${action}`),
  };
}

function remove(path: string): Step {
  return { status: 204, after: undefined, ask: ({ owner }) => owner.ask('DELETE', path) };
}

/** Some bytes are the same for several images, so that content is shared. */
function content(random: () => number): { bytes: Buffer; md5: string } {
  const bytes = Buffer.alloc(1 + Math.floor(random() * 20) * 20_000, `${Math.floor(random() * 1000)}`);
  return { bytes, md5: createHash('md5').update(bytes).digest('hex') };
}

async function verify(emulator: Running, work: readonly Lane[], seen: Seen): Promise<string[]> {
  const owner = await logIn(emulator.url, 'owner');
  const breaches: string[] = [];
  for (const lane of work) {
    const is = await observe(emulator, owner, lane.id);
    const may = [lane.model, ...(lane.pending ? [lane.pending.after] : [])];
    const found = may.find((model) => isDeepStrictEqual(shownOf(model), is.shown));
    if (!may.some((model) => isDeepStrictEqual(shownOf(model), is.shown)))
      breaches.push(
        `${lane.id} is ${JSON.stringify(is.shown)}, not ${may.map((one) => JSON.stringify(shownOf(one))).join(' or ')}.`,
      );
    if (is.data !== undefined && is.data !== is.shown?.['checksum'])
      breaches.push(`The data of ${lane.id} has the MD5 ${is.data}, not ${is.shown?.['checksum']}.`);
    const before = seen.get(lane.id);
    if (before && is.shown && (before.gone || Number(is.shown['n']) < before.n))
      breaches.push(`${lane.id} was seen as ${JSON.stringify(before)} and is ${JSON.stringify(is.shown)}.`);
    if (before?.active && is.shown && is.shown['checksum'] === null)
      breaches.push(`${lane.id} was seen active and has no data.`);
    for (const id of lane.deleted.splice(0))
      if ((await owner.ask('GET', `${base}/${id}`)).status !== 404)
        breaches.push(`${id} was deleted and is there.`);
    lane.model = found;
    lane.pending = undefined;
  }
  seen.clear();
  const listed = await owner.ask('GET', `${base}?owner=100001&limit=1000`);
  const ids = (listed.json['images'] as JsonObject[]).map(({ id }) => String(id)).sort();
  const live = work
    .filter(({ model }) => model)
    .map(({ id }) => id)
    .sort();
  if (!isDeepStrictEqual(ids, live))
    breaches.push(`The list shows ${ids.join(' ')} and not ${live.join(' ')}.`);
  return breaches;
}

/** An image as it is once an import that goes on has ended; and the MD5 of its data. */
async function observe(
  emulator: Running,
  owner: Caller,
  id: string,
): Promise<{ readonly shown: JsonObject | undefined; readonly data?: string }> {
  const authorization = `Bearer ${emulator.token}`;
  const { seq } = (await ask(emulator.url, 'GET', '/emulator', undefined, { authorization })).json;
  let { status, json } = await owner.ask('GET', `${base}/${id}`);
  if (status === 404) return { shown: undefined };
  if (json['status'] === 'importing') {
    // Not from the first event on: of very many the log keeps the last, and this one may be over before it is asked for.
    await readEvents(
      emulator,
      `after=${seq}`,
      ({ kind, data }) => kind === 'image' && data['id'] === id && data['status'] === 'active',
    );
    ({ json } = await owner.ask('GET', `${base}/${id}`));
  }
  const members = (await owner.ask('GET', `${base}/${id}/members`)).json['members'] as JsonObject[];
  const { tags, n, twin, name, size, checksum } = json;
  const shown = {
    status: json['status'] ?? null,
    n: [n, twin, name].join(),
    tags: [...(tags as string[])].sort(),
    members: members.map((one) => `${one['member_id']} ${one['status']}`),
    size: size ?? null,
    checksum: checksum ?? null,
  };
  if (json['status'] !== 'active') return { shown };
  const { bytes } = await owner.ask('GET', `${base}/${id}/file`);
  return { shown, data: createHash('md5').update(bytes).digest('hex') };
}

function shownOf(model: Model): JsonObject | undefined {
  if (!model) return undefined;
  const { status, n, tags, member, size, checksum } = model;
  return {
    status,
    n: [n, n, n].join(),
    tags: [...tags].sort(),
    members: member === undefined ? [] : [`100002 ${member}`],
    size,
    checksum,
  };
}
