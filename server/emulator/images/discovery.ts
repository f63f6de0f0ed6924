import type { Cloud } from '../cloud.ts';
import type { Request, Routes } from '../http.ts';
import { schemas } from './schemas.ts';

/** Versions and schemas, which clients read before anything else. */
export function imageDiscovery(routes: Routes, cloud: Cloud): void {
  for (const region of cloud.regions) {
    const base = `/${region}/image`;
    const versions = (request: Request) => ({
      versions: Array.from({ length: 10 }, (_, at) => 9 - at).map((minor) => ({
        id: `v2.${minor}`,
        status: minor === 9 ? 'CURRENT' : 'SUPPORTED',
        links: [{ rel: 'self', href: `http://${request.headers.host ?? ''}${base}/v2/` }],
      })),
    });
    for (const path of [base, `${base}/`])
      routes.on('GET', path, (request, reply) => reply.code(300).send(versions(request)));
    routes.on('GET', `${base}/versions`, (request) => versions(request));
    for (const [name, schema] of schemas(cloud.profile))
      routes.on('GET', `${base}/v2/schemas/${name}`, (request) => {
        cloud.identity.authenticate(request.headers['x-auth-token']);
        return schema;
      });
  }
}
