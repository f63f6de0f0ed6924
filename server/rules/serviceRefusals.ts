/** A refusal that only the service makes: no manifest shows it beforehand. */
export interface ServiceRefusal {
  readonly status: number;
  readonly title: string;
  /** What was wrong, and the remedy. */
  readonly summary: string;
  /** Where the service is known to answer so. */
  readonly source: string;
}

const emulator = "The emulator's own";

/** The refusals of the service that no rule states, by the id that an answer carries in `x-cloud-images-rule`. */
export const serviceRefusals = {
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
  'request/stalled': {
    status: 408,
    title: 'Stalled request',
    summary: 'The body stopped coming, or the client went away. Send the request again.',
    source: emulator,
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
  'request/form': {
    status: 400,
    title: 'Malformed request',
    summary: 'The request line or a header cannot be read. Check how the URL is encoded.',
    source: emulator,
  },
  'request/host': {
    status: 403,
    title: 'Foreign Host or Origin',
    summary:
      'The emulator answers no pages of the web, and only under its own names. Allow another name with --allow-host.',
    source: emulator,
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
  'image/visible': {
    status: 404,
    title: 'No such image',
    summary: 'No image has this id, or it is not yours to see. Check the region and the account.',
    source: 'SOURCES: glance §4',
  },
  'image/owner': {
    status: 403,
    title: "Another account's image",
    summary: 'Only the owner changes an image. Export or copy it to have one of your own.',
    source: 'SOURCES: rackspace §1.4',
  },
  'image/protected': {
    status: 403,
    title: 'Protected image',
    summary: 'A protected image is not deleted. Set protected to false first.',
    source: 'SOURCES: rackspace §1.4',
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
  'image/import-state': {
    status: 409,
    title: 'Image not ready for import',
    summary: 'Formats are missing, or the image is at that store already.',
    source: 'SOURCES: glance §8',
  },
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
    summary: 'The name, password, key or account is wrong.',
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
    summary: 'The user has an application credential of this name. Choose another.',
    source: 'SOURCES: glance §11',
  },
  'role/files': {
    status: 403,
    title: 'Role without rights on files',
    summary: 'No role of the user allows this on Cloud Files, or the account is another one.',
    source: 'SOURCES: rackspace §3',
  },
  'files/temporary-url': {
    status: 401,
    title: 'Temporary URL invalid',
    summary: 'The signature does not fit, has expired, or is for another method or object. Make a new one.',
    source: 'SOURCES: glance §12',
  },
  'files/temporary-url-header': {
    status: 400,
    title: 'Header not allowed',
    summary: 'An upload by temporary URL makes no object that stands for others.',
    source: 'SOURCES: glance §12',
  },
  'files/not-found': {
    status: 404,
    title: 'No such container or object',
    summary: 'The account has no container or object of this name in this region.',
    source: 'SOURCES: glance §12',
  },
  'files/not-empty': {
    status: 409,
    title: 'Container not empty',
    summary: 'A container with objects is not deleted. Delete its objects first.',
    source: 'SOURCES: glance §12',
  },
  'files/changed': {
    status: 409,
    title: 'Changed meanwhile',
    summary: 'An object, or a segment of one, is no longer what it was. Try again.',
    source: 'SOURCES: glance §12',
  },
  'files/name': {
    status: 400,
    title: 'Name not possible',
    summary: 'Names of containers have up to 256 bytes and no slash, those of objects up to 1024.',
    source: 'SOURCES: rackspace §6',
  },
  'files/path': {
    status: 412,
    title: 'Unreadable path',
    summary: 'A path is container/object, URL-encoded in UTF-8.',
    source: 'SOURCES: glance §12',
  },
  'files/metadata': {
    status: 400,
    title: 'Too much metadata',
    summary: 'Names, values, their number and their sum have limits, which /info tells.',
    source: 'SOURCES: rackspace §6',
  },
  'files/header': {
    status: 400,
    title: 'Invalid header',
    summary: 'A header of the request has a value that makes no sense; the message names it.',
    source: 'SOURCES: glance §12',
  },
  'files/listing-limit': {
    status: 412,
    title: 'Listing too long',
    summary: 'A listing has at most 10,000 names. Read on with marker.',
    source: 'SOURCES: rackspace §6',
  },
  'files/accept': {
    status: 406,
    title: 'Format not served',
    summary: 'Listings are plain text, JSON or XML.',
    source: 'SOURCES: glance §12',
  },
  'files/precondition': {
    status: 412,
    title: 'Precondition failed',
    summary: 'The object is not as If-Match, If-None-Match or the times of the request want it.',
    source: 'SOURCES: glance §12',
  },
  'files/length': {
    status: 411,
    title: 'Length missing',
    summary: 'Send Content-Length, or Transfer-Encoding: chunked.',
    source: 'SOURCES: glance §12',
  },
  'files/object-size': {
    status: 413,
    title: 'Object too large',
    summary: 'An object has at most 5 GB. Upload segments and a manifest.',
    source: 'SOURCES: rackspace §6',
  },
  'files/etag': {
    status: 422,
    title: 'Hash does not fit',
    summary: 'The ETag is not the MD5 of the body that came. Upload it again.',
    source: 'SOURCES: glance §12',
  },
  'files/manifest': {
    status: 400,
    title: 'Manifest refused',
    summary: 'The manifest is a list of segments that are there, with the sizes and hashes that they have.',
    source: 'SOURCES: glance §12',
  },
  'files/manifest-size': {
    status: 413,
    title: 'Manifest too large',
    summary: 'A manifest has up to 1000 segments and 8 MiB. Let manifests name manifests.',
    source: 'SOURCES: rackspace §6',
  },
  'files/bulk': {
    status: 400,
    title: 'Bulk delete gave up',
    summary: 'The request names nothing, or too many names could not be deleted.',
    source: 'SOURCES: glance §12',
  },
  'files/bulk-size': {
    status: 413,
    title: 'Too many names',
    summary: 'One bulk delete takes 10,000 names. Send several.',
    source: 'SOURCES: rackspace §6',
  },
  'emulator/body': {
    status: 400,
    title: 'Malformed control request',
    summary: 'The body of a request to the control service is wrong; the message names the member.',
    source: emulator,
  },
  'emulator/token': {
    status: 401,
    title: 'No control token',
    summary: 'The control service asks for the token of emulator.lock, as Authorization: Bearer TOKEN.',
    source: emulator,
  },
  'emulator/not-found': {
    status: 404,
    title: 'Nothing of that name',
    summary: 'The control service knows no account, user, snapshot, fault, job or image of this name.',
    source: emulator,
  },
  'emulator/exists': {
    status: 409,
    title: 'Name in use',
    summary: 'An account, user or snapshot of this name is there, or there are too many faults.',
    source: emulator,
  },
  'emulator/no-data': {
    status: 409,
    title: 'Image without data',
    summary: 'The operator changes the status of an image that has data.',
    source: emulator,
  },
  'emulator/fault': {
    status: 500,
    title: 'Injected fault',
    summary: 'Somebody asked the control service for this answer. DELETE /emulator/faults ends it.',
    source: emulator,
  },
  'emulator/not-yet': {
    status: 501,
    title: 'Not emulated',
    summary: 'The real service does this, and the emulator does not. It refuses rather than pretend.',
    source: emulator,
  },
  'emulator/stopping': {
    status: 503,
    title: 'Stopping',
    summary: 'The emulator is stopping. Start it again.',
    source: emulator,
  },
  'emulator/damaged': {
    status: 500,
    title: 'Stored content damaged',
    summary: 'The stored bytes are not what was uploaded. Upload the same bytes again to replace them.',
    source: emulator,
  },
  'emulator/disk-full': {
    status: 507,
    title: 'Disk full',
    summary: 'The disk that holds the data folder is full. Make room, and try again.',
    source: emulator,
  },
  'emulator/failed': {
    status: 500,
    title: 'Emulator failed',
    summary: 'The emulator could not answer; its log says why.',
    source: emulator,
  },
} as const satisfies Readonly<Record<string, ServiceRefusal>>;

export type ServiceRefusalId = keyof typeof serviceRefusals;
