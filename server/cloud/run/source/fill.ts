import { writeChecksum } from '../../../rules/source/checksum.ts';
import type { Cloud } from '../../cloud.ts';
import { openImageImports } from '../../services/imageImports.ts';
import type { Image } from '../../services/images.ts';
import type { FileUpload } from '../../services/largeObjects.ts';
import { CloudError, unlessMissing } from '../../session/errors.ts';
import type { FillCall } from '../calls.ts';
import { pause, type Waiting } from '../waiting.ts';
import { type Digests, type PublishedBytes, type Reading, readSource, SourceError } from './bytes.ts';
import { importBody } from './importBody.ts';

/** The surroundings of bringing bytes into an image. */
export interface FillPorts {
  readonly cloud: Cloud;
  readonly waiting: Waiting;
  readonly reading: Reading;
  readonly doing?: FileUpload['doing'];
}

/** How it ended: `failed` says why and what was left. */
export type Filled = { readonly notes: readonly string[] } | { readonly failed: string };

/**
 * Brings the bytes of a call into its image, and compares what the cloud then states of them. An image that an earlier try
 * left importing is waited for first. Where it fails, an image that the run has made is deleted again. Throws CloudError where
 * the cloud refuses, and the signal's reason; both after the image is deleted.
 */
export async function fillImage(call: FillCall, ports: FillPorts): Promise<Filled> {
  try {
    return await fill(call, ports);
  } catch (error) {
    const left = call.isNew ? await discard(call.image, ports) : tellLeft(call.image);
    if (error instanceof SourceError || error instanceof ImportError)
      return { failed: `${error.message} ${left}` };
    if (error instanceof CloudError && error.cause instanceof SourceError)
      return { failed: `${error.cause.message} ${left}` };
    if (ports.waiting.signal?.aborted) throw new Stopped(left);
    throw error;
  }
}

/** A stop by the person, with what became of the image. */
export class Stopped extends Error {}

/** An import that Glance began and did not end well. */
class ImportError extends Error {}

async function fill(call: FillCall, ports: FillPorts): Promise<Filled> {
  const { cloud, waiting } = ports;
  const before = await waitWhileBusy(call.image, ports);
  const status = before.get('status');
  // The earlier try has come to its end meanwhile.
  if (status === 'active' && call.method !== 'copy-image')
    return verifyFilled(call, before, undefined, before);
  const digests =
    call.bytes && call.method !== 'web-download' ? await send(call, call.bytes, ports) : undefined;
  if (call.method !== 'upload') await importBytes(call, ports);
  const after = await cloud.images.get(call.image, waiting.signal);
  return verifyFilled(call, after, digests, before);
}

/** Waits while another try of the image is under way. */
async function waitWhileBusy(id: string, ports: FillPorts): Promise<Image> {
  for (;;) {
    const image = await ports.cloud.images.get(id, ports.waiting.signal);
    if (image.get('status') !== 'importing') return image;
    ports.waiting.changed?.({ id, type: 'image', status: 'importing' });
    await pauseShortly(ports.waiting);
  }
}

async function send(
  call: FillCall,
  bytes: PublishedBytes,
  { cloud, reading, doing }: FillPorts,
): Promise<Digests> {
  const { image, method, stores } = call;
  const to = method === 'upload' ? 'file' : 'stage';
  doing?.('uploading');
  let digests: Digests | undefined;
  let failure: unknown;
  const body = (): ReadableStream<Uint8Array> => {
    const opened = readSource(bytes, reading);
    digests = opened.digests;
    return ReadableStream.from(noted(opened.pieces));
  };
  /** What the source throws reaches the cloud as a connection that broke off; the reason is kept. */
  async function* noted(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
    try {
      yield* pieces;
    } catch (error) {
      failure = error;
      throw error;
    }
  }
  const [store] = method === 'upload' ? stores : [];
  try {
    await openImageImports(cloud.session, cloud.region).send(image, to, body, {
      store,
      signal: reading.signal,
    });
  } catch (error) {
    throw failure === undefined ? error : toSourceError(failure);
  }
  if (!digests) throw new Error('The bytes were not asked for.');
  return digests;
}

function toSourceError(error: unknown): unknown {
  if (error instanceof SourceError || !(error instanceof Error) || error.name === 'AbortError') return error;
  return new SourceError(error.message, { cause: error });
}

