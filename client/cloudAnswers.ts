import { listingsOf } from '../server/cloud/containers.ts';
import type { ListParams, ListResult, ObjectParams, ObjectResult } from '../server/language/protocol.ts';
import type { Context } from './context.ts';
import { describe } from './errors.ts';
import { sizeText } from './units.ts';

/** What the language server asks of the connected cloud. A cloud that cannot be asked leaves it without an answer, not with a wrong one. */

export function listNames(context: Context, parameters: ListParams): Promise<ListResult> {
  return answered(context, async ({ session, region, images }): Promise<ListResult> => {
    const listings = listingsOf(session, region);
    if (parameters.what === 'containers')
      return { items: (await listings.containers()).map((name) => ({ name })) };
    if (parameters.what === 'objects') {
      const found = await listings.objects(parameters.container, parameters.prefix);
      return found
        ? { items: found.map(({ name, bytes }) => ({ name, detail: sizeText(bytes) })) }
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
  return answered(context, async ({ objects }): Promise<ObjectResult> => {
    const head = await objects.headObject(container, name);
    if (!head) return { none: true };
    const { bytes: size, etag } = head;
    if (!range) return { size, etag };
    const pieces: Uint8Array[] = [];
    for await (const piece of await objects.getObject(container, name, range)) pieces.push(piece);
    return { size, etag, bytes: Buffer.concat(pieces).toString('base64') };
  });
}

type Cloud = NonNullable<Context['connections']['cloud']>;

async function answered<Result>(
  { connections, log }: Context,
  work: (cloud: Cloud) => Promise<Result>,
): Promise<Result | { unavailable: string }> {
  const { cloud } = connections;
  if (!cloud) return { unavailable: 'No cloud is connected.' };
  try {
    return await work(cloud);
  } catch (error) {
    log.warn(describe(error));
    return { unavailable: describe(error) };
  }
}
