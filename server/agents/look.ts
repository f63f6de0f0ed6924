import { listContainers, listObjects } from '../cloud/services/browse.ts';
import { equalTo, type Image } from '../cloud/services/images.ts';
import type { Server } from '../cloud/services/servers.ts';
import type { Task } from '../cloud/services/tasks.ts';
import { asText, type Json, type JsonObject } from '../rules/json.ts';
import { type AgentCloud, AgentError } from './agentCloud.ts';
import { describeCloud } from './plan.ts';
import { dataNotice } from './results.ts';
import { type AgentTool, connectFor } from './scene.ts';

const listed = ['images', 'tasks', 'servers', 'containers', 'objects'] as const;
const shown = ['image', 'task', 'server'] as const;

export const listTool: AgentTool = {
  name: 'cloud_images_list',
  title: 'List cloud images',
  description:
    'Lists images, tasks, servers, or containers and objects of Cloud Files in the connected cloud, a page at a time. Answers the next page for after.',
  effect: 'read',
  input: {
    type: 'object',
    properties: {
      what: { enum: [...listed] },
      name: { type: 'string', description: 'Images and servers of this name; objects whose path begins so.' },
      container: { type: 'string', description: 'Of objects.' },
      limit: { type: 'integer', minimum: 1, maximum: 100, description: 'Default 20.' },
      after: { type: 'string', description: 'What the page before answered as next.' },
    },
    required: ['what'],
    additionalProperties: false,
  },
  output: {
    type: 'object',
    properties: {
      place: { type: 'string' },
      items: { type: 'array', items: { type: 'object' } },
      next: { type: 'string' },
      note: { type: 'string' },
    },
    required: ['place', 'items', 'note'],
  },
  run: async (input, scene, { signal }) => {
    const place = await connectFor('read', scene);
    const { what, name, container, limit = 20, after } = input;
    const page = await readPage(place, {
      what: listed.find((one) => one === what) ?? 'images',
      limit: Number(limit),
      signal,
      ...(typeof name === 'string' ? { name } : {}),
      ...(typeof container === 'string' ? { container } : {}),
      ...(typeof after === 'string' ? { after } : {}),
    });
    return {
      place: describeCloud(place),
      items: page.items,
      ...(page.next === undefined ? {} : { next: page.next }),
      note: dataNotice,
    };
  },
};

export const showTool: AgentTool = {
  name: 'cloud_images_show',
  title: 'Show a cloud image, task or server',
  description: 'Shows one image with all properties and members, one task with its message, or one server.',
  effect: 'read',
  input: {
    type: 'object',
    properties: { what: { enum: [...shown] }, id: { type: 'string' } },
    required: ['what', 'id'],
    additionalProperties: false,
  },
  output: {
    type: 'object',
    properties: { place: { type: 'string' }, item: { type: 'object' }, note: { type: 'string' } },
    required: ['place', 'item', 'note'],
  },
  run: async ({ what, id }, scene, { signal }) => {
    const place = await connectFor('read', scene);
    return {
      place: describeCloud(place),
      item: await readItem(place, what, String(id), signal),
      note: dataNotice,
    };
  },
};

interface Query {
  readonly what: (typeof listed)[number];
  readonly name?: string;
  readonly container?: string;
  readonly limit: number;
  readonly after?: string;
  readonly signal?: AbortSignal | undefined;
}

interface Page {
  readonly items: JsonObject[];
  readonly next?: string | undefined;
}

async function readPage({ cloud }: AgentCloud, query: Query): Promise<Page> {
  const { what, name, container, limit, after, signal } = query;
  const asked = {
    limit: String(limit),
    ...(name === undefined ? {} : { name }),
    ...(after === undefined ? {} : { marker: after }),
  };
  if (what === 'containers') {
    const { entries, next } = await listContainers(cloud, limit, after);
    return { items: entries.map((entry) => ({ ...entry })), next };
  }
  if (what === 'objects') {
    if (container === undefined) throw new AgentError("The objects of which 'container'?");
    const { entries, next } = await listObjects(cloud, container, name ?? '', limit, after);
    return { items: entries.map((entry) => ({ ...entry })), next };
  }
  if (what === 'images') {
    const named = name === undefined ? {} : { name: equalTo(name) };
    return firstPage(cloud.images.list({ ...asked, ...named }, signal), limit, describeImage);
  }
  if (what === 'servers') return firstPage(cloud.servers.list(asked, signal), limit, describeServer);
  const { name: _, ...ofTasks } = { name, ...asked };
  return firstPage(cloud.tasks.list(ofTasks, signal), limit, describeTask);
}

async function firstPage<T>(
  pages: AsyncGenerator<T[], void>,
  limit: number,
  describe: (item: T) => JsonObject,
): Promise<Page> {
  const { value } = await pages.next();
  const items = (value ?? []).slice(0, limit).map(describe); // a cloud may answer more than it was asked for
  const last = items.at(-1)?.['id'];
  return { items, next: items.length < limit || typeof last !== 'string' ? undefined : last };
}

async function readItem(
  { cloud }: AgentCloud,
  what: Json | undefined,
  id: string,
  signal: AbortSignal | undefined,
): Promise<JsonObject> {
  if (what === 'task') return describeTask(await cloud.tasks.get(id, signal));
  if (what === 'server') return describeServer(await cloud.servers.get(id, signal));
  const image = await cloud.images.get(id, signal);
  const isShared = image.get('visibility') === 'shared' && image.get('owner') === cloud.session.account.id;
  const members = isShared ? await cloud.members.list(id) : [];
  return {
    ...Object.fromEntries([...image].filter(([name]) => !links.has(name))),
    ...(members.length > 0 ? { members: JSON.parse(JSON.stringify(members)) } : {}),
  };
}

const links: ReadonlySet<string> = new Set(['self', 'file', 'schema']);

function describeImage(image: Image): JsonObject {
  const names = ['id', 'name', 'status', 'visibility', 'owner', 'size', 'min_disk', 'tags', 'updated_at'];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = image.get(name);
      return value === undefined || value === null ? [] : [[name, value]];
    }),
  );
}

function describeTask({ id, type, status, createdAt, updatedAt, ...rest }: Task): JsonObject {
  return { id, type, status, created_at: createdAt, updated_at: updatedAt, ...rest };
}

function describeServer(server: Server): JsonObject {
  const { id, name, status, taskState, flavor, image, created, fault, progress } = server;
  return {
    id,
    name,
    status,
    flavor,
    created,
    ...(taskState === null ? {} : { task_state: taskState }),
    ...(image === undefined ? {} : { image: asText(image) }),
    ...(fault === undefined ? {} : { fault }),
    ...(progress === undefined ? {} : { progress }),
  };
}
