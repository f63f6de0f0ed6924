import type { Json } from '../../../rules/json.ts';
import { refuseQuota } from '../../../rules/service/patchBody.ts';
import { hasTagRoute, refuseTag } from '../../../rules/service/tagNames.ts';
import { ApiError, notFound, toApiError } from '../../kernel/apiError.ts';
import { readParam } from '../../kernel/request.ts';
import type { Request, Routes } from '../../kernel/routes.ts';
import type { EmulatorContext } from '../context.ts';
import { findOwnImage } from './access.ts';
import { identify } from './requests.ts';
import { listTags } from './view.ts';

/** Tags by route: PUT and DELETE of one, no list (SOURCES: glance §7). */
export function tagRoutes(routes: Routes, context: EmulatorContext): void {
  const { images, profile, store } = context;
  for (const region of context.regions) {
    const path = `/${region}/image/v2/images/:id/tags/:tag`;
    routes.on('PUT', path, async (request, reply) => {
      const asking = identify(context, request, 'tag', 'modify_image');
      const tag = readTag(request);
      const refused = refuseTag(tag, profile);
      if (refused) throw toApiError({ rule: refused.rule, ...refused.answer });
      await store.write(() => {
        const row = findOwnImage(images, profile, asking, region, readParam(request, 'id'), 'modify');
        const tags = listTags(images.view(row));
        if (tags.includes(tag)) return;
        const quota = refuseQuota(new Map<string, Json>([['tags', [...tags, tag]]]), { profile });
        if (quota)
          throw toApiError({
            ...quota,
            text: `Image tag limit exceeded for image ${row.id}: ${quota.text}`,
          });
        images.addTag(row, tag);
      });
      return reply.code(204).send();
    });
    routes.on('DELETE', path, async (request, reply) => {
      const asking = identify(context, request, 'tag', 'modify_image');
      const tag = readTag(request);
      await store.free(() => {
        const row = findOwnImage(images, profile, asking, region, readParam(request, 'id'), 'modify');
        if (!listTags(images.view(row)).includes(tag))
          throw new ApiError('image/tag', `Tag ${tag} was not found on the image.`);
        images.removeTag(row, tag);
      });
      return reply.code(204).send();
    });
  }
}

/** A tag of the route. An encoded slash separates path parts here, as in Glance, so there is no such resource. */
function readTag(request: Request): string {
  const tag = readParam(request, 'tag');
  if (!hasTagRoute(tag)) throw notFound('image/tag');
  return tag;
}
