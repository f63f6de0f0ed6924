import { randomUUID } from 'node:crypto';
import { imageExport, imageImport } from '../../../../schemas/generated/validators.js';
import { shapeFindings } from '../../../rules/families/shape.ts';
import { isObject, type Json } from '../../../rules/json.ts';
import type { Profile } from '../../../rules/profile/profile.ts';
import { answers } from '../../../rules/service/answers.ts';
import { uuid } from '../../../rules/service/attributes.ts';
import { ApiError, toApiError } from '../../kernel/apiError.ts';
import { findObject, readJson } from '../../kernel/body.ts';
import { readParam, readQuery } from '../../kernel/request.ts';
import type { Request, Routes } from '../../kernel/routes.ts';
import type { EmulatorContext } from '../context.ts';
import { type Action, isCloudAdmin, requireImages } from '../identity/permissions.ts';
import { buildImageBase } from '../images/create.ts';
import { readLimit, requireDirection } from '../listQuery.ts';
import {
  filterTypes,
  isSortKey,
  renderGlanceTask,
  renderTask,
  type TaskPage,
  type TaskRow,
} from './records.ts';
import { type NewTask, readWebTask } from './webTask.ts';

/** Rackspace's import and export tasks. In plain OpenStack the tasks API is the administrator's, and imports are not tasks. */
export function taskRoutes(routes: Routes, context: EmulatorContext): void {
  const { store, tasks, profile } = context;
  const ofRackspace = profile.offers.importTask;
  const render = ofRackspace ? renderTask : renderGlanceTask;

  /** `every`: the administrator of a plain OpenStack sees the tasks of all accounts. */
  const allow = (request: Request, action: Action) => {
    const session = context.identity.authenticate(request.headers['x-auth-token']);
    const every = isCloudAdmin(profile, session.caller);
    if (!ofRackspace && !every)
      throw toApiError({
        rule: 'role/images',
        status: 403,
        text: 'You are not authorized to complete tasks_api_access action.',
      });
    requireImages(profile, session.caller, action, action === 'read' ? 'get_tasks' : 'add_task');
    return { ...session, whose: every ? undefined : session.account.id };
  };

  for (const region of context.regions) {
    const base = `/${region}/image/v2/tasks`;
    routes.on('GET', base, (request) => {
      const { whose } = allow(request, 'read');
      const query = readQuery(request);
      const page = readPage(profile, query, (id) => tasks.find(region, whose, id));
      const rows = page.limit === 0 ? [] : tasks.list(region, whose, page);
      const last = rows.length === page.limit ? rows.at(-1) : undefined;
      const links = { first: formatPath(query), schema: '/v2/schemas/tasks' };
      const next = last ? { next: formatPath(query, last.id) } : {};
      return { tasks: rows.map((row) => render(row, true)), ...links, ...next };
    });
    routes.on('GET', `${base}/:id`, (request) => {
      const { whose } = allow(request, 'read');
      const id = readParam(request, 'id');
      const row = tasks.find(region, whose, id);
      if (!row)
        throw new ApiError(
          'task/not-found',
          ofRackspace ? `No task found with ID ${id}` : `Could not find task ${id}`,
        );
      return render(row, false);
    });
    routes.on('POST', base, async (request, reply) => {
      const { account, caller, user } = allow(request, 'administer');
      const body = await readJson(request);
      const { type, input, job } = ofRackspace ? readTask(body) : readWebTask(context, caller, body);
      const id = randomUUID();
      const view = await store.write(() => {
        const place = context.jobs.add({ id, account: account.id, ...job });
        const task = { id, region, account: account.id, user: user.id, type, input, request: request.id };
        return render(tasks.create(task, place), false);
      });
      const base = ofRackspace ? '' : buildImageBase(request, region);
      return reply.code(201).header('location', `${base}/v2/tasks/${id}`).send(view);
    });
  }
}

/** The body of POST /v2/tasks, by the schemas that the editor checks too. Throws 400. */
function readTask(body: Json): NewTask {
  const kind = isObject(body) && body['type'] === 'export' ? 'export' : 'import';
  const validate = kind === 'export' ? imageExport : imageImport;
  if (!validate(body)) {
    const [first] = shapeFindings(kind, validate.errors ?? []);
    const { status, text } =
      first?.answer && 'status' in first.answer ? first.answer : answers.taskBody('its shape');
    throw toApiError({ rule: `${kind}/shape`, status: status, text: text });
  }
  const input = findObject(body, 'input');
  if (kind === 'export' && input['image_uuid'] === undefined) {
    const { status, text } = answers.exportImage();
    throw toApiError({ rule: 'export/image-id', status: status, text: text });
  }
  return { type: kind, input, job: { kind, data: {} } };
}

function readPage(
  profile: Profile,
  query: URLSearchParams,
  find: (id: string) => TaskRow | undefined,
): TaskPage {
  const limit = readLimit(query, { fallback: 25, largest: 1000 });
  const direction = requireDirection(query.get('sort_dir') ?? 'desc');
  const key = query.get('sort_key') ?? 'created_at';
  if (!isSortKey(key)) throw new ApiError('list/sort', 'Sort key supplied was not valid.');
  const oneOf = (name: string, accepted: readonly string[]) => {
    const value = query.get(name) ?? undefined;
    if (value !== undefined && !accepted.includes(value))
      throw new ApiError('list/filter', `Invalid ${name} value: ${value}`);
    return value;
  };
  const marker = query.get('marker');
  const after = marker === null ? undefined : find(marker);
  if (marker !== null && !after)
    throw new ApiError(
      'list/marker',
      uuid.test(marker) ? `Could not find task ${marker}` : 'Invalid marker format',
    );
  return {
    limit,
    after,
    type: oneOf('type', filterTypes(profile)),
    status: oneOf('status', ['pending', 'processing', 'success', 'failure']),
    sortKey: key,
    descending: direction === 'desc',
  };
}

function formatPath(query: URLSearchParams, marker?: string): string {
  const parameters = new URLSearchParams([...query].filter(([name]) => name !== 'marker'));
  if (marker !== undefined) parameters.append('marker', marker);
  const text = parameters.toString();
  return `/v2/tasks${text ? `?${text}` : ''}`;
}
