import { ApiError } from '../../kernel/apiError.ts';
import { readParam } from '../../kernel/request.ts';
import type { Routes } from '../../kernel/routes.ts';
import type { EmulatorContext } from '../context.ts';
import { findOwnImage } from './access.ts';
import { identify, requireOffered } from './requests.ts';

/** `actions/deactivate` and `actions/reactivate`; each may be repeated (SOURCES: glance §6). */
export function actionRoutes(routes: Routes, context: EmulatorContext): void {
  const { images, profile, store } = context;
  const actions = [
    { name: 'deactivate', from: 'active', to: 'deactivated' },
    { name: 'reactivate', from: 'deactivated', to: 'active' },
  ];
  for (const region of context.regions)
    for (const { name, from, to } of actions)
      routes.on('POST', `/${region}/image/v2/images/:id/actions/${name}`, async (request, reply) => {
        const asking = identify(context, request, 'administer', name);
        requireOffered(context, 'deactivate', name);
        await store.write(() => {
          const row = findOwnImage(images, profile, asking, region, readParam(request, 'id'), 'modify');
          if (row.status !== from && row.status !== to)
            throw new ApiError('image/transition', `Not allowed to ${name} image in status '${row.status}'`, {
              status: 403,
            });
          if (row.status === from) images.change(row, { status: to });
        });
        return reply.code(204).send();
      });
}
