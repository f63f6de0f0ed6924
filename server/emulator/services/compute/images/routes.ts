import { ApiError } from '../../../kernel/apiError.ts';
import type { EmulatorContext } from '../../context.ts';
import type { OnCompute } from '../api/compute.ts';
import { findImage, readMetadata, requireOwn } from './find.ts';
import { listProxied } from './list.ts';
import { viewImage } from './view.ts';

const versions = { until: 35 };

/** `/images`: the image service behind the Compute API, until 2.35. */
export function imageProxyRoutes(on: OnCompute, context: EmulatorContext): void {
  const { images, store } = context;
  on('GET', '/images', (asked) => listProxied(context, asked, false), versions);
  on('GET', '/images/detail', (asked) => listProxied(context, asked, true), versions);
  on(
    'GET',
    '/images/:id',
    (asked) => {
      const view = images.view(findImage(context, asked));
      const image = viewImage(view, readMetadata(context, view, asked.caller), asked);
      return { status: 200, body: { image } };
    },
    versions,
  );
  on(
    'DELETE',
    '/images/:id',
    async (asked) => {
      await store.free(() => {
        const row = findImage(context, asked);
        const refused = 'You are not allowed to delete the image.';
        requireOwn(context, row, asked.caller, refused);
        if (row.protected === 1) throw new ApiError('image/protected', refused);
        images.remove(row);
      });
      return { status: 204 };
    },
    versions,
  );
}
