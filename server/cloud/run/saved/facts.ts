import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Json, JsonObject } from '../../../rules/json.ts';
import { notKnown } from '../../../rules/service/importedImage.ts';
import type { Cloud } from '../../cloud.ts';
import { leftOut, withoutSecrets } from '../../http/withoutSecrets.ts';
import type { Image } from '../../services/images.ts';
import { CloudError } from '../../session/errors.ts';
import type { Step } from '../steps.ts';

/** Something that was read for a plan, as it was then; `schemas/plan.json` describes each member. */
export type Fact =
  | {
      readonly type: 'image';
      /** Its id, or `@N`: what step N makes. */
      readonly image: string;
      readonly name?: string;
      readonly revision?: string;
      /** Absent: there was no such image. */
      readonly values?: JsonObject;
      /** Of an image that an earlier step changes: only these names were read, null of what it did not have. */
      readonly partial?: true;
    }
  | { readonly type: 'images'; readonly query: ListQuery; readonly found: readonly string[] }
  | { readonly type: 'members'; readonly image: string; readonly members: readonly string[] }
  | {
      readonly type: 'object';
      readonly container: string;
      readonly object: string;
      /** Absent: there was none. */
      readonly bytes?: number;
      readonly etag?: string;
    }
  | {
      readonly type: 'objects';
      readonly container: string;
      readonly prefix: string;
      /** Absent: there was no such container. */
      readonly names?: readonly string[];
    }
  | {
      readonly type: 'server';
      readonly server: string;
      /** Absent: there was no such server. */
      readonly name?: string;
      readonly image?: string;
    }
  | { readonly type: 'servers'; readonly query: ListQuery; readonly found: readonly string[] }
  | {
      readonly type: 'file';
      readonly path: string;
      readonly bytes: number;
      /** ISO 8601, to the millisecond. */
      readonly modified: string;
      readonly sha256: string;
    };

type ListQuery = Readonly<Record<string, string>>;

/** What every image has and nobody changes, or what says nothing of the image. */
const unread: ReadonlySet<string> = new Set([
  'self',
  'file',
  'schema',
  'updated_at',
  'direct_url',
  'locations',
]);

/** The values of an image that a plan rests on; without what may be secret. */
export function valuesOf(image: Image): JsonObject {
  const read = Object.fromEntries([...image].filter(([name]) => !unread.has(name)));
  const clean = withoutSecrets(read) as JsonObject;
  return Object.fromEntries(Object.entries(clean).filter(([, value]) => value !== leftOut));
}

/** A cloud whose reads of images, objects and servers are told as facts. Flavors and quotas are none: the cloud itself counts. */
export function recordReads(cloud: Cloud, seen: (fact: Fact) => void): Cloud {
  const { images, members, objects, servers } = cloud;
  return {
    ...cloud,
    images: {
      ...images,
      list: (query = {}, signal) =>
        collect(images.list(query, signal), idOf, (found) =>
          seen({ type: 'images', query: toTexts(query), found }),
        ),
      get: async (image, signal) => {
        const found = await orMissing(images.get(image, signal), () => seen({ type: 'image', image }));
        const [name, revision] = [found.get('name'), found.get('updated_at')];
        seen({
          type: 'image',
          image,
          ...(typeof name === 'string' ? { name } : {}),
          ...(typeof revision === 'string' ? { revision } : {}),
          values: valuesOf(found),
        });
        return found;
      },
    },
    members: {
      ...members,
      list: async (image, signal) => {
        const found = await members.list(image, signal);
        seen({ type: 'members', image, members: found.map(({ account }) => account).sort() });
        return found;
      },
    },
    objects: {
      ...objects,
      headObject: async (container, object) => {
        const head = await objects.headObject(container, object);
        seen({ type: 'object', container, object, ...(head ? { bytes: head.bytes, etag: head.etag } : {}) });
        return head;
      },
      list: async (container, prefix = '', signal) => {
        const found = await orMissing(objects.list(container, prefix, signal), () =>
          seen({ type: 'objects', container, prefix }),
        );
        seen({ type: 'objects', container, prefix, names: found.map(({ name }) => name) });
        return found;
      },
    },
    servers: {
      ...servers,
      list: (query = {}, signal) =>
        collect(
          servers.list(query, signal),
          ({ id }) => id,
          (found) => seen({ type: 'servers', query, found }),
        ),
      get: async (server, signal) => {
        const found = await orMissing(servers.get(server, signal), () => seen({ type: 'server', server }));
        const { name, image } = found;
        seen({ type: 'server', server, name, ...(image === undefined ? {} : { image }) });
        return found;
      },
    },
  };
}

async function* collect<T>(
  pages: AsyncGenerator<T[], void>,
  idOfItem: (item: T) => string,
  end: (found: string[]) => void,
): AsyncGenerator<T[], void> {
  const found: string[] = [];
  for await (const page of pages) {
    for (const item of page) found.push(idOfItem(item));
    yield page;
  }
  end(found.sort());
}

async function orMissing<T>(request: Promise<T>, missing: () => void): Promise<T> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof CloudError && error.status === 404) missing();
    throw error;
  }
}

function idOf(image: Image): string {
  return String(image.get('id'));
}

function toTexts(query: object): ListQuery {
  return Object.fromEntries(Object.entries(query).map(([name, value]) => [name, String(value)]));
}

/** What a step reads of an image that an earlier step of the plan makes or changes: the values that its calls replace. */
export function partialFact(step: Step, image: string): Fact | undefined {
  const plan = step.type === 'change' || step.type === 'later' ? step.plan : undefined;
  if (!plan || plan.isNew) return undefined;
  const values: Record<string, Json> = {};
  for (const { name, old } of plan.differences)
    if (name !== 'members' && old !== notKnown && !unread.has(name)) values[name] = old ?? null;
  return { type: 'image', image, name: plan.name, values, partial: true };
}

/** The files of this machine whose bytes a step brings into the cloud. Reads them whole. */
export async function readFiles(step: Step): Promise<Fact[]> {
  const facts: Fact[] = [];
  for (const path of filesOf(step)) {
    const { size, mtimeMs } = await stat(path);
    const modified = new Date(mtimeMs).toISOString();
    facts.push({ type: 'file', path, bytes: size, modified, sha256: await hashFile(path) });
  }
  return facts;
}

function filesOf(step: Step): string[] {
  if (step.type === 'import') return step.disk ? [step.disk.path] : [];
  if (step.type !== 'change') return [];
  return step.plan.calls.flatMap((call) =>
    call.type === 'fill' && call.bytes && 'file' in call.bytes.from ? [call.bytes.from.file] : [],
  );
}

/** SHA-256 of a file, in hexadecimal digits. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path)) hash.update(piece);
  return hash.digest('hex');
}