/** Asks Glance for the import, and waits for its end. Throws ImportError where it fails. */
async function importBytes(call: FillCall, { cloud, waiting }: FillPorts): Promise<void> {
  const { image: id } = call;
  const { signal } = waiting;
  const imports = openImageImports(cloud.session, cloud.region);
  const earlier = await imports.task(id, signal);
  await imports.import(id, importBody(call));
  let shown = '';
  for (;;) {
    const task = await imports.task(id, signal);
    const image = await cloud.images.get(id, signal);
    const status = String(image.get('status'));
    if (status !== shown) waiting.changed?.({ id, type: 'image', status });
    shown = status;
    const own = task && task.id !== earlier?.id ? task : undefined;
    const importing = String(image.get('os_glance_importing_to_stores') ?? '');
    const failed = String(image.get('os_glance_failed_import') ?? '');
    const isOver = own
      ? ['success', 'failure'].includes(own.status)
      : importing === '' && status !== 'importing';
    if (isOver) {
      if (own?.status !== 'failure' && failed === '' && status === 'active') return;
      const where = failed === '' ? '' : ` in ${failed.split(',').join(', ')}`;
      const said = own?.message ? `: ${own.message.replace(/\.$/, '')}` : '';
      throw new ImportError(`The import by ${call.method} failed${where}${said}.`);
    }
    await pauseShortly(waiting);
  }
}

/** A plain OpenStack asks for no patience; an emulator is nobody's shared machine. */
async function pauseShortly(waiting: Waiting): Promise<void> {
  await pause({ ...waiting, interval: Math.min(waiting.interval, 2000) });
}

/** Compares what the cloud states of the bytes with what was sent, or with the publisher's checksum. Throws ImportError. */
async function verifyFilled(
  call: FillCall,
  image: Image,
  digests: Digests | undefined,
  before: Image,
): Promise<Filled> {
  if (call.method === 'copy-image') return { notes: [] };
  const status = image.get('status');
  if (status !== 'active') throw new ImportError(`The image is ${String(status)} and not active.`);
  const wanted = before.get('disk_format');
  const format = image.get('disk_format');
  if (typeof wanted === 'string' && format !== wanted && call.method !== 'glance-download')
    return {
      notes: [
        `The cloud has converted the image from ${wanted} to ${String(format)}, so its hash is of other bytes.`,
      ],
    };
  const algorithm = String(image.get('os_hash_algo') ?? '');
  const stated = image.get('os_hash_value');
  const { checksum, compression } = call.bytes ?? {};
  const expected =
    digests && algorithm === 'sha512'
      ? digests.sha512()
      : checksum && !compression && algorithm === checksum.algorithm
        ? checksum.value
        : undefined;
  if (expected === undefined) return { notes: [tellUnverified(call, algorithm)] };
  if (expected !== stated)
    throw new ImportError(
      `The cloud holds other bytes than it should: their ${algorithm} is ${String(stated)}, and ${expected} was to come.`,
    );
  return {
    notes: [
      `The cloud's ${algorithm} is that of the bytes${checksum ? `, whose ${writeChecksum(checksum).slice(0, 19)}… is the publisher's` : ''}.`,
    ],
  };
}

function tellUnverified({ method, bytes, remote }: FillCall, algorithm: string): string {
  if (remote)
    return `Glance has copied the image of ${remote.region}; compare os_hash_value of both to be sure.`;
  if (method === 'web-download' && !bytes?.checksum)
    return 'Nothing was verified: the cloud fetched the bytes, and no checksum of the publisher is known.';
  return `Not verified in the cloud: it states ${algorithm === '' ? 'no hash' : `a ${algorithm}`}, which nothing here can be compared with.`;
}

/** Deletes an image that came to nothing, and says so. */
async function discard(id: string, { cloud }: FillPorts): Promise<string> {
  try {
    await unlessMissing(deleteEvenProtected(cloud, id));
    return 'The image was deleted again; nothing is left.';
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return `The image ${id} is left without its data, since it could not be deleted: ${why}`;
  }
}

/** Reads nothing, since whoever stops a run ends what it reads. */
async function deleteEvenProtected({ images }: Cloud, id: string): Promise<void> {
  try {
    await images.delete(id);
  } catch (error) {
    if (!(error instanceof CloudError) || error.status !== 403) throw error;
    await images.patch(id, [{ op: 'replace', path: '/protected', value: false }]);
    await images.delete(id);
  }
}

function tellLeft(id: string): string {
  return `The image ${id} is as it was.`;
}
