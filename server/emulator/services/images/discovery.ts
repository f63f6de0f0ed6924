import type { Cloud } from '../../kernel/cloud.ts';
import { Fault } from '../../kernel/errorBody.ts';
import type { Reply, Request, Routes } from '../../kernel/http.ts';
import { imageBase } from './create.ts';
import { schemas } from './schemas.ts';

/** Versions, health and schemas, which clients read before anything else (facts/glance.md §1). */
export function imageDiscovery(routes: Routes, cloud: Cloud): void {
  for (const region of cloud.regions) {
    const base = `/${region}/image`;
    for (const path of [base, `${base}/`])
      routes.on('GET', path, (request, reply) => reply.code(300).send(versions(cloud, request, region)));
    routes.on('GET', `${base}/versions`, (request) => versions(cloud, request, region));
    routes.on('GET', `${base}/healthcheck`, (_request, reply) =>
      reply.type('text/plain; charset=UTF-8').send('OK'),
    );
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const)
      routes.on(method, `${base}/*`, (request, reply) => {
        routes.requireMethod(request);
        return unknownPath(cloud, region, request, reply);
      });
    for (const [name, schema] of schemas(cloud.profile))
      routes.on('GET', `${base}/v2/schemas/${name}`, (request) => {
        cloud.identity.authenticate(request.headers['x-auth-token']);
        return schema;
      });
  }
}

/** Minor versions served, newest first. A Glance with several stores and no cache has no 2.14. */
export function minorVersions({ profile }: Pick<Cloud, 'profile'>): readonly number[] {
  return profile.name === 'openstack'
    ? [15, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]
    : [9, 8, 7, 6, 5, 4, 3, 2, 1, 0];
}

export function versions(cloud: Pick<Cloud, 'profile'>, request: Request, region: string) {
  return {
    versions: minorVersions(cloud).map((minor, at) => ({
      id: `v2.${minor}`,
      status: at === 0 ? 'CURRENT' : 'SUPPORTED',
      links: [{ rel: 'self', href: `${imageBase(request, region)}/v2/` }],
    })),
  };
}

/** `/R/image/v2.7/…` is served as `/R/image/v2/…`. */
export function versionedPath(cloud: Pick<Cloud, 'profile'>, path: string): string {
  const found = /^(\/[^/]+\/image)\/v2\.(\d+)(\/.*)$/.exec(path);
  return found && minorVersions(cloud).includes(Number(found[2])) ? `${found[1]}/v2${found[3]}` : path;
}

/** A version that is not served answers which ones are; any other path asks for a token before it is not found. */
function unknownPath(cloud: Cloud, region: string, request: Request, reply: Reply): unknown {
  const [, version] = /^\/[^/]+\/image\/([^/?]*)/.exec(request.url) ?? [];
  if (version !== 'v2' && /^v\d/.test(version ?? ''))
    return reply.code(300).send(versions(cloud, request, region));
  cloud.identity.authenticate(request.headers['x-auth-token']);
  throw new Fault(404, 'The resource could not be found.');
}
