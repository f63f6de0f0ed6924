import { computeRefusals } from './computeRefusals.ts';
import { emulatorRefusals, type ServiceRefusal } from './emulatorRefusals.ts';
import { filesRefusals } from './filesRefusals.ts';
import { imageRefusals } from './imageRefusals.ts';
import { networkRefusals } from './networkRefusals.ts';
import { volumeRefusals } from './volumeRefusals.ts';

/** The refusals of the service that no rule states, by the id that an answer carries in `x-cloud-images-rule`. */
export const serviceRefusals = {
  ...emulatorRefusals,
  ...computeRefusals,
  ...volumeRefusals,
  ...networkRefusals,
  'request/unauthorized': {
    status: 401,
    title: 'No valid token',
    summary: 'The request has no token, or one that has expired or was revoked. Sign in again.',
    source: 'SOURCES: glance §2',
  },
  'request/not-found': {
    status: 404,
    title: 'Unknown path',
    summary: 'No resource has this path. Compare it with the endpoint in the catalogue of your token.',
    source: 'SOURCES: glance §2',
  },
  'request/method': {
    status: 405,
    title: 'Method not allowed',
    summary: 'The path is served, by other methods. The header Allow names them.',
    source: 'SOURCES: glance §2',
  },
  'request/body': {
    status: 400,
    title: 'Unreadable body',
    summary:
      'The body is missing, was cut short, or is not JSON of a reasonable depth. Send one JSON value in UTF-8.',
    source: 'SOURCES: glance §2',
  },
  'request/body-size': {
    status: 413,
    title: 'Body too large',
    summary: 'The body is larger than this request may have. Send less of it.',
    source: 'SOURCES: glance §2',
  },
  'request/media-type': {
    status: 415,
    title: 'Wrong Content-Type',
    summary: 'Data is sent as application/octet-stream.',
    source: 'SOURCES: glance §6',
  },
  'request/range': {
    status: 416,
    title: 'Range not available',
    summary:
      'The range begins behind the last byte, or the ranges are too many. Ask for bytes that are there.',
    source: 'SOURCES: glance §6',
  },
  'request/range-form': {
    status: 400,
    title: 'Unreadable range',
    summary: 'Image data is served by one range of bytes, such as bytes=0-1023.',
    source: 'SOURCES: glance §6',
  },
  'request/parameter': {
    status: 400,
    title: 'Not a whole number',
    summary: 'The parameter is a whole number, zero or more.',
    source: 'SOURCES: glance §5',
  },
  'list/limit': {
    status: 400,
    title: 'Invalid limit',
    summary: 'limit is a whole number, zero or more.',
    source: 'SOURCES: glance §5',
  },
  'list/marker': {
    status: 400,
    title: 'Unknown marker',
    summary: 'marker names the last item of the page before. Begin again without it.',
    source: 'SOURCES: glance §5',
  },
  'list/sort': {
    status: 400,
    title: 'Invalid order',
    summary: 'Sort by a known key and by asc or desc, in one of the two syntaxes.',
    source: 'SOURCES: glance §5',
  },
  'list/filter': {
    status: 400,
    title: 'Invalid filter',
    summary: 'The filter has an operator or a value that is not known.',
    source: 'SOURCES: glance §5',
  },
  ...imageRefusals,
  'patch/media-type': {
    status: 415,
    title: 'Not a patch',
    summary: 'A patch is sent as application/openstack-images-v2.1-json-patch, or v2.0.',
    source: 'SOURCES: glance §4',
  },
  'task/not-found': {
    status: 404,
    title: 'No such task',
    summary: 'No task of the account has this id. Tasks vanish 48 hours after their end.',
    source: 'SOURCES: rackspace §1.7',
  },
  'metadef/not-found': {
    status: 404,
    title: 'No such definition',
    summary: 'No namespace or definition that you may see has this name.',
    source: 'SOURCES: glance §1',
  },
  'metadef/exists': {
    status: 409,
    title: 'Definition exists',
    summary: 'The name is taken. Change the definition that is there.',
    source: 'SOURCES: glance §1',
  },
  'metadef/protected': {
    status: 403,
    title: 'Protected namespace',
    summary: 'A protected namespace is not deleted. Set protected to false first.',
    source: 'SOURCES: glance §1',
  },
  'metadef/body': {
    status: 400,
    title: 'Malformed definition',
    summary: 'The body does not fit its schema; the message names the place.',
    source: 'SOURCES: glance §1',
  },
  'metadef/read-only': {
    status: 403,
    title: 'Read-only attribute',
    summary: 'The service sets this attribute itself. Leave it out.',
    source: 'SOURCES: glance §1',
  },
  'identity/login': {
    status: 401,
    title: 'Sign-in refused',
    summary:
      'The name, password, key or account is wrong. Check --user and --project, or OS_USERNAME, OS_PASSWORD and OS_PROJECT_NAME; a password of the emulator comes from CLOUD_IMAGES_EMULATOR_PASSWORD.',
    source: 'SOURCES: glance §11',
  },
  'identity/body': {
    status: 400,
    title: 'Malformed sign-in',
    summary: 'The body says who signs in, how, and for which account; the message names the place.',
    source: 'SOURCES: glance §11',
  },
  'identity/role': {
    status: 403,
    title: 'Not yours to see',
    summary: 'Only the user, or an administrator, does this.',
    source: 'SOURCES: glance §11',
  },
  'identity/not-found': {
    status: 404,
    title: 'No such user, account or token',
    summary: 'Nothing that you may see has this id or name.',
    source: 'SOURCES: glance §11',
  },
  'identity/exists': {
    status: 409,
    title: 'Name in use',
    summary: 'A project, a user, or an application credential of the user has this name. Choose another.',
    source: 'SOURCES: glance §11',
  },
  'role/files': {
    status: 403,
    title: 'Role without rights on files',
    summary: 'No role of the user allows this on Cloud Files, or the account is another one.',
    source: 'SOURCES: rackspace §3',
  },
  ...filesRefusals,
} as const satisfies Readonly<Record<string, ServiceRefusal>>;

export type ServiceRefusalId = keyof typeof serviceRefusals;
