import type { JsonObject } from '../../../rules/json.ts';
import { ansibleModule } from '../ansible.ts';
import { defined, partsOf } from './written.ts';

/** Writes a task. Throws UnwritableImage. */
export function writeAnsible(image: JsonObject): JsonObject {
  const { name, diskFormat, source, properties } = partsOf(image, 'Ansible');
  const { url, file, method } = source;
  return {
    name: `Image ${name}`,
    [ansibleModule]: defined({
      name,
      id: image['id'],
      container_format: image['container_format'],
      disk_format: diskFormat,
      min_disk: image['min_disk'],
      min_ram: image['min_ram'],
      is_protected: image['protected'],
      visibility: image['visibility'] ?? 'shared',
      tags: image['tags'],
      filename: file,
      uri: url,
      import_method: url === undefined ? undefined : 'web-download',
      use_import: method === 'glance-direct' ? true : undefined,
      properties,
    }),
  };
}
