import type { ManifestDocument, ManifestFile } from '../manifests/nodes.ts';
import { imageIdOf } from '../rules/imageReferences.ts';
import { inputOf } from '../rules/importBodies.ts';
import { imagesOf } from '../rules/subjects.ts';
import type { Facts, Json, JsonObject } from '../rules/types.ts';
import type { Host, Settings } from './types.ts';

/** What the rules need to know of a document from outside its text. */
export async function gatherFacts(
  file: ManifestFile,
  document: ManifestDocument,
  uri: string,
  settings: Settings,
  host: Host,
): Promise<Facts> {
  const { profile } = settings;
  if (document.kind === 'import') {
    const name = inputOf(document.data)['import_from'];
    const disk = typeof name === 'string' && profile.tasks ? await host.disk(uri, name) : undefined;
    const following = file.documents
      .slice(document.index + 1)
      .flatMap(({ kind, data }) => (kind ? [{ kind, data }] : []));
    return { profile, following, ...(disk ? { disk } : {}) };
  }
  if (document.kind === 'export' || document.kind === 'server') {
    const id = imageIdOf(document.kind, document.data);
    const image = id === undefined ? undefined : await host.liveImage(uri, { id });
    const made = madeBefore(file, document);
    const name = inputOf(document.data)['receiving_swift_container'];
    const receives = document.kind === 'export' && typeof name === 'string' && name !== '' && profile.tasks;
    const container = receives ? await host.container(uri, name, id ?? '') : undefined;
    return {
      profile,
      ...(image === undefined ? {} : { image }),
      ...(made ? { made } : {}),
      ...(container ? { container } : {}),
    };
  }
  if (afterImport(file, document)) return { profile };
  if (document.kind === 'patch') return { profile, ...(await targetOf(file, document, uri, host)) };
  const named = imageNamedBy(document, uri);
  const image = named && (await host.liveImage(uri, named));
  return image === undefined ? { profile } : { profile, image };
}

type Target = Pick<Facts, 'image' | 'imageFrom'>;

/**
 * The image that a patch applies to: the one that an image document before it in the file describes, else the one of the
 * manifest beside it, `web.image.yaml` of `web.image-patch.yaml`. Of that image the live one counts, where it is known.
 */
async function targetOf(
  file: ManifestFile,
  { index }: ManifestDocument,
  uri: string,
  host: Host,
): Promise<Target> {
  const before = file.documents.slice(0, index).findLast(({ kind }) => kind === 'image');
  if (before) {
    const manifest = onlyImageOf(before.data);
    const live = manifest && (await liveOf(manifest, uri, host));
    // The document is applied first, so what it sets is there by then.
    return manifest
      ? described(
          manifest,
          live,
          `document ${before.index + 1} of this file`,
          new Map(Object.entries(manifest)),
        )
      : {};
  }
  const beside = await host.imageBeside(uri);
  const manifest = beside && onlyImageOf(beside.data);
  if (!beside || !manifest) return {};
  return described(manifest, await liveOf(manifest, uri, host), beside.name, new Map());
}

async function liveOf(
  manifest: JsonObject,
  uri: string,
  host: Host,
): Promise<ReadonlyMap<string, Json> | null | undefined> {
  const named = nameOf(manifest);
  return named && host.liveImage(uri, named);
}

/** A manifest need not say all that an image has: what rests on it is no more than likely. */
function described(
  manifest: JsonObject,
  live: ReadonlyMap<string, Json> | null | undefined,
  imageFrom: string,
  changed: ReadonlyMap<string, Json>,
): Target {
  if (live) return { image: new Map([...live, ...changed]) };
  return { image: new Map(Object.entries(manifest)), imageFrom };
}

/** The live image that a document speaks of: by id, else by name; an opened live image by its own URI. */
function imageNamedBy(
  { kind, data }: ManifestDocument,
  uri: string,
): { id?: string; name?: string } | undefined {
  if (uri.startsWith('cloud-image:')) return {};
  return kind === 'image' ? nameOf(onlyImageOf(data) ?? {}) : undefined;
}

function onlyImageOf(data: Json): JsonObject | undefined {
  const images = imagesOf(data);
  return images.length === 1 ? images[0]?.image : undefined;
}

function nameOf(image: JsonObject): { id?: string; name?: string } | undefined {
  if (typeof image['id'] === 'string') return { id: image['id'] };
  return typeof image['name'] === 'string' ? { name: image['name'] } : undefined;
}

/** Documents after an import apply to its result, which does not exist yet. */
function afterImport(file: ManifestFile, document: ManifestDocument): boolean {
  return file.documents.slice(0, document.index).some(({ kind }) => kind === 'import');
}

/** The last document before it that makes an image, which an export or a server without an image of its own means. */
function madeBefore(file: ManifestFile, { index }: ManifestDocument): Facts['made'] {
  for (const { kind, data } of file.documents.slice(0, index).reverse())
    if (kind === 'import' || kind === 'server-image') return { kind, data };
  return undefined;
}
