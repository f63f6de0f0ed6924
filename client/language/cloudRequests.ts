import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { Cloud } from '../../server/cloud/cloud.ts';
import { findServerFacts, gatherFlavorFacts } from '../../server/cloud/run/servers/facts.ts';
import { openListings } from '../../server/cloud/services/containers.ts';
import type { Image } from '../../server/cloud/services/images.ts';
import { unlessMissing } from '../../server/cloud/session/errors.ts';
import type {
  FlavorParams,
  FlavorResult,
  ListParams,
  ListResult,
  LiveImageParams,
  LiveImageResult,
  LiveServerParams,
  LiveServerResult,
  ObjectParams,
  ObjectResult,
} from '../../server/language/protocol.ts';
import { uuid } from '../../server/rules/service/attributes.ts';
import type { Connection } from '../cloud/cloudSource.ts';
import type { Context } from '../context.ts';
import type { ImageFileSystem } from '../documents/imageFileSystem.ts';
import { imageScheme, isOfAnotherCloud, makeImageUri, type Whereabouts } from '../documents/imageUri.ts';
import { describeError } from '../ui/errors.ts';
import { formatSize } from '../ui/units.ts';

/**
 * Finds images for the language server: by id, or by name among one's own; of an opened live image, the base of its text.
 * A cloud that cannot be asked is no answer.
 */
export function createImageFinder(
  context: Context,
  documents: ImageFileSystem,
): (parameters: LiveImageParams) => Promise<LiveImageResult> {
  return async ({ uri, id, name }) => {
    const address = vscode.Uri.parse(uri);
    if (address.scheme === imageScheme) {
      const base = documents.findBase(address);
      const isElsewhere = isOfAnotherCloud(address, context.source.id);
      if (base && !isElsewhere && (await isGone(context, String(base.get('id'))))) return { none: true };
      return base ? { image: Object.fromEntries(base) } : { unavailable: t('The image is being read.') };
    }
    const { connection } = context.source;
    if (!connection) return { unavailable: t('No cloud is connected.') };
    const snapshot = await context.images.loaded();
    if (snapshot.kind !== 'ready')
      return { unavailable: snapshot.kind === 'failed' ? snapshot.reason : t('The images are being read.') };
    if (id !== undefined) {
      const listed = snapshot.items.get(id)?.image;
      return listed ? describeImage(listed, connection) : findUnlisted(context, id);
    }
    const own = context.imageNames.find(snapshot.items, connection.cloud.session.account.id, name);
    const [image] = own;
    if (own.length > 1) return { sameName: own.map((one) => String(one.get('id'))) };
    return image ? describeImage(image, connection) : { none: true };
  };
}

/** Asks for what lists leave out: what is shared and not yet accepted, and hidden images. */
async function findUnlisted(context: Context, id: string): Promise<LiveImageResult> {
  if (!uuid.test(id)) return { none: true };
  return askCloud(context, async ({ images }, connection): Promise<LiveImageResult> => {
    const image = await unlessMissing(images.get(id));
    return image ? describeImage(image, connection) : { none: true };
  });
}

/** Tells whether an opened image was deleted, or is shared no more; a cloud that cannot be asked says no. */
async function isGone(context: Context, id: string): Promise<boolean> {
  if (!context.source.connection) return false;
  const snapshot = await context.images.loaded();
  return snapshot.kind === 'ready' && !snapshot.items.has(id) && 'none' in (await findUnlisted(context, id));
}

function describeImage(image: Image, here: Whereabouts): LiveImageResult {
  return { image: Object.fromEntries(image), address: makeImageUri(image, here).toString() };
}

/** Finds a server for the language server, by id or by the one name that it has. */
export function findServer(context: Context, asked: LiveServerParams): Promise<LiveServerResult> {
  return askCloud(context, async (cloud): Promise<LiveServerResult> => {
    const found = await findServerFacts(asked, cloud);
    if (!found) return { unavailable: t`Several servers are named '${asked.name ?? ''}'.` };
    const { server, flavors } = found;
    return server ? { server, ...(flavors ? { flavors } : {}) } : { none: true };
  });
}

export function readFlavor(context: Context, { reference }: FlavorParams): Promise<FlavorResult> {
  return askCloud(context, (cloud) => gatherFlavorFacts(reference, cloud));
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
  work: (cloud: Cloud, connection: Connection) => Promise<Result>,
): Promise<Result | { unavailable: string }> {
  const { connection } = source;
  if (!connection) return { unavailable: t('No cloud is connected.') };
  try {
    return await work(connection.cloud, connection);
  } catch (error) {
    log.warn(describeError(error));
    return { unavailable: describeError(error) };
  }
}
