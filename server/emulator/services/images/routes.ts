import { refuseForeign } from '../../../rules/service/changes.ts';
import { applyPatch, type PatchForm, readPatch } from '../../../rules/service/patchBody.ts';
import { ApiError } from '../../kernel/apiError.ts';
import { readJson } from '../../kernel/body.ts';
import { readMediaType, readParam } from '../../kernel/request.ts';
import type { Request, Routes } from '../../kernel/routes.ts';
import type { EmulatorContext } from '../context.ts';
import { findOwnImage, findVisibleImage, refuseProtected } from './access.ts';
import type { Bodies } from './list/bodies.ts';
import { allow, hideProtected, identify, requireAccepted } from './requests.ts';
import { encodeView } from './view.ts';

/** Glance v2: one image. */
export function imageRoutes(routes: Routes, context: EmulatorContext, bodies: Bodies): void {
  const { images, profile, store } = context;

  for (const region of context.regions) {
    const base = `/${region}/image/v2/images`;
    routes.on('GET', `${base}/:id`, (request, reply) => {
      const { caller } = allow(context, request, 'read', 'get_image');
      const row = findVisibleImage(images, profile, caller, region, readParam(request, 'id'));
      return reply.type('application/json').send(hideProtected(context, caller, bodies.of(row)));
    });
    routes.on('PATCH', `${base}/:id`, async (request, reply) => {
      const { caller, forbidden: role } = identify(context, request, 'administer', 'modify_image');
      const form = patchForm(request);
      const operations = requireAccepted(readPatch(await readJson(request), form, { profile, caller }));
      const body = await store.write(() => {
        const row = findVisibleImage(images, profile, caller, region, readParam(request, 'id'));
        const forbidden = role ?? refuseForeign(row.owner, 'modify', { profile, caller });
        const before = images.view(row);
        const patched = requireAccepted(applyPatch(before, operations, { profile, caller, form, forbidden }));
        return encodeView(operations.length === 0 ? before : images.update(row, patched.image));
      });
      return reply.type('application/json').send(hideProtected(context, caller, body));
    });
    routes.on('DELETE', `${base}/:id`, async (request, reply) => {
      const asking = identify(context, request, 'administer', 'delete_image');
      await store.free(() => {
        const row = findOwnImage(images, profile, asking, region, readParam(request, 'id'), 'delete');
        refuseProtected(row);
        images.remove(row);
      });
      return reply.code(204).send();
    });
  }
}

const forms: Readonly<Record<string, PatchForm>> = {
  'application/openstack-images-v2.1-json-patch': 'v2.1',
  'application/openstack-images-v2.0-json-patch': 'v2.0',
};

function patchForm(request: Request): PatchForm {
  const form = forms[readMediaType(request)];
  if (form) return form;
  throw new ApiError('patch/media-type', 'The Content-Type must be one of the image patch media types.', {
    headers: { 'accept-patch': Object.keys(forms).reverse().join(', ') },
  });
}
