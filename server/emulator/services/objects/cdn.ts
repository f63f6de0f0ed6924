import { ApiError, notFound } from '../../kernel/apiError.ts';
import type { Routes } from '../../kernel/routes.ts';
import type { EmulatorContext } from '../context.ts';
import type { Access } from './access.ts';
import { chooseFormat } from './listing/answer.ts';

/** Rackspace's CDN of Cloud Files, to which no container is published: clients ask it of every container. */
export function cdnRoutes(
  routes: Routes,
  { profile }: EmulatorContext,
  access: Access,
  region: string,
): void {
  if (profile.identity.cdnName === undefined) return;
  const base = `/${region}/object-cdn/v1/:account`;
  for (const path of [base, `${base}/`])
    for (const method of ['GET', 'HEAD'] as const)
      routes.on(method, path, (request, reply) => {
        access.account(request, 'read');
        const format = chooseFormat(request);
        reply.type(`${format}; charset=utf-8`);
        if (format === 'application/json' && method === 'GET') return reply.code(200).send('[]');
        return reply.code(204).send();
      });
  for (const path of [`${base}/:container`, `${base}/:container/`]) {
    for (const method of ['GET', 'HEAD', 'DELETE'] as const)
      routes.on(method, path, (request) => {
        access.account(request, method === 'DELETE' ? 'administer' : 'read');
        throw notFound('files/not-found');
      });
    for (const method of ['PUT', 'POST'] as const)
      routes.on(method, path, (request) => {
        access.account(request, 'administer');
        throw new ApiError('emulator/not-yet', 'The emulator publishes no containers.');
      });
  }
}
