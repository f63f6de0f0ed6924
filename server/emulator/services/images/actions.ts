import type { Cloud } from '../../kernel/cloud.ts';
import { Fault } from '../../kernel/errorBody.ts';
import type { Routes } from '../../kernel/http.ts';
import { param } from '../../kernel/request.ts';
import { ownImage } from './access.ts';
import { allow, requireOffered } from './service.ts';

/** `actions/deactivate` and `actions/reactivate`; each may be repeated (facts/glance.md §6). */
export function actionRoutes(routes: Routes, cloud: Cloud): void {
  const { images, profile, store } = cloud;
  const actions = [
    { name: 'deactivate', from: 'active', to: 'deactivated' },
    { name: 'reactivate', from: 'deactivated', to: 'active' },
  ];
  for (const region of cloud.regions)
    for (const { name, from, to } of actions)
      routes.on('POST', `/${region}/image/v2/images/:id/actions/${name}`, async (request, reply) => {
        const { caller } = allow(cloud, request, 'administer', name);
        requireOffered(cloud, 'deactivate', name);
        await store.write(() => {
          const row = ownImage(images, profile, caller, region, param(request, 'id'), 'modify');
          if (row.status !== from && row.status !== to)
            throw new Fault(403, `Not allowed to ${name} image in status '${row.status}'`, {
              rule: 'image/transition',
            });
          if (row.status === from) images.change(row, { status: to });
        });
        return reply.code(204).send();
      });
}
