import { notFound } from '../../kernel/apiError.ts';
import type { Reply, Request, Routes } from '../../kernel/routes.ts';
import type { EmulatorContext } from '../context.ts';
import { buildImageBase } from './create.ts';
import { schemas } from './schemas.ts';

/** Versions, health and schemas, which clients read before anything else (SOURCES: glance §1). */
export function imageDiscovery(routes: Routes, context: EmulatorContext): void {
  for (const region of context.regions) {
    const base = `/${region}/image`;
    for (const path of [base, `${base}/`])
      routes.on('GET', path, (request, reply) => reply.code(300).send(versions(context, request, region)));
    routes.on('GET', `${base}/versions`, (request) => versions(context, request, region));
    routes.on('GET', `${base}/healthcheck`, (_request, reply) =>
      reply.type('text/plain; charset=UTF-8').send('OK'),
    );
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const)
      routes.on(method, `${base}/*`, (request, reply) => {
        routes.requireMethod(request);
        return unknownPath(context, region, request, reply);
      });
    for (const [name, schema] of schemas(context.profile))
      routes.on('GET', `${base}/v2/schemas/${name}`, (request) => {
        context.identity.authenticate(request.headers['x-auth-token']);
        return schema;
      });
  }
}

/** Minor versions served, newest first. A Glance with several stores and no cache has no 2.14. */
function minorVersions({ profile }: Pick<EmulatorContext, 'profile'>): readonly number[] {
  return profile.images.minorVersions;
}

function versions(context: Pick<EmulatorContext, 'profile'>, request: Request, region: string) {
  return {
    versions: minorVersions(context).map((minor, at) => ({
      id: `v2.${minor}`,
      status: at === 0 ? 'CURRENT' : 'SUPPORTED',
      links: [{ rel: 'self', href: `${buildImageBase(request, region)}/v2/` }],
    })),
  };
}

/** `/R/image/v2.7/…` is served as `/R/image/v2/…`. */
export function rewriteVersion(context: Pick<EmulatorContext, 'profile'>, path: string): string {
  const found = /^(\/[^/]+\/image)\/v2\.(\d+)(\/.*)$/.exec(path);
  return found && minorVersions(context).includes(Number(found[2])) ? `${found[1]}/v2${found[3]}` : path;
}

/** A version that is not served answers which ones are; any other path asks for a token before it is not found. */
function unknownPath(context: EmulatorContext, region: string, request: Request, reply: Reply): unknown {
  const [, version] = /^\/[^/]+\/image\/([^/?]*)/.exec(request.url) ?? [];
  if (version !== 'v2' && /^v\d/.test(version ?? ''))
    return reply.code(300).send(versions(context, request, region));
  context.identity.authenticate(request.headers['x-auth-token']);
  throw notFound();
}
