import { applyPatch, isRefusal, type PatchForm, readPatch, refuseQuota } from '../../rules/patch.ts';
import { refuseTag } from '../../rules/tags.ts';
import type { Json } from '../../rules/types.ts';
import { readJson } from '../body.ts';
import type { Cloud } from '../cloud.ts';
import { Fault, faultOf } from '../faults.ts';
import type { Request, Routes } from '../http.ts';
import { type Action, requireImages } from '../identity/permissions.ts';
import { ownImage, visibleImage } from './access.ts';
import { listImages } from './list.ts';
import { type ImageRow, viewOf } from './view.ts';

/** Glance v2: images and their tags. */
export function imageRoutes(routes: Routes, cloud: Cloud): void {
  const { images, profile, store } = cloud;
  const bodyOf = createBodies(cloud);
  const allow = (request: Request, action: Action, policy: string) => {
    const session = cloud.identity.authenticate(request.headers['x-auth-token']);
    requireImages(profile, session.caller, action, policy);
    return session.caller;
  };

  for (const region of cloud.regions) {
    const base = `/${region}/image/v2/images`;
    routes.on('GET', base, (request, reply) => {
      const caller = allow(request, 'read', 'get_images');
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
      const caller = allow(request, 'read', 'get_image');
      const row = visibleImage(images, profile, caller, region, param(request, 'id'));
      return reply.type('application/json').send(bodyOf(row));
    });
    routes.on('PATCH', `${base}/:id`, async (request, reply) => {
      const caller = allow(request, 'administer', 'modify_image');
      const form = patchForm(request);
      const operations = readPatch(await readJson(request), form);
      if (isRefusal(operations)) throw faultOf(operations);
      const body = await store.write(() => {
        const row = ownImage(images, profile, caller, region, param(request, 'id'), 'modify');
        const before = viewOf(row, images.properties(row.key), images.tags(row.key), profile);
        const patched = applyPatch(before, operations, { profile, caller, form });
        if (isRefusal(patched)) throw faultOf(patched);
        if (operations.length > 0) images.update(row, patched.image);
        return encode(cloud, images.find(region, row.id) ?? row); // not kept: the change may yet be undone
      });
      return reply.type('application/json').send(body);
    });
    routes.on('DELETE', `${base}/:id`, async (request, reply) => {
      const caller = allow(request, 'administer', 'delete_image');
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

    routes.on('PUT', `${base}/:id/tags/:tag`, async (request, reply) => {
      const caller = allow(request, 'tag', 'modify_image');
      const tag = tagOf(request);
      const refused = refuseTag(tag, profile);
      if (refused) throw faultOf({ rule: refused.rule, ...refused.answer, pointer: '' });
      await store.write(() => {
        const row = ownImage(images, profile, caller, region, param(request, 'id'), 'modify');
        const tags = images.tags(row.key);
        if (tags.includes(tag)) return;
        const quota = refuseQuota(new Map<string, Json>([['tags', [...tags, tag]]]), { profile, caller });
        if (quota) throw faultOf(quota);
        images.addTag(row, tag);
      });
      return reply.code(204).send();
    });
    routes.on('DELETE', `${base}/:id/tags/:tag`, async (request, reply) => {
      const caller = allow(request, 'tag', 'modify_image');
      const tag = tagOf(request);
      await store.write(() => {
        const row = ownImage(images, profile, caller, region, param(request, 'id'), 'modify');
        if (!images.tags(row.key).includes(tag))
          throw new Fault(404, `Tag ${tag} was not found on the image.`);
        images.removeTag(row, tag);
      });
      return reply.code(204).send();
    });
  }
}

function encode({ images, profile }: Cloud, row: ImageRow): string {
  return JSON.stringify(
    Object.fromEntries(viewOf(row, images.properties(row.key), images.tags(row.key), profile)),
  );
}

/** Encoded bodies, kept by image and revision: most reads of a list are of images that did not change. */
function createBodies(cloud: Cloud): (row: ImageRow) => string {
  const kept = new Map<number, { revision: number; text: string }>();
  return (row) => {
    const known = kept.get(row.key);
    if (known?.revision === row.revision) return known.text;
    const text = encode(cloud, row);
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
  const [type = ''] = (request.headers['content-type'] ?? '').split(';', 1);
  const form = forms[type.trim().toLowerCase()];
  if (form) return form;
  throw new Fault(415, 'The Content-Type must be one of the image patch media types.', {
    rule: 'patch/media-type',
    headers: { 'accept-patch': Object.keys(forms).reverse().join(', ') },
  });
}

/** A tag of the route. An encoded slash separates path parts here, as in Glance, so there is no such resource. */
function tagOf(request: Request): string {
  const tag = param(request, 'tag');
  if (tag === '' || tag.includes('/')) throw new Fault(404, 'The resource could not be found.');
  return tag;
}

export function queryOf(request: Request): URLSearchParams {
  const at = request.url.indexOf('?');
  return new URLSearchParams(at === -1 ? '' : request.url.slice(at + 1));
}

export function param(request: Request, name: string): string {
  const { params } = request;
  const value =
    typeof params === 'object' && params !== null ? new Map(Object.entries(params)).get(name) : undefined;
  return typeof value === 'string' ? value : '';
}
