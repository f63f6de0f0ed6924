import { stat } from 'node:fs/promises';
import { asText, type Json } from '../../../rules/json.ts';
import { sameValue } from '../../../rules/service/differences.ts';
import type { Cloud } from '../../cloud.ts';
import { unlessMissing } from '../../session/errors.ts';
import type { SavedPlan, SavedStep } from './document.ts';
import { type Fact, hashFile, valuesOf } from './facts.ts';

/** Something that is no longer as it was when it was planned, for a person. */
export interface Moved {
  /** `image 'web' (ID)`, `file /disks/web.vhd`. */
  readonly what: string;
  readonly attribute: string;
  /** Undefined: there was none. */
  readonly planned: Json | undefined;
  readonly now: Json | undefined;
}

/** How far a plan has come, which tells what it has changed itself. */
export interface Progress {
  readonly plan: SavedPlan;
  /** Steps before this one are done, from 0. */
  readonly step: number;
  /** Calls of this step that were made or may have been. */
  readonly calls: number;
  /** What a step has made, by its number from 1. */
  made(step: number): string | undefined;
}

export function movedText({ what, attribute, planned, now }: Moved): string {
  const told = (value: Json | undefined): string => (value === undefined ? 'nothing' : JSON.stringify(value));
  return `${what}: ${attribute} was ${told(planned)} when it was planned, and is ${told(now)} now`;
}

/** Reads again what a step rests on. Throws CloudError. */
export async function findMoved(step: SavedStep, cloud: Cloud, progress: Progress): Promise<Moved[]> {
  const found: Moved[] = [];
  for (const fact of step.restsOn) found.push(...(await checkFact(fact, cloud, progress)));
  return found;
}

/** Reads again what all steps rest on that are still to come, as far as earlier ones do not make it. Throws CloudError. */
export async function findMovedAhead(cloud: Cloud, progress: Progress): Promise<Moved[]> {
  const found: Moved[] = [];
  const seen = new Set<string>();
  for (const step of progress.plan.steps.slice(progress.step))
    for (const fact of step.restsOn) {
      const key = JSON.stringify(fact);
      if (seen.has(key) || (fact.type === 'image' && fact.partial)) continue;
      seen.add(key);
      found.push(...(await checkFact(fact, cloud, progress)));
    }
  return found;
}

async function checkFact(fact: Fact, cloud: Cloud, progress: Progress): Promise<Moved[]> {
  switch (fact.type) {
    case 'image':
      return checkImage(fact, cloud, progress);
    case 'images': {
      const found: string[] = [];
      for await (const page of cloud.images.list(fact.query))
        for (const image of page) found.push(asText(image.get('id')));
      // What the plan itself has made, renamed, hidden or deleted is on another list by now.
      const own = new Set(stepsBegun(progress).map(({ image = '' }) => resolve(image, progress)));
      const of = (ids: readonly string[]): string[] => ids.filter((id) => !own.has(id)).sort();
      return compare(`images with ${describeQuery(fact.query)}`, 'id', of(fact.found), of(found));
    }
    case 'members': {
      const found = await unlessMissing(cloud.members.list(fact.image));
      const now = found?.map(({ account }) => account).sort();
      return checkValue(`image ${fact.image}`, fact.image, 'members', [...fact.members], now, progress);
    }
    case 'object': {
      const head = await cloud.objects.headObject(fact.container, fact.object);
      return compare(`object ${fact.container}/${fact.object}`, 'etag', fact.etag, head?.etag);
    }
    case 'objects': {
      const listed = await unlessMissing(cloud.objects.list(fact.container, fact.prefix));
      const now = listed?.map(({ name }) => name);
      return compare(
        `container ${fact.container}`,
        `objects '${fact.prefix}…'`,
        fact.names && [...fact.names],
        now,
      );
    }
    case 'server': {
      const now = await unlessMissing(cloud.servers.get(fact.server));
      const what = `server ${fact.server}`;
      return [
        ...compare(what, 'name', fact.name, now?.name),
        ...compare(what, 'image', fact.image, now?.image),
      ];
    }
    case 'servers': {
      const found: string[] = [];
      for await (const page of cloud.servers.list(fact.query)) for (const { id } of page) found.push(id);
      return compare(`servers with ${describeQuery(fact.query)}`, 'id', [...fact.found], found.sort());
    }
    case 'file':
      return checkFile(fact);
  }
}

