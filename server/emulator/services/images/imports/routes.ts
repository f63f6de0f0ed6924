import { randomUUID } from 'node:crypto';
import type { Json, JsonObject } from '../../../../rules/json.ts';
import { ApiError } from '../../../kernel/apiError.ts';
import { readJson } from '../../../kernel/body.ts';
import { formatMicroseconds } from '../../../kernel/clock.ts';
import { readParam } from '../../../kernel/request.ts';
import type { Routes } from '../../../kernel/routes.ts';
import type { EmulatorContext } from '../../context.ts';
import type { TaskRow } from '../../tasks/records.ts';
import { findOwnImage, findVisibleImage } from '../access.ts';
import { allow, identify } from '../requests.ts';
import { taskProperty } from '../view.ts';
import { readImport, refuseState } from './request.ts';

/** `POST /v2/images/{id}/import` and the tasks it makes (openstack profile, glance §8). */
export function importRoutes(routes: Routes, context: EmulatorContext): void {
  const { images, jobs, profile, store, tasks } = context;
  if (!profile.offers.importMethod) return;
  for (const region of context.regions) {
    const image = `/${region}/image/v2/images/:id`;
    routes.on('POST', `${image}/import`, async (request, reply) => {
      const asking = identify(context, request, 'administer', 'modify_image');
      const { caller, user } = asking;
      const asked = readImport(context, await readJson(request));
      await store.write(() => {
        const row = findOwnImage(images, profile, asking, region, readParam(request, 'id'), 'modify');
        refuseState(context, caller, row, asked);
        if (images.view(row).has(taskProperty))
          throw new ApiError('image/transition', 'Image has active task');
        const id = randomUUID();
        const account = row.owner ?? caller.account;
        const place = jobs.add({
          id,
          kind: 'image-import',
          account,
          data: {
            method: asked.method,
            uri: asked.uri ?? null,
            stores: [...asked.stores],
            key: row.key,
            ...(asked.method === 'glance-download'
              ? { remote: { region: asked.remote.region ?? null, image: asked.remote.image ?? null } }
              : {}),
          },
        });
        const task = {
          id,
          region,
          account,
          user: user.id,
          type: 'api_image_import' as const,
          input: { image_id: row.id, import_req: asked.asked, backend: [...asked.stores] },
          image: row.id,
          request: request.id,
        };
        tasks.create(task, place);
        images.setProperty(row, taskProperty, id);
      });
      return reply.code(202).type('text/html; charset=UTF-8').send();
    });
    routes.on('GET', `${image}/tasks`, (request) => {
      const { caller } = allow(context, request, 'read', 'get_tasks');
      const row = findVisibleImage(images, profile, caller, region, readParam(request, 'id'));
      return { tasks: tasks.ofImage(region, row.id).map(renderImageTask) };
    });
  }
}

/** A task as its image shows it: times with microseconds, and what was asked. */
function renderImageTask(row: TaskRow): JsonObject {
  return {
    id: row.id,
    type: row.type,
    status: row.status,
    owner: row.account,
    expires_at: row.expires === null ? null : formatMicroseconds(row.expires),
    created_at: formatMicroseconds(row.created),
    updated_at: formatMicroseconds(row.updated),
    deleted_at: null,
    deleted: false,
    image_id: row.image,
    request_id: row.request,
    user_id: row.user,
    input: JSON.parse(row.input),
    result: row.result === null ? null : (JSON.parse(row.result) as Json),
    message: row.message,
  };
}
