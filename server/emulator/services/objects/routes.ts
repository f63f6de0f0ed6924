import { productVersion } from '../../../version.ts';
import { notFound } from '../../kernel/apiError.ts';
import type { Handler, Routes } from '../../kernel/routes.ts';
import type { EmulatorContext } from '../context.ts';
import { createAccess, viewOf } from './access.ts';
import { deleteStatic } from './bulk.ts';
import { accountRoutes, containerRoutes } from './containers.ts';
import { info } from './limits.ts';
import type { Target } from './paths.ts';
import type { ObjectRow } from './records.ts';
import { copyFrom, copyTo } from './transfer/copy.ts';
import { download } from './transfer/download.ts';
import { putObject, readObjectFields } from './transfer/put.ts';

/** Swift: accounts, containers, objects (SOURCES: glance §12). The bare account and its storage name both work in paths. */
export function objectRoutes(routes: Routes, context: EmulatorContext): void {
  const access = createAccess(context);
  const about = info(context.profile, productVersion());
  routes.on('GET', '/info', () => about);
  for (const region of context.regions) {
    const base = `/${region}/object-store/v1/:account`;
    routes.on('GET', `/${region}/object-store/info`, () => about);
    accountRoutes(routes, context, access, region, base);
    containerRoutes(routes, context, access, region, base);
    const on = (method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE' | 'COPY', handler: Handler) =>
      routes.on(method, `${base}/:container/*`, handler);
    const existing = ({ account, container, object }: Target): ObjectRow => {
      const row = context.objects.find(region, account, container, object);
      if (!row) throw notFound('files/not-found');
      return row;
    };
    for (const method of ['GET', 'HEAD'] as const)
      on(method, (request, reply) => {
        const { url, manifest, authority, ...target } = access.object(region, request, 'read');
        const row = existing(target);
        const view = viewOf(region, target.account, authority);
        return download(context, request, reply, { view, row, url, manifest });
      });
    on('PUT', (request, reply) => {
      const opened = access.object(region, request, 'administer');
      if (request.headers['x-copy-from'] !== undefined)
        return copyFrom(context, region, opened, request, reply);
      return putObject(context, region, opened, request, reply);
    });
    on('POST', async (request, reply) => {
      const target = access.object(region, request, 'administer');
      const { contentType, headers, expires } = readObjectFields(context, request);
      await context.store.write(() => {
        const row = existing(target);
        context.objects.setHeaders(row, contentType ?? row.content_type, headers, expires);
      });
      return reply.code(202).send();
    });
    on('DELETE', async (request, reply) => {
      const { account, container, object, manifest } = access.object(region, request, 'administer');
      if (manifest === 'delete')
        return deleteStatic(context, { region, account }, `/${container}/${object}`, request, reply);
      await context.store.free(() => context.objects.remove(region, account, container, object));
      return reply.code(204).send();
    });
    on('COPY', (request, reply) =>
      copyTo(context, region, access.object(region, request, 'read'), request, reply),
    );
  }
}
