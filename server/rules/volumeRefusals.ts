import type { ServiceRefusal } from './emulatorRefusals.ts';

/** Refusals of the volumes API that no rule states. */
export const volumeRefusals = {
  'volume/version': {
    status: 406,
    title: 'Microversion not served',
    summary:
      'The header asks for a version outside the range of the service, which its version document tells.',
    source: 'SOURCES: cinder §1',
  },
  'volume/request': {
    status: 400,
    title: 'Invalid request for volumes',
    summary:
      'A member of the body or a query parameter has a value that the service does not take; the message names it.',
    source: 'SOURCES: cinder §2',
  },
  'volume/not-found': {
    status: 404,
    title: 'No such volume',
    summary: 'No volume, snapshot, attachment, type or key of metadata that you may see has this name.',
    source: 'SOURCES: cinder §2',
  },
  'volume/project': {
    status: 400,
    title: 'Project of another',
    summary:
      'The path names another project than the token. Take the address from the catalogue of your token.',
    source: 'SOURCES: cinder §1',
  },
  'volume/role': {
    status: 403,
    title: 'Role without rights on volumes',
    summary: 'No role of the user allows this; some actions are the administrator’s alone.',
    source: 'SOURCES: cinder §2',
  },
  'volume/value': {
    status: 400,
    title: 'Value not possible',
    summary: 'The size, source, zone or action does not make sense; the message says which.',
    source: 'SOURCES: cinder §3',
  },
  'volume/state': {
    status: 400,
    title: 'Wrong status',
    summary:
      'The volume or snapshot is not in a status that this begins from, is attached, or has snapshots.',
    source: 'SOURCES: cinder §3',
  },
  'volume/image': {
    status: 400,
    title: 'Image not usable',
    summary:
      'The image is not there, not yours to see, named twice, or does not fit into a volume of this size.',
    source: 'SOURCES: cinder §3',
  },
  'volume/metadata-size': {
    status: 413,
    title: 'Metadata too long',
    summary: 'Keys and values of metadata have up to 255 characters.',
    source: 'SOURCES: cinder §4',
  },
  'volume/precondition': {
    status: 412,
    title: 'Metadata changed meanwhile',
    summary: 'The metadata is not what If-Match names. Read it again.',
    source: 'SOURCES: cinder §4',
  },
  'volume/quota': {
    status: 413,
    title: 'Quota exceeded',
    summary: 'The account would have more volumes, snapshots or gigabytes than it may. Delete some.',
    source: 'SOURCES: cinder §5',
  },
} as const satisfies Readonly<Record<string, ServiceRefusal>>;
