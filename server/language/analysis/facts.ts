import type { ManifestDocument, ManifestFile } from '../../manifests/file.ts';
import type { Facts } from '../../rules/facts.ts';
import { isObject, type Json, type JsonObject } from '../../rules/json.ts';
import { imageIdOf } from '../../rules/service/imageReferences.ts';
import { inputOf } from '../../rules/service/importBody.ts';
import { imagesOf } from '../../rules/subject.ts';
import type { Settings } from '../../workspace/settings.ts';
import type { Host } from './analysis.ts';

/** Gathers what the rules need to know of each document from outside its text: at once where that is nothing. */
export function gatherFacts(
  file: ManifestFile,
  uri: string,
  settings: Settings,
  host: Host,
): (Facts | Promise<Facts>)[] {
  const plain: Facts = { profile: settings.profile };
  let before: Before = {};
  return file.documents.map((document) => {
    const own = before;
    const { kind } = document;
    if (kind === 'import' || kind === 'server-image')
      before = { ...before, made: { kind, data: document.data } };
    if (kind === 'import') before = { ...before, imported: true };
    if (kind === 'image') before = { ...before, image: document };
    const facts = gatherForDocument(file, document, own, uri, plain, host);
    return facts instanceof Promise ? facts.then((known) => withCaller(known, settings)) : facts;
  });
}

/** Roles decide over requests that change something, which is known once what they change is. */
function withCaller(facts: Facts, { caller }: Settings): Facts {
  const isKnown = facts.image !== undefined || facts.container !== undefined || facts.following !== undefined;
  return caller && isKnown ? { ...facts, caller } : facts;
}

/** The last documents of their kinds that stand before one in its file. */
interface Before {
  readonly imported?: boolean;
  readonly made?: NonNullable<Facts['made']>;
  readonly image?: ManifestDocument;
}

function gatherForDocument(
  file: ManifestFile,
  document: ManifestDocument,
  before: Before,
  uri: string,
  plain: Facts,
  host: Host,
): Facts | Promise<Facts> {
  const { kind } = document;
  if (kind === 'import') return gatherForImport(file, document, uri, plain, host);
  if (kind === 'export' || kind === 'server')
    return gatherForImageUse(kind, document, before, uri, plain, host);
  // Documents after an import apply to its result, which does not exist yet.
  if (before.imported) return plain;
  if (kind === 'patch') return findTarget(before, uri, host).then((target) => ({ ...plain, ...target }));
  const { liveImage } = host;
  const named = liveImage && identifyImage(document, uri);
  const live = named && liveImage(uri, named);
  return live ? live.then((image) => (image === undefined ? plain : { ...plain, image })) : plain;
}

async function gatherForImport(
  file: ManifestFile,
  document: ManifestDocument,
  uri: string,
  plain: Facts,
  host: Host,
): Promise<Facts> {
  const name = inputOf(document.data)['import_from'];
  const disk =
    typeof name === 'string' && plain.profile.offers.importTask ? await host.disk(uri, name) : undefined;
  const following = file.documents
    .slice(document.index + 1)
    .flatMap(({ kind, data }) => (kind ? [{ kind, data }] : []));
  return { ...plain, following, ...(disk ? { disk } : {}) };
}

async function gatherForImageUse(
  kind: 'export' | 'server',
  document: ManifestDocument,
  before: Before,
  uri: string,
  plain: Facts,
  host: Host,
): Promise<Facts> {
  const id = imageIdOf(kind, document.data);
  const image = id === undefined ? undefined : await host.liveImage?.(uri, { id });
  const name = inputOf(document.data)['receiving_swift_container'];
  const receives =
    kind === 'export' && typeof name === 'string' && name !== '' && plain.profile.offers.exportTask;
  const container = receives ? await host.container(uri, name, id ?? '') : undefined;
  // Without an id of its own it means the last document before it that makes an image.
  return {
    ...plain,
    ...(image === undefined ? {} : { image }),
    ...(before.made ? { made: before.made } : {}),
    ...(container ? { container } : {}),
  };
}

type Target = Pick<Facts, 'image' | 'imageFrom'>;

/**
 * The image that a patch applies to: the one that an image document before it in the file describes, else the one of the
 * manifest beside it, `web.image.yaml` of `web.image-patch.yaml`. Of that image the live one counts, where it is known.
 */
async function findTarget({ image: before }: Before, uri: string, host: Host): Promise<Target> {
  if (uri.startsWith('cloud-image:')) {
    const live = await host.liveImage?.(uri, {}); // a patch opened on an image of the cloud
    return live === undefined ? {} : { image: live };
  }
  if (before) {
    const manifest = findOnlyImage(before.data);
    const live = manifest && (await askLiveImage(manifest, uri, host));
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
  const manifest = beside && findOnlyImage(beside.data);
  if (!beside || !manifest) return {};
  return described(manifest, await askLiveImage(manifest, uri, host), beside.name, new Map());
}

async function askLiveImage(
  manifest: JsonObject,
  uri: string,
  host: Host,
): Promise<ReadonlyMap<string, Json> | null | undefined> {
  const named = identify(manifest);
  return named && host.liveImage?.(uri, named);
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
function identifyImage(
  { kind, data }: ManifestDocument,
  uri: string,
): { id?: string; name?: string } | undefined {
  if (uri.startsWith('cloud-image:')) return {};
  return kind === 'image' ? identify(findOnlyImage(data) ?? {}) : undefined;
}

function findOnlyImage(data: Json): JsonObject | undefined {
  if (Array.isArray(data) && data.length > 1 && isObject(data[0]) && isObject(data[1])) return undefined;
  const images = imagesOf(data);
  return images.length === 1 ? images[0]?.image : undefined;
}

function identify(image: JsonObject): { id?: string; name?: string } | undefined {
  if (typeof image['id'] === 'string') return { id: image['id'] };
  return typeof image['name'] === 'string' ? { name: image['name'] } : undefined;
}
