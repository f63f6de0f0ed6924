import { queryOf } from '../asked.ts';
import type { Cloud } from '../cloud.ts';
import type { Routes } from '../http.ts';
import { listImages } from './list.ts';
import type { Bodies } from './listBodies.ts';
import { createPlanner } from './plan.ts';
import { allow, shownTo } from './service.ts';

/** `GET /v2/images`. */
export function listRoute(routes: Routes, cloud: Cloud, bodies: Bodies): void {
  const planner = createPlanner(cloud.store);
  for (const region of cloud.regions)
    routes.on('GET', `/${region}/image/v2/images`, async (request, reply) => {
      const { caller } = allow(cloud, request, 'read', 'get_images');
      const page = await listImages(cloud, planner, caller, region, queryOf(request));
      const parts = [
        `"images":[${bodies
          .page(page.rows)
          .map((body) => shownTo(cloud, caller, body))
          .join(',')}]`,
        `"first":${JSON.stringify(page.first)}`,
        '"schema":"/v2/schemas/images"',
        ...(page.next === undefined ? [] : [`"next":${JSON.stringify(page.next)}`]),
      ];
      return reply.type('application/json').send(`{${parts.join(',')}}`);
    });
}
