import { notFound } from '../../kernel/apiError.ts';
import type { Reply, Request, Routes } from '../../kernel/routes.ts';
import type { EmulatorContext } from '../context.ts';
import { buildImageBase } from './create.ts';
import { healthRoute } from './healthcheck.ts';
import { schemas } from './schemas.ts';
import { listMinorVersions } from './versions.ts';

/** Versions, health and schemas, which clients read before anything else (SOURCES: glance §1). */
export function imageDiscovery(routes: Routes, context: EmulatorContext): void {
  // Written once: clients ask for them before each command.
  const texts = [...schemas(context.profile)].map(
    ([name, schema]) => [name, Buffer.from(JSON.stringify(schema))] as const,
  );
  for (const region of context.regions) {
    const base = `/${region}/image`;
    for (const path of [base, `${base}/`])
      routes.on('GET', path, (request, reply) => reply.code(300).send(versions(context, request, region)));
    routes.on('GET', `${base}/versions`, (request) => versions(context, request, region));
    healthRoute(routes, `${base}/healthcheck`);
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const)
      routes.on(method, `${base}/*`, (request, reply) => {
        routes.requireMethod(request);
        return unknownPath(context, region, request, reply);
      });
    for (const [name, text] of texts)
      routes.on('GET', `${base}/v2/schemas/${name}`, (request, reply) => {
        context.identity.authenticate(request.headers['x-auth-token']);
        return reply.type('application/json').send(text);
      });
  }
}

type Offer = Pick<EmulatorContext, 'profile' | 'settings'>;

function versions(context: Offer, request: Request, region: string) {
  const minors = listMinorVersions(context);
  const newest = Math.max(...minors);
  return {
    versions: minors.map((minor) => ({
      id: `v2.${minor}`,
      status: minor === newest ? 'CURRENT' : 'SUPPORTED',
      links: [{ rel: 'self', href: `${buildImageBase(request, region)}/v2/` }],
    })),
  };
}

/** `/R/image/v2.7/…` is served as `/R/image/v2/…`. */
export function rewriteVersion(context: Offer, path: string): string {
  const found = /^(\/[^/]+\/image)\/v2\.(\d+)(\/.*)$/.exec(path);
  return found && listMinorVersions(context).includes(Number(found[2])) ? `${found[1]}/v2${found[3]}` : path;
}

/** A version that is not served answers which ones are; any other path asks for a token before it is not found. */
function unknownPath(context: EmulatorContext, region: string, request: Request, reply: Reply): unknown {
  const [, version] = /^\/[^/]+\/image\/([^/?]*)/.exec(request.url) ?? [];
  if (version !== 'v2' && /^v\d/.test(version ?? ''))
    return reply.code(300).send(versions(context, request, region));
  context.identity.authenticate(request.headers['x-auth-token']);
  throw notFound();
}
