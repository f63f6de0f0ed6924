import { isObject, type Json, type JsonObject } from '../../rules/json.ts';
import { compressionByName, sourceOf } from '../../rules/source/source.ts';

/** What is undone of a source on the way, `none` too: said, or by the end of the file's name. */
export function effectiveCompression({ compression, url, file }: JsonObject): Json {
  if (compression !== undefined) return compression;
  const name = typeof file === 'string' ? file : typeof url === 'string' ? url.replace(/[?#].*$/, '') : '';
  return compressionByName(name) ?? 'none';
}

/** Tells whether a path of a manifest, of whichever system, is not from the manifest's folder. */
export function isAbsolutePath(path: string): boolean {
  return /^(?:[\\/]|[a-z]:[\\/])/i.test(path);
}

/** What the cloud makes of an image that does not say it. */
const defaults: JsonObject = {
  container_format: 'bare',
  visibility: 'shared',
  protected: false,
  os_hidden: false,
  min_disk: 0,
  min_ram: 0,
  tags: [],
};

/** An image with everything that it says and means, so that two that mean the same are the same. */
export function toNormal(image: JsonObject): JsonObject {
  const { tags = [] } = image;
  const source = sourceOf(image);
  return {
    ...defaults,
    ...image,
    tags: Array.isArray(tags) ? [...new Set(tags)].sort() : tags,
    ...(source ? { source: { ...source, compression: effectiveCompression(source) } } : {}),
  };
}

/** An image without what it need not say. */
export function withoutDefaults(image: JsonObject): JsonObject {
  const { source, ...rest } = image;
  const stated = Object.entries(rest).filter(
    // A format is needed where the image gets bytes, and visibility is what the tool means.
    ([name, value]) =>
      name === 'visibility' ||
      name === 'container_format' ||
      JSON.stringify(value) !== JSON.stringify(defaults[name]),
  );
  if (!isObject(source) || Object.keys(source).length === 0) return Object.fromEntries(stated);
  const { compression: _, ...bare } = source;
  const isNeeded = effectiveCompression(bare) !== effectiveCompression(source);
  const own = isNeeded ? source : bare;
  return { ...Object.fromEntries(stated), ...(Object.keys(own).length > 0 ? { source: own } : {}) };
}
