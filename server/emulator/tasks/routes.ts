import { randomUUID } from 'node:crypto';
import { imageImport } from '../../../schemas/generated/validators.js';
import { answers } from '../../rules/answers.ts';
import { shapeFindings } from '../../rules/shapes.ts';
import { isObject } from '../../rules/subjects.ts';
import type { Json, JsonObject } from '../../rules/types.ts';
import { param, queryOf } from '../asked.ts';
import { objectAt, readJson } from '../body.ts';
import type { Cloud } from '../cloud.ts';
import { Fault } from '../faults.ts';
import type { Request, Routes } from '../http.ts';
import { type Action, requireImages } from '../identity/permissions.ts';
import { isCloudAdmin } from '../images/access.ts';
import { importJob } from './import.ts';
import { type TaskPage, type TaskRow, taskView } from './records.ts';

/** Verbs of the tasks API that the emulator does not do yet. */
const notYet: ReadonlyMap<string, string> = new Map([['export', 'The emulator does not export images yet.']]);

/** Rackspace's import and export tasks. In plain OpenStack the tasks API is the administrator's, and imports are not tasks. */
export function taskRoutes(routes: Routes, cloud: Cloud): void {
  const { store, tasks, profile } = cloud;
  cloud.jobs.define('import', importJob(cloud));

  const allow = (request: Request, action: Action) => {
    const session = cloud.identity.authenticate(request.headers['x-auth-token']);
    if (!profile.tasks && !isCloudAdmin(profile, session.caller))
      throw new Fault(403, 'You are not authorized to complete tasks_api_access action.', {
        rule: 'role/images',
      });
    requireImages(profile, session.caller, action, action === 'read' ? 'get_tasks' : 'add_task');
    return session;
  };

  for (const region of cloud.regions) {
    const base = `/${region}/image/v2/tasks`;
    routes.on('GET', base, (request) => {
      const { account } = allow(request, 'read');
      const query = queryOf(request);
      const page = pageOf(query, (id) => tasks.find(region, account.id, id));
      const rows = page.limit === 0 ? [] : tasks.list(region, account.id, page);
      const last = rows.length === page.limit ? rows.at(-1) : undefined;
      return {
        first: pathOf(query),
        ...(last ? { next: pathOf(query, last.id) } : {}),
        schema: '/v2/schemas/tasks',
        tasks: rows.map((row) => taskView(row, true)),
      };
    });
    routes.on('GET', `${base}/:id`, (request) => {
      const { account } = allow(request, 'read');
      const id = param(request, 'id');
      const row = tasks.find(region, account.id, id);
      if (!row) throw new Fault(404, `No task found with ID ${id}`);
      return taskView(row, false);
    });
    routes.on('POST', base, async (request, reply) => {
      const { account, user } = allow(request, 'administer');
      const { type, input } = readTask(await readJson(request));
      if (!profile.tasks) throw new Fault(400, 'Imports by task exist in the rackspace profile only.');
      const id = randomUUID();
      const view = await store.write(() => {
        const row = tasks.create({ id, region, account: account.id, user: user.id, type, input });
        cloud.jobs.add({ id, kind: type, account: account.id, data: {} });
        return taskView(row, false);
      });
      return reply.code(201).header('location', `/v2/tasks/${id}`).send(view);
    });
  }
}

/** The body of POST /v2/tasks, by the schema that the editor checks too. Faults: 400. */
function readTask(body: Json): { type: 'import'; input: JsonObject } {
  const missing = isObject(body) && typeof body['type'] === 'string' ? notYet.get(body['type']) : undefined;
  if (missing) throw new Fault(400, missing, { rule: 'emulator/not-yet' });
  if (imageImport(body)) return { type: 'import', input: objectAt(body, 'input') };
  const [first] = shapeFindings('import', imageImport.errors ?? []);
  const { status, text } =
    first?.answer && 'status' in first.answer ? first.answer : answers.taskBody('its shape');
  throw new Fault(status, text, { rule: 'import/shape' });
}

function pageOf(query: URLSearchParams, find: (id: string) => TaskRow | undefined): TaskPage {
  const limit = query.get('limit') ?? '25';
  if (!/^\d+$/.test(limit)) throw new Fault(400, 'limit param must be a positive integer');
  const direction = query.get('sort_dir') ?? 'desc';
  if (direction !== 'asc' && direction !== 'desc')
    throw new Fault(400, `Invalid sort direction: ${direction}`);
  const key = query.get('sort_key') ?? 'created_at';
  if (key !== 'created_at') throw new Fault(400, `Tasks are sorted by created_at, not by ${key}.`);
  const oneOf = (name: string, accepted: readonly string[]) => {
    const value = query.get(name) ?? undefined;
    if (value !== undefined && !accepted.includes(value))
      throw new Fault(400, `Invalid ${name} value: ${value}`);
    return value;
  };
  const marker = query.get('marker');
  const after = marker === null ? undefined : find(marker);
  if (marker !== null && !after) throw new Fault(400, `Marker ${marker} does not name a task.`);
  return {
    limit: Math.min(Number(limit), 1000),
    after,
    type: oneOf('type', ['import', 'export']),
    status: oneOf('status', ['pending', 'processing', 'success', 'failure']),
    newestFirst: direction === 'desc',
  };
}

function pathOf(query: URLSearchParams, marker?: string): string {
  const parameters = new URLSearchParams([...query].filter(([name]) => name !== 'marker'));
  if (marker !== undefined) parameters.append('marker', marker);
  const text = parameters.toString();
  return `/v2/tasks${text ? `?${text}` : ''}`;
}
