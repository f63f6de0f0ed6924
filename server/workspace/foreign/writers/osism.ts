import type { JsonObject } from '../../../rules/json.ts';
import { defined, partsOf, UnwritableImage } from './written.ts';

/** Properties that the tool makes of other members of an image. */
const own = new Set([
  ...['image_original_user', 'internal_version', 'os_version'],
  ...['image_build_date', 'image_description', 'image_name', 'image_source'],
]);

/** Writes an item of `images`, with one version. Throws UnwritableImage. */
export function writeOsism(image: JsonObject): JsonObject {
  const { name: whole, diskFormat, source, tags, properties } = partsOf(image, 'openstack-image-manager');
  const { image_original_user: login, os_version: system, image_build_date: date } = properties;
  if (login === undefined)
    throw new UnwritableImage(
      "openstack-image-manager needs the 'login' of the image: the property image_original_user.",
    );
  const { url, checksum } = source;
  if (typeof url !== 'string')
    throw new UnwritableImage("openstack-image-manager fetches images by URL: the source needs a 'url'.");
  const { name, version, isMulti } = nameOf(whole, properties);
  const { image_description: description, image_name: plainName } = properties;
  const meta = Object.entries(properties).filter(([key]) => !own.has(key));
  return {
    name,
    enable: true,
    format: diskFormat,
    login,
    min_disk: image['min_disk'] ?? 0,
    min_ram: image['min_ram'] ?? 0,
    status: 'active',
    visibility: image['visibility'] ?? 'shared',
    multi: isMulti,
    meta: {
      ...Object.fromEntries(meta),
      ...(description === undefined || description === name ? {} : { image_description: description }),
      ...(plainName === undefined || plainName === name ? {} : { image_name: plainName }),
    },
    tags: tags.filter((tag) => tag !== `os:${properties['os_distro']}`),
    versions: [
      defined({
        version,
        ...(isMulti ? { os_version: system } : {}),
        url,
        checksum,
        build_date: date,
        hidden: image['os_hidden'],
        id: image['id'],
      }),
    ],
  };
}

/** The tool puts the version behind the name; that of several versions leaves it away for the newest one. */
function nameOf(
  whole: string,
  {
    os_version: system,
    internal_version: internal,
    image_build_date: date,
  }: Readonly<Record<string, string>>,
): { readonly name: string; readonly version: string; readonly isMulti: boolean } {
  if (system !== undefined && whole.endsWith(` ${system}`) && (internal ?? system) === system)
    return { name: whole.slice(0, -system.length - 1), version: system, isMulti: false };
  const version = internal ?? date?.replaceAll('-', '') ?? system;
  if (version === undefined)
    throw new UnwritableImage(
      'openstack-image-manager needs a version: the property internal_version or os_version.',
    );
  return { name: whole, version, isMulti: true };
}
