import type { Image } from '../server/cloud/images.ts';
import type { Reader } from './live.ts';

/** All that the user sees by default: own, accepted shared and public images. */
export function imageReader(): Reader<Image> {
  return {
    kind: 'image',
    all: async (cloud) => {
      const images = new Map<string, Image>();
      for await (const page of cloud.images.list({ limit: '100' })) {
        for (const image of page) images.set(idOf(image), image);
      }
      return images;
    },
    one: (cloud, id) => cloud.images.get(id),
  };
}

export function idOf(image: Image): string {
  return String(image.get('id') ?? '');
}
