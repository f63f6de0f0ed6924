import * as vscode from 'vscode';
import type { Cloud } from '../../server/cloud/cloud.ts';
import { openListings } from '../../server/cloud/services/containers.ts';
import type { Image } from '../../server/cloud/services/images.ts';
import type {
  ListParams,
  ListResult,
  LiveImageParams,
  LiveImageResult,
  ObjectParams,
  ObjectResult,
} from '../../server/language/protocol.ts';
import type { Context } from '../context.ts';
import type { ImageFileSystem } from '../documents/imageFileSystem.ts';
import { imageScheme, makeImageUri } from '../documents/imageUri.ts';
import { describeError } from '../ui/errors.ts';
import { formatSize } from '../ui/units.ts';

/** Finds an image by id, or by name where exactly one own image has it; of an opened live image, the base of its text. A cloud that cannot be asked is no answer. */
export async function findImage(
  context: Context,
  documents: ImageFileSystem,
  { uri, id, name }: LiveImageParams,
): Promise<LiveImageResult> {
  const address = vscode.Uri.parse(uri);
  if (address.scheme === imageScheme) {
    const base = documents.findBase(address);
    return base ? { image: Object.fromEntries(base) } : { unavailable: 'The image is being read.' };
  }
  const cloud = context.source.connection?.cloud;
  if (!cloud) return { unavailable: 'No cloud is connected.' };
  const snapshot = await context.images.loaded();
  if (snapshot.kind !== 'ready')
    return { unavailable: snapshot.kind === 'failed' ? snapshot.reason : 'The images are being read.' };
  if (id !== undefined) {
    const image = snapshot.items.get(id)?.image;
    return image ? describeImage(image, cloud.region) : { none: true };
  }
  const images = [...snapshot.items.values()].map(({ image }) => image);
  const own = images.filter(
    (image) => image.get('owner') === cloud.session.account.id && image.get('name') === name,
  );
  const [image] = own;
  if (own.length > 1) return { unavailable: `${own.length} images have the name ${name}.` };
  return image ? describeImage(image, cloud.region) : { none: true };
}

function describeImage(image: Image, region: string): LiveImageResult {
  return { image: Object.fromEntries(image), address: makeImageUri(image, region).toString() };
}

export function listNames(context: Context, parameters: ListParams): Promise<ListResult> {
  return askCloud(context, async ({ session, region, images }): Promise<ListResult> => {
    const listings = openListings(session, region);
    if (parameters.what === 'containers')
      return { items: (await listings.containers()).map((name) => ({ name })) };
    if (parameters.what === 'objects') {
      const found = await listings.objects(parameters.container, parameters.prefix);
      return found
        ? { items: found.map(({ name, bytes }) => ({ name, detail: formatSize(bytes) })) }
        : { none: true };
    }
    for await (const page of images.list({ limit: '1000', sort: 'name:asc' })) {
      const items = page.flatMap((image) => {
        const [id, name] = [image.get('id'), image.get('name')];
        if (typeof id !== 'string' || typeof name !== 'string') return [];
        return [{ name, id, detail: String(image.get('status')) }];
      });
      return { items };
    }
    return { items: [] };
  });
}

export function readObject(
  context: Context,
  { container, name, range }: ObjectParams,
): Promise<ObjectResult> {
  return askCloud(context, async ({ objects }): Promise<ObjectResult> => {
    const head = await objects.headObject(container, name);
    if (!head) return { none: true };
    const { bytes: size, etag } = head;
    if (!range) return { size, etag };
    const pieces: Uint8Array[] = [];
    for await (const piece of await objects.getObject(container, name, range)) pieces.push(piece);
    return { size, etag, bytes: Buffer.concat(pieces).toString('base64') };
  });
}

async function askCloud<Result>(
  { source, log }: Context,
  work: (cloud: Cloud) => Promise<Result>,
): Promise<Result | { unavailable: string }> {
  const cloud = source.connection?.cloud;
  if (!cloud) return { unavailable: 'No cloud is connected.' };
  try {
    return await work(cloud);
  } catch (error) {
    log.warn(describeError(error));
    return { unavailable: describeError(error) };
  }
}