function describeQuery(query: Readonly<Record<string, string>>): string {
  return Object.entries(query)
    .map(([name, value]) => `${name} '${value}'`)
    .join(', ');
}

async function checkImage(
  { image, name, values, partial }: Extract<Fact, { type: 'image' }>,
  cloud: Cloud,
  progress: Progress,
): Promise<Moved[]> {
  const id = resolve(image, progress);
  const live = await unlessMissing(cloud.images.get(id));
  const what = `image ${name === undefined ? '' : `'${name}' `}${id === name ? '' : `(${id})`}`.trimEnd();
  const isDeleted = stepsBegun(progress).some(
    (step) => resolve(step.image ?? '', progress) === id && step.calls?.some(({ type }) => type === 'delete'),
  );
  if (!values || !live) {
    if (isDeleted || (!values && !live)) return [];
    return compare(what, 'id', values ? id : undefined, live ? id : undefined);
  }
  const now = valuesOf(live);
  const names = partial ? Object.keys(values) : [...new Set([...Object.keys(values), ...Object.keys(now)])];
  return names.flatMap((one) => {
    // A partial fact has null for what was not there.
    const planned = partial && values[one] === null ? undefined : values[one];
    const is = partial && now[one] === null ? undefined : now[one];
    return checkValue(what, id, one, planned, is, progress);
  });
}

/** What bytes bring about as they come. */
const ofBytes: ReadonlySet<string> = new Set([
  'status',
  'size',
  'virtual_size',
  'checksum',
  'os_hash_algo',
  'os_hash_value',
  'stores',
  'disk_format',
  'container_format',
]);

/** Compares a value, unless the plan itself has changed it: then with what it made of it, while it does so with all between. */
function checkValue(
  what: string,
  image: string,
  name: string,
  planned: Json | undefined,
  now: Json | undefined,
  progress: Progress,
): Moved[] {
  let expected = planned;
  for (const [at, step] of stepsBegun(progress).entries()) {
    if (resolve(step.image ?? '', progress) !== image) continue;
    const isFilled = step.calls?.some(({ type }) => type === 'fill');
    if (isFilled && (ofBytes.has(name) || name.startsWith('os_glance_'))) return [];
    const difference = step.differences?.find((one) => one.name === name);
    if (!difference) continue;
    if (at === progress.step) {
      if (isBetween(now, expected, difference.new)) return [];
    } else expected = difference.new;
  }
  return compare(what, name, expected, now);
}

/** Tells whether a value is the old one, the new one, or a list on its way from one to the other. */
function isBetween(now: Json | undefined, old: Json | undefined, wanted: Json | undefined): boolean {
  if (same(now, old) || same(now, wanted)) return true;
  if (!Array.isArray(now) || !Array.isArray(old) || !Array.isArray(wanted)) return false;
  return (
    now.every((item) => old.includes(item) || wanted.includes(item)) &&
    old.every((item) => !wanted.includes(item) || now.includes(item))
  );
}

/** The steps that are done, and the one that is under way. */
function stepsBegun({ plan, step, calls }: Progress): readonly SavedStep[] {
  return plan.steps.slice(0, calls > 0 ? step + 1 : step);
}

function resolve(text: string, { made }: Progress): string {
  return /^@\d+$/.test(text) ? (made(Number(text.slice(1))) ?? text) : text;
}

async function checkFile({
  path,
  bytes,
  modified,
  sha256,
}: Extract<Fact, { type: 'file' }>): Promise<Moved[]> {
  const found = await stat(path).catch(() => undefined);
  const what = `file ${path}`;
  if (!found?.isFile()) return compare(what, 'bytes', bytes, undefined);
  if (found.size !== bytes) return compare(what, 'bytes', bytes, found.size);
  if (new Date(found.mtimeMs).toISOString() === modified) return [];
  return compare(what, 'sha256', sha256, await hashFile(path)); // a fresh checkout has another time and the same bytes
}

function compare(what: string, attribute: string, planned: Json | undefined, now: Json | undefined): Moved[] {
  return same(planned, now, attribute) ? [] : [{ what, attribute, planned, now }];
}

function same(one: Json | undefined, other: Json | undefined, name = 'tags'): boolean {
  if (one === undefined || other === undefined) return one === other;
  const isSet = name === 'members' || name === 'tags';
  return sameValue(isSet ? 'tags' : name, one, other);
}
