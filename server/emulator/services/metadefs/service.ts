import type { Service } from '../service.ts';
import { addCatalogue } from './catalogue.ts';
import { metadefRoutes } from './routes.ts';

/** Metadata definitions, which the Images API serves. */
export const metadefs: Service = {
  name: 'metadefs',
  routes: metadefRoutes,
  seed: async (context) => ({ plant: () => addCatalogue(context) }),
};
