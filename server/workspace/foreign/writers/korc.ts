import type { Json, JsonObject } from '../../../rules/json.ts';
import { korcCompressions, korcProperties, korcVersion } from '../korc.ts';
import { effectiveCompression } from '../normal.ts';
import { defined, partsOf, toSlug, UnwritableImage } from './written.ts';

/** The names of K-ORC's own examples for how to reach the cloud. */
export const korcCredentials = { cloudName: 'openstack', secretName: 'openstack-clouds' } as const;

/** Writes a resource `Image`. Throws UnwritableImage. */
export function writeKorc(image: JsonObject): JsonObject {
  const { name, diskFormat, source, properties } = partsOf(image, 'K-ORC');
  const { url, checksum } = source;
  if (typeof url !== 'string')
    throw new UnwritableImage("K-ORC fetches images by URL: the source needs a 'url'.");
  const slug = toSlug(name, '-');
  const [, algorithm, value] =
    (typeof checksum === 'string' && /^(md5|sha1|sha256|sha512):(.+)$/.exec(checksum)) || [];
  const hash = algorithm === undefined || value === undefined ? undefined : { algorithm, value };
  const compression = effectiveCompression(source);
  const decompress = [...korcCompressions].find(([, own]) => own === compression)?.[0];
  return {
    apiVersion: korcVersion,
    kind: 'Image',
    metadata: { name: slug },
    spec: {
      cloudCredentialsRef: korcCredentials,
      managementPolicy: 'managed',
      resource: defined({
        name: name === slug ? undefined : name,
        visibility: image['visibility'],
        protected: image['protected'],
        tags: image['tags'],
        properties: propertiesOf(image, properties),
        content: defined({
          containerFormat: image['container_format'],
          diskFormat,
          download: defined({ url, decompress, hash }),
        }),
      }),
    },
  };
}

function propertiesOf(image: JsonObject, properties: Readonly<Record<string, string>>): JsonObject {
  const result: JsonObject = defined({
    // K-ORC takes no 0, which is the cloud's own default.
    minDiskGB: image['min_disk'] === 0 ? undefined : image['min_disk'],
    minMemoryMB: image['min_ram'] === 0 ? undefined : image['min_ram'],
  });
  for (const { name, path, type } of korcProperties) {
    const value = properties[name] === undefined ? undefined : typed(properties[name], type);
    const [group = '', field] = path;
    if (value === undefined) continue;
    if (field === undefined) result[group] = value;
    else result[group] = { ...(result[group] as JsonObject | undefined), [field]: value };
  }
  return result;
}

/** Undefined for what the type does not hold. */
function typed(value: string, type: (typeof korcProperties)[number]['type']): Json | undefined {
  if (type === 'string') return value;
  if (type === 'integer') return /^(?:0|[1-9]\d{0,8})$/.test(value) ? Number(value) : undefined;
  return value === 'true' ? true : value === 'false' ? false : undefined;
}
