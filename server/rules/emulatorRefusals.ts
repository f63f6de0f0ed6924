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

/** The refusals that no real cloud makes, by id. */
export const emulatorRefusals = {
  'request/stalled': {
    status: 408,
    title: 'Stalled request',
    summary: 'The body stopped coming, or the client went away. Send the request again.',
    source: emulator,
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
  'emulator/body': {
    status: 400,
    title: 'Malformed control request',
    summary: 'The body of a request to the control service is wrong; the message names the member.',
    source: emulator,
  },
  'emulator/token': {
    status: 401,
    title: 'No control token',
    summary:
      'The control service asks for the token of this run. Send the one of emulator.lock in the data folder, or of CLOUD_IMAGES_EMULATOR_TOKEN, as Authorization: Bearer TOKEN.',
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
    summary:
      'An account, user or snapshot of this name is there, or there are too many faults. Choose another name, or delete what is there.',
    source: emulator,
  },
  'emulator/snapshot': {
    status: 400,
    title: 'Unusable snapshot file',
    summary:
      'The file is no snapshot of an emulator, is damaged, is of a cloud of another profile, or was written by a later version. Save it anew, or start an emulator of its profile and version with it: cloud-images emulator --snapshot FILE.',
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
