import { randomUUID } from 'node:crypto';
import type { Json } from '../../../rules/json.ts';
import type { Profile } from '../../../rules/profile/profile.ts';
import { readNewImage } from '../../../rules/service/newImage.ts';
import { ApiError } from '../../kernel/apiError.ts';
import { readJson } from '../../kernel/body.ts';
import { readBaseUrl } from '../../kernel/request.ts';
import type { Request, Routes } from '../../kernel/routes.ts';
import type { EmulatorContext } from '../context.ts';
import type { NewImage } from './records.ts';
import { hideProtected, identify, requireAccepted, requireOffered } from './requests.ts';
import { columnsOf, encodeView, listTags, propertiesOf, viewOf } from './view.ts';

/** POST /v2/images: a record without data yet (SOURCES: glance §3). */
export function createRoute(routes: Routes, context: EmulatorContext): void {
  const { images, profile, settings, store } = context;
  for (const region of context.regions)
    routes.on('POST', `/${region}/image/v2/images`, async (request, reply) => {
      const { caller, forbidden } = identify(context, request, 'administer', 'add_image');
      requireOffered(context, 'create', 'add_image');
      const { id = randomUUID(), image } = requireAccepted(
        readNewImage(await readJson(request), { profile, caller, forbidden }),
      );
      const asked = newImage(profile, region, id, caller.account, image);
      const body = await store.write(() => {
        if (images.isUsed(region, id)) throw new ApiError('image/exists', `Image ID ${id} already exists!`);
        return encodeView(viewOf(images.create(asked), asked.properties, asked.tags, profile));
      });
      reply.code(201).header('location', `${buildImageBase(request, region)}/v2/images/${id}`);
      if (profile.offers.importMethod)
        reply.headers({
          'openstack-image-import-methods': settings.importMethods.join(','),
          'openstack-image-store-ids': settings.stores.join(','),
        });
      return reply.type('application/json').send(hideProtected(context, caller, body));
    });
}

/** The record of a new image from the attributes asked for, with Glance's defaults. */
export function newImage(
  profile: Profile,
  region: string,
  id: string,
  account: string,
  image: ReadonlyMap<string, Json>,
): NewImage {
  const columns = columnsOf(image);
  return {
    ...columns,
    region,
    id,
    owner: columns.owner ?? account,
    visibility: columns.visibility ?? profile.images.defaultVisibility,
    properties: propertiesOf(image),
    tags: listTags(image),
  };
}

/** `http://HOST/REGION/image` */
export function buildImageBase(request: Request, region: string): string {
  return `${readBaseUrl(request)}/${region}/image`;
}
