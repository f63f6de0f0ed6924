import { randomUUID } from 'node:crypto';
import type { Json } from '../../../rules/json.ts';
import { importedFormats, importedProperties } from '../../../rules/service/importedImage.ts';
import { asText, findObject } from '../../kernel/body.ts';
import type { EmulatorContext } from '../context.ts';
import type { ImageRow } from '../images/view.ts';
import type { TaskRow } from './records.ts';

/** An OVA: its bytes, and their MD5 and SHA-512 in hex. */
export interface Packed {
  readonly size: number;
  readonly md5: string;
  readonly sha512: string;
}

/** Inside `store.write`: the image of an import, with the properties that imported images have (SOURCES: rackspace §2.4 e). */
export function createImported(
  context: EmulatorContext,
  task: TaskRow,
  packed: Packed,
  object: string,
): ImageRow {
  const name = asText(findObject(JSON.parse(task.input) as Json, 'image_properties')['name']);
  return context.images.create({
    region: task.region,
    id: randomUUID(),
    owner: task.account,
    name: name ?? object, // DECISIONS 5
    visibility: 'private',
    status: 'active',
    ...importedFormats(context.profile),
    // The only import that a source shows had 0/0; the service's own values are not published.
    min_disk: 0,
    min_ram: 0,
    size: packed.size,
    checksum: packed.md5,
    os_hash_value: packed.sha512,
    blob: packed.sha512,
    properties: new Map<string, Json>([...Object.entries(importedProperties), ['user_id', task.user]]),
    tags: [],
  });
}
