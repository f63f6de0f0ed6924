import type { Json, JsonObject } from '../../../../rules/json.ts';
import { classOf } from '../../../../rules/service/attributes.ts';
import type { ImageView } from '../../../../rules/service/patchBody.ts';
import type { ComputeRequest } from '../api/compute.ts';
import { isTrue } from '../api/words.ts';
import { linksOf } from '../servers/view.ts';

type Asking = Pick<ComputeRequest, 'root' | 'base'>;

/** The states of images as Nova names them, and how far they are, in percent (SOURCES: nova §9). */
const states: Readonly<Record<string, readonly [status: string, progress: number]>> = {
  active: ['ACTIVE', 100],
  queued: ['SAVING', 25],
  saving: ['SAVING', 50],
  deleted: ['DELETED', 0],
  pending_delete: ['DELETED', 0],
  killed: ['ERROR', 0],
};

export function viewBasic(view: ImageView, asking: Asking): JsonObject {
  const id = String(view.get('id'));
  return { id, name: view.get('name') ?? null, links: imageLinks(id, asking) };
}

/** An image as Nova shows it; `metadata`: its custom properties, those that the caller may read. */
export function viewImage(view: ImageView, metadata: JsonObject, asking: Asking): JsonObject {
  const id = String(view.get('id'));
  const [status, progress] = states[String(view.get('status'))] ?? ['UNKNOWN', 0];
  const server = metadata['instance_uuid'];
  const automatic = metadata['auto_disk_config'];
  return {
    id,
    name: view.get('name') ?? null,
    minRam: view.get('min_ram') ?? 0,
    minDisk: view.get('min_disk') ?? 0,
    metadata,
    created: view.get('created_at') ?? null,
    updated: view.get('updated_at') ?? null,
    status,
    progress,
    'OS-EXT-IMG-SIZE:size': view.get('size') ?? 0,
    links: imageLinks(id, asking),
    ...(typeof server === 'string'
      ? { server: { id: server, links: linksOf(server, 'servers', asking) } }
      : {}),
    ...(typeof automatic === 'string' ? { 'OS-DCF:diskConfig': isTrue(automatic) ? 'AUTO' : 'MANUAL' } : {}),
  };
}

export function listProperties(view: ImageView): [string, Json][] {
  return [...view].filter(([name]) => classOf(name) === 'custom');
}

function imageLinks(id: string, asking: Asking): Json {
  const links = linksOf(id, 'images', asking);
  const glance = asking.base.replace(/compute$/, 'image');
  return [
    ...(Array.isArray(links) ? links : []),
    { rel: 'alternate', type: 'application/vnd.openstack.image', href: `${glance}/images/${id}` },
  ];
}
