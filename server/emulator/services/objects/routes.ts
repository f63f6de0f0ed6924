import type { Cloud } from '../../kernel/cloud.ts';
import { Fault } from '../../kernel/errorBody.ts';
import type { Handler, Routes } from '../../kernel/http.ts';
import { productVersion } from '../../kernel/version.ts';
import { createAccess, viewOf } from './access.ts';
import { deleteStatic } from './bulk.ts';
import { accountRoutes, containerRoutes } from './containers.ts';
import { copyFrom, copyTo } from './copy.ts';
import { download } from './download.ts';
import { info } from './limits.ts';
import type { Target } from './paths.ts';
import { fieldsOf, putObject } from './put.ts';
import type { ObjectRow } from './records.ts';

/** Swift: accounts, containers, objects (facts/glance.md §12). The bare account and its storage name both work in paths. */
export function objectRoutes(routes: Routes, cloud: Cloud): void {
  const access = createAccess(cloud);
  const about = info(cloud.profile, productVersion());
  routes.on('GET', '/info', () => about);
  for (const region of cloud.regions) {
    const base = `/${region}/object-store/v1/:account`;
    routes.on('GET', `/${region}/object-store/info`, () => about);
    accountRoutes(routes, cloud, access, region, base);
    containerRoutes(routes, cloud, access, region, base);
    const on = (method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE' | 'COPY', handler: Handler) =>
      routes.on(method, `${base}/:container/*`, handler);
    const existing = ({ account, container, object }: Target): ObjectRow => {
      const row = cloud.objects.find(region, account, container, object);
      if (!row) throw new Fault(404, 'The resource could not be found.');
      return row;
    };
    for (const method of ['GET', 'HEAD'] as const)
      on(method, (request, reply) => {
        const { url, manifest, authority, ...target } = access.object(region, request, 'read');
        const row = existing(target);
        const view = viewOf(region, target.account, authority);
        return download(cloud, request, reply, { view, row, url, manifest });
      });
    on('PUT', (request, reply) => {
      const opened = access.object(region, request, 'administer');
      if (request.headers['x-copy-from'] !== undefined)
        return copyFrom(cloud, region, opened, request, reply);
      return putObject(cloud, region, opened, request, reply);
    });
    on('POST', async (request, reply) => {
      const target = access.object(region, request, 'administer');
      const { contentType, headers, expires } = fieldsOf(cloud, request);
      await cloud.store.write(() => {
        const row = existing(target);
        cloud.objects.setHeaders(row, contentType ?? row.content_type, headers, expires);
      });
      return reply.code(202).send();
    });
    on('DELETE', async (request, reply) => {
      const { account, container, object, manifest } = access.object(region, request, 'administer');
      if (manifest === 'delete')
        return deleteStatic(cloud, { region, account }, `/${container}/${object}`, request, reply);
      await cloud.store.free(() => cloud.objects.remove(region, account, container, object));
      return reply.code(204).send();
    });
    on('COPY', (request, reply) =>
      copyTo(cloud, region, access.object(region, request, 'read'), request, reply),
    );
  }
}
