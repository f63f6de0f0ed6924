import { applyPatch, type PatchForm, readPatch } from '../../rules/patch.ts';
import { mediaType, param, queryOf } from '../asked.ts';
import { readJson } from '../body.ts';
import type { Cloud } from '../cloud.ts';
import { Fault } from '../faults.ts';
import type { Request, Routes } from '../http.ts';
import { ownImage, visibleImage } from './access.ts';
import { listImages } from './list.ts';
import { accepted, allow, encodeImage } from './service.ts';
import { type ImageRow, viewOf } from './view.ts';

/** Glance v2: the list of images, and one image. */
export function imageRoutes(routes: Routes, cloud: Cloud): void {
  const { images, profile, store } = cloud;
  const bodyOf = createBodies(cloud);

  for (const region of cloud.regions) {
    const base = `/${region}/image/v2/images`;
    routes.on('GET', base, (request, reply) => {
      const { caller } = allow(cloud, request, 'read', 'get_images');
      const page = listImages(store, profile, caller, region, queryOf(request));
      const parts = [
        `"images":[${page.rows.map(bodyOf).join(',')}]`,
        `"first":${JSON.stringify(page.first)}`,
        '"schema":"/v2/schemas/images"',
        ...(page.next === undefined ? [] : [`"next":${JSON.stringify(page.next)}`]),
      ];
      return reply.type('application/json').send(`{${parts.join(',')}}`);
    });
    routes.on('GET', `${base}/:id`, (request, reply) => {
      const { caller } = allow(cloud, request, 'read', 'get_image');
      const row = visibleImage(images, profile, caller, region, param(request, 'id'));
      return reply.type('application/json').send(bodyOf(row));
    });
    routes.on('PATCH', `${base}/:id`, async (request, reply) => {
      const { caller } = allow(cloud, request, 'administer', 'modify_image');
      const form = patchForm(request);
      const operations = accepted(readPatch(await readJson(request), form));
      const body = await store.write(() => {
        const row = ownImage(images, profile, caller, region, param(request, 'id'), 'modify');
        const before = viewOf(row, images.properties(row.key), images.tags(row.key), profile);
        const patched = accepted(applyPatch(before, operations, { profile, caller, form }));
        if (operations.length > 0) images.update(row, patched.image);
        return encodeImage(cloud, images.find(region, row.id) ?? row); // not kept: the change may yet be undone
      });
      return reply.type('application/json').send(body);
    });
    routes.on('DELETE', `${base}/:id`, async (request, reply) => {
      const { caller } = allow(cloud, request, 'administer', 'delete_image');
      await store.write(() => {
        const row = ownImage(images, profile, caller, region, param(request, 'id'), 'delete');
        if (row.protected === 1)
          throw new Fault(403, `Image ${row.id} is protected and cannot be deleted.`, {
            rule: 'image/protected',
          });
        images.remove(row);
      });
      return reply.code(204).send();
    });
  }
}

/** Encoded bodies, kept by image and revision: most reads of a list are of images that did not change. */
function createBodies(cloud: Cloud): (row: ImageRow) => string {
  const kept = new Map<number, { revision: number; text: string }>();
  return (row) => {
    const known = kept.get(row.key);
    if (known?.revision === row.revision) return known.text;
    const text = encodeImage(cloud, row);
    if (kept.size >= 5000) kept.clear();
    kept.set(row.key, { revision: row.revision, text });
    return text;
  };
}

const forms: Readonly<Record<string, PatchForm>> = {
  'application/openstack-images-v2.1-json-patch': 'v2.1',
  'application/openstack-images-v2.0-json-patch': 'v2.0',
};

function patchForm(request: Request): PatchForm {
  const form = forms[mediaType(request)];
  if (form) return form;
  throw new Fault(415, 'The Content-Type must be one of the image patch media types.', {
    rule: 'patch/media-type',
    headers: { 'accept-patch': Object.keys(forms).reverse().join(', ') },
  });
}
