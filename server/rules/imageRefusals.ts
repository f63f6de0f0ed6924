import type { ServiceRefusal } from './emulatorRefusals.ts';

/** Refusals of the Images API that no rule states. */
export const imageRefusals = {
  'image/protected': {
    status: 403,
    title: 'Protected image',
    summary: 'A protected image is not deleted. Set protected to false first.',
    source: 'SOURCES: rackspace §1.1',
  },
  'image/exists': {
    status: 409,
    title: 'Id in use',
    summary: 'An image has this id, or had it. Leave the id out, or choose another.',
    source: 'SOURCES: glance §3',
  },
  'image/transition': {
    status: 409,
    title: 'Wrong status',
    summary: 'The image is not in the status that this action begins from.',
    source: 'SOURCES: glance §6',
  },
  'image/deactivated': {
    status: 403,
    title: 'Deactivated image',
    summary: 'The data of a deactivated image is not downloaded. An administrator reactivates it.',
    source: 'SOURCES: glance §6',
  },
  'image/formats': {
    status: 400,
    title: 'Formats not set',
    summary: 'Data needs a disk_format and a container_format. Set both first.',
    source: 'SOURCES: glance §6',
  },
  'image/inspection': {
    status: 415,
    title: 'Data refused',
    summary:
      'The data is not what disk_format says, or not safe. The rules disk/… say what is wrong with it.',
    source: 'SOURCES: inspectors',
  },
  'image/size': {
    status: 413,
    title: 'Image too large',
    summary: 'The data is larger than the service takes. The setting emulator.imageBytes is the limit.',
    source: 'SOURCES: glance §10',
  },
  'image/quota': {
    status: 413,
    title: 'Quota exceeded',
    summary: 'The account would store more than it may. Delete images, or raise emulator.storageBytes.',
    source: 'SOURCES: glance §10',
  },
  'image/gone': {
    status: 410,
    title: 'Image deleted meanwhile',
    summary: 'The image was deleted while its data came. Create it again.',
    source: 'SOURCES: glance §6',
  },
  'image/member': {
    status: 404,
    title: 'No such member',
    summary: 'The image is not shared with this account.',
    source: 'SOURCES: glance §7',
  },
  'image/tag': {
    status: 404,
    title: 'No such tag',
    summary: 'The image does not carry this tag, or the tag cannot stand in a path.',
    source: 'SOURCES: glance §7',
  },
  'image/store': {
    status: 409,
    title: 'Unknown store',
    summary: 'No store has this name, or the image has no data there. GET /v2/info/stores lists them.',
    source: 'SOURCES: glance §8',
  },
  'image/only-store': {
    status: 403,
    title: 'Only store of the image',
    summary: 'The data is in no other store. Delete the image instead.',
    source: 'SOURCES: glance §8',
  },
  'image/uri': {
    status: 400,
    title: 'Address not allowed',
    summary:
      'web-download takes http and https, on the ports and hosts of emulator.webDownload, and no address of this machine.',
    source: 'SOURCES: glance §8',
  },
  'image/fetch': {
    status: 502,
    title: 'Data not fetched',
    summary: 'The other server refused, redirected too often, or sent too little. Try its URL yourself.',
    source: 'SOURCES: glance §8',
  },
  'image/import-request': {
    status: 400,
    title: 'Malformed import request',
    summary: 'The body names a known method, what the method needs, and stores as a list.',
    source: 'SOURCES: glance §8',
  },
  'image/announced-size': {
    status: 400,
    title: 'Another size than announced',
    summary: 'The data has another size than its header x-openstack-image-size says, or that is no number.',
    source: 'SOURCES: glance §14',
  },
  'image/cache': {
    status: 404,
    title: 'Image cache',
    summary:
      "The cloud has no image cache; or it is asked to keep an image that is not active, or to clear what is neither 'cache' nor 'queue'.",
    source: 'SOURCES: glance §1',
  },
  'image/import-state': {
    status: 409,
    title: 'Image not ready for import',
    summary: 'Formats are missing, or the image is at that store already.',
    source: 'SOURCES: glance §8',
  },
} as const satisfies Readonly<Record<string, ServiceRefusal>>;
