import { productVersion } from '../../../version.ts';
import { notFound } from '../../kernel/apiError.ts';
import { readQuery } from '../../kernel/request.ts';
import type { Handler, Routes } from '../../kernel/routes.ts';
import type { EmulatorContext } from '../context.ts';
import { createAccess } from './access.ts';
import { accountRoutes } from './accounts.ts';
import { accept } from './answers.ts';
import { deleteStatic } from './bulk/delete.ts';
import { acceptArchive } from './bulk/extract.ts';
import { cdnRoutes } from './cdn.ts';
import { containerRoutes } from './containers.ts';
import { optionRoutes } from './cors.ts';
import { internalHeaders } from './headers.ts';
import { info } from './limits.ts';
import type { Target } from './paths.ts';
import type { ObjectRow } from './records.ts';
import { refusePostToLink } from './symlinks.ts';
import { copyFrom, copyTo } from './transfer/copy.ts';
import { download } from './transfer/download.ts';
import { putObject, readObjectFields } from './transfer/put.ts';
import { readVersionId } from './versions/read.ts';
import { type Removed, removeOneVersion, removeVersioned } from './versions/writes.ts';
import { postForm } from './web/formPost.ts';
import { publicRoutes } from './web/public.ts';
import { serveObject } from './web/staticWeb.ts';

/** Swift: accounts, containers, objects (SOURCES: glance §12). The bare account and its storage name both work in paths. */
export function objectRoutes(routes: Routes, context: EmulatorContext): void {
  const access = createAccess(context);
  publicRoutes(routes, context, info(context.profile, productVersion()));
  for (const region of context.regions) {
    const base = `/${region}/object-store/v1/:account`;
    accountRoutes(routes, context, access, region, base);
    containerRoutes(routes, context, access, region, base);
    cdnRoutes(routes, context, access, region);
    optionRoutes(routes, context, base);
    const on = (method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE' | 'COPY', handler: Handler) =>
      routes.on(method, `${base}/:container/*`, handler);
    const existing = ({ account, container, object }: Target): ObjectRow => {
      const row = context.objects.find(region, account, container, object);
      if (!row) throw notFound('files/not-found');
      return row;
    };
    for (const method of ['GET', 'HEAD'] as const)
      on(method, (request, reply) =>
        serveObject(context, access, region, request, reply, async () =>
          download(context, region, request, reply, access.object(region, request, 'read')),
        ),
      );
    on('PUT', (request, reply) => {
      if (readQuery(request).has('extract-archive'))
        return acceptArchive(context, access, region, request, reply);
      const opened = access.object(region, request, 'write');
      if (request.headers['x-copy-from'] !== undefined)
        return copyFrom(context, region, opened, request, reply);
      return putObject(context, region, opened, request, reply);
    });
    on('POST', async (request, reply) => {
      const form = postForm(context, region, request, reply);
      if (form) return form;
      const target = access.object(region, request, 'write');
      readVersionId(context, region, target, request);
      const { contentType, headers, expires } = readObjectFields(context, request);
      const row = await context.store.write(() => {
        const found = existing(target);
        const kept = { ...headers, ...internalHeaders(JSON.parse(found.headers)) };
        context.objects.setHeaders(found, contentType ?? found.content_type, kept, expires);
        return found;
      });
      refusePostToLink(row, request);
      return accept(reply);
    });
    on('DELETE', async (request, reply) => {
      const target = access.object(region, request, 'write');
      const { account, container, object, manifest, authority } = target;
      if (manifest === 'delete') {
        const place = { region, account, authority };
        return deleteStatic(context, place, `/${container}/${object}`, request, reply);
      }
      const version = readVersionId(context, region, target, request);
      if (version !== undefined && version !== 'null') {
        const current = await context.store.free(() => removeOneVersion(context, region, target, version));
        reply.headers({ 'x-object-version-id': version, 'x-object-current-version-id': current });
        return reply.code(204).send();
      }
      const removed = await context.store.free((): Removed => {
        if (version === undefined) return removeVersioned(context, region, target);
        context.objects.remove(region, account, container, object);
        return { isFound: true };
      });
      if (removed.version !== undefined) reply.header('x-object-version-id', removed.version);
      if (!removed.isFound) throw notFound('files/not-found');
      return reply.code(204).send();
    });
    on('COPY', (request, reply) =>
      copyTo(context, region, access.object(region, request, 'read'), request, reply),
    );
  }
}
