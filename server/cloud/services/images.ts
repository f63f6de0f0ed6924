import type { Json, JsonObject } from '../../rules/json.ts';
import type { Operation } from '../../rules/service/patchBody.ts';
import { hasTagRoute } from '../../rules/service/tagNames.ts';
import { addressPart } from '../session/address.ts';
import { type ListQuery, readPages } from '../session/pages.ts';
import type { Session } from '../session/session.ts';

/** An image as the API shows it: attributes and custom properties, flat. A Map, since a property may be called `__proto__`. */
export type Image = ReadonlyMap<string, Json>;

/** Glance's images (SOURCES: glance §1). Everything throws CloudError. */
export interface Images {
  /** Page after page, in the cloud's order; `query` filters and sorts. */
  list(query?: ListQuery, signal?: AbortSignal): AsyncGenerator<Image[], void>;
  get(id: string, signal?: AbortSignal): Promise<Image>;
  /** The image after the patch. */
  patch(id: string, operations: readonly Operation[]): Promise<Image>;
  delete(id: string): Promise<void>;
  /** Keeps others than administrators from its data, or lets them have it again. Each may be repeated. */
  setActive(id: string, active: boolean): Promise<void>;
  /** By its route, or, where a tag has no address, by a patch of all tags: that takes another role. */
  addTag(id: string, tag: string): Promise<void>;
  removeTag(id: string, tag: string): Promise<void>;
}

/** The value of a filter that is to be equal to a text: what stands before a colon is an operator (SOURCES: glance §1). */
export function equalTo(text: string): string {
  return text.includes(':') ? `eq:${text}` : text;
}

/** The images of exactly this name which an owner has, or the account sees. Throws CloudError. */
export async function listNamed(images: Images, name: string, owner?: string): Promise<Image[]> {
  const found: Image[] = [];
  const query = { name: equalTo(name), ...(owner === undefined ? {} : { owner }) };
  for await (const page of images.list(query))
    for (const image of page) if (image.get('name') === name) found.push(image);
  return found;
}

export function openImages(session: Session, base: string): Images {
  const address = (id: string): string => `${base}/images/${addressPart(id)}`;
  const done = async (url: string, method: string): Promise<void> => {
    await (await session.send(url, { method })).body?.cancel();
  };
  const images: Images = {
    list: async function* (query = {}, signal) {
      for await (const page of readPages(session, `${base}/images`, 'images', query, signal)) {
        yield page.map(toImage);
      }
    },
    get: async (id, signal) => toImage(asObject(await session.json(address(id), { signal }))),
    patch: async (id, operations) => {
      const json = operations.map((operation) => ({ ...operation }));
      const media = 'application/openstack-images-v2.1-json-patch';
      return toImage(asObject(await session.json(address(id), { method: 'PATCH', json, media })));
    },
    delete: async (id) => done(address(id), 'DELETE'),
    setActive: async (id, active) =>
      done(`${address(id)}/actions/${active ? 'reactivate' : 'deactivate'}`, 'POST'),
    addTag: async (id, tag) =>
      hasTagRoute(tag)
        ? done(`${address(id)}/tags/${addressPart(tag)}`, 'PUT')
        : patchTags(images, id, (tags) => [...new Set([...tags, tag])]),
    removeTag: async (id, tag) =>
      hasTagRoute(tag)
        ? done(`${address(id)}/tags/${addressPart(tag)}`, 'DELETE')
        : patchTags(images, id, (tags) => tags.filter((one) => one !== tag)),
  };
  return images;
}

async function patchTags(
  images: Images,
  id: string,
  change: (tags: readonly Json[]) => Json[],
): Promise<void> {
  const tags = (await images.get(id)).get('tags');
  const value = change(Array.isArray(tags) ? tags : []);
  await images.patch(id, [{ op: 'replace', path: '/tags', value }]);
}

export function toImage(body: JsonObject): Image {
  return new Map(Object.entries(body));
}

export function asObject(body: Json): JsonObject {
  return typeof body === 'object' && body !== null && !Array.isArray(body) ? body : {};
}
