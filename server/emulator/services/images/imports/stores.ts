import { ApiError, toApiError } from '../../../kernel/apiError.ts';
import { readParam } from '../../../kernel/request.ts';
import type { Routes } from '../../../kernel/routes.ts';
import type { EmulatorContext } from '../../context.ts';
import { isCloudAdmin } from '../../identity/permissions.ts';
import { findOwnImage, refuseProtected } from '../access.ts';
import { allow, identify } from '../requests.ts';

/** `/v2/info/…` and the removal of an image's data from one store (openstack profile, glance §1, §8). */
export function storeRoutes(routes: Routes, context: EmulatorContext): void {
  // Long, since it is a table of routes that share a few readers.
  const { images, profile, settings, store } = context;
  if (!profile.offers.stores) return;
  const list = () => settings.stores.map((id, at) => ({ id, ...(at === 0 ? { default: 'true' } : {}) }));
  for (const region of context.regions) {
    const base = `/${region}/image/v2`;
    routes.on('GET', `${base}/info/import`, (request) => {
      allow(context, request, 'read', 'get_images');
      return {
        'import-methods': {
          description: 'Import methods available.',
          type: 'array',
          value: settings.importMethods,
        },
      };
    });
    routes.on('GET', `${base}/info/stores`, (request) => {
      allow(context, request, 'read', 'get_images');
      return { stores: list() };
    });
    routes.on('GET', `${base}/info/stores/detail`, (request) => {
      const { caller } = allow(context, request, 'read', 'get_images');
      if (!isCloudAdmin(profile, caller))
        throw toApiError({
          rule: 'role/images',
          status: 403,
          text: 'You are not authorized to complete stores_info_detail action.',
        });
      return { stores: list().map((one) => ({ ...one, type: 'file', properties: {} })) };
    });
    routes.on('GET', `${base}/info/usage`, (request) => {
      const { account } = allow(context, request, 'read', 'get_images');
      const { storageBytes } = settings;
      if (storageBytes === 0) return { usage: {} };
      return {
        usage: { image_size_total: { limit: storageBytes, usage: countStoredBytes(context, account.id) } },
      };
    });
    routes.on('DELETE', `${base}/stores/:store/:id`, async (request, reply) => {
      const asking = identify(context, request, 'administer', 'delete_image_location');
      const name = readParam(request, 'store');
      await store.free(() => {
        const row = findOwnImage(images, profile, asking, region, readParam(request, 'id'), 'modify');
        requireStores(context, [name]);
        const held = row.stores?.split(',') ?? [];
        if (!held.includes(name))
          throw new ApiError('image/store', `Image ${row.id} is not stored on store ${name}.`, {
            status: 404,
          });
        refuseProtected(row);
        if (held.length === 1)
          throw new ApiError(
            'image/only-store',
            `Cannot delete image data from the only store containing it. Consider deleting the image instead.`,
          );
        images.change(row, { stores: held.filter((one) => one !== name).join(',') });
      });
      return reply.code(204).send();
    });
  }
}

/** Throws 409 for a store that there is not. */
export function requireStores({ settings }: EmulatorContext, names: readonly string[]): void {
  for (const name of names)
    if (!settings.stores.includes(name))
      throw new ApiError('image/store', `Store for identifier ${name} not found`);
}

/** The store that data goes to unless one is named; null where the profile has no stores. */
export function chooseDefaultStore({
  profile,
  settings,
}: Pick<EmulatorContext, 'profile' | 'settings'>): string | null {
  return profile.offers.stores ? (settings.stores[0] ?? null) : null;
}

/** Bytes of image data of an account, over all regions. */
export function countStoredBytes({ store }: EmulatorContext, account: string): number {
  return (
    store.get<{ bytes: number }>(
      'SELECT coalesce(sum(size), 0) AS bytes FROM images WHERE owner = ? AND blob IS NOT NULL',
      account,
    )?.bytes ?? 0
  );
}
