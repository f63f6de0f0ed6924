import type { ManifestDocument, ManifestFile } from '../../manifests/file.ts';
import type { Facts, ImageFacts, MadeBefore } from '../../rules/facts.ts';
import { asText, isObject, type Json, type JsonObject } from '../../rules/json.ts';
import { imageAfter } from '../../rules/service/imageAfter.ts';
import { propertiesOf } from '../../rules/service/importBody.ts';
import { importedImage } from '../../rules/service/importedImage.ts';
import { imagesOf } from '../../rules/subject.ts';
import type { Settings } from '../../workspace/settings.ts';
import type { FoundImage, Host, ImageName } from './analysis.ts';

/** Follows the images of a file from document to document, each as the documents before leave it. */
export interface ImageTracker {
  /** Notes the image that a document makes. Where it is not `known`, nothing but its name is sure. */
  noteMade(index: number, made: MadeBefore, image: ReadonlyMap<string, Json>, known: boolean): void;
  image(document: ManifestDocument): Promise<Partial<Facts>>;
  patch(document: ManifestDocument): Promise<Partial<Facts>>;
  /** The image that was made last, as the documents behind it leave it. */
  lastMade(): ImageFacts;
  /** The image that the document before makes or describes. */
  before(): Partial<Facts>;
}

/** An image as it stands before the next document; shared by all names of it. */
interface Tracked {
  facts: ImageFacts;
  /** Where the image is made by a document of this file. */
  readonly made?: Facts['made'];
  /** Manifests that `facts` do not count yet: of most images there is but one, behind which nobody asks. */
  readonly pending: { readonly kind: 'image' | 'patch'; readonly data: Json }[];
}

interface Described {
  readonly image: Tracked | undefined;
  readonly index: number;
  readonly manifest?: JsonObject;
}

export function trackImages(file: ManifestFile, uri: string, settings: Settings, host: Host): ImageTracker {
  // Long, since what is followed is shared by the few questions that are asked of it.
  const { profile, caller } = settings;
  const isOpenedImage = uri.startsWith('cloud-image:');
  const answers = new Map<string, Promise<FoundImage>>();
  /** By live id, name, or the document that makes it. */
  const tracked = new Map<string, Tracked>();
  const makersByName = new Map<string, string>();
  let lastMaker: string | undefined;
  /** Read once, and not for each of thousands of images. */
  let importBeside: ReturnType<Host['importBeside']> | undefined;
  /** The image of the last document; `undefined` where that is not known. */
  let described: Described | undefined;

  function ask(name: ImageName): Promise<FoundImage> {
    const key = JSON.stringify([name.id, name.name]);
    const known = answers.get(key);
    if (known) return known;
    const asked = host.liveImage?.(uri, isOpenedImage ? {} : name) ?? Promise.resolve(undefined);
    answers.set(key, asked);
    return asked;
  }

  // Asked for at once; answers are awaited document by document.
  if (host.liveImage)
    for (const { kind, data } of file.documents)
      if (kind === 'image') for (const { image } of imagesOf(data)) void ask(nameOf(image));

  function track(key: string, facts: ImageFacts, made?: Facts['made']): Tracked {
    const known = tracked.get(key);
    if (known) return known;
    const fresh = { facts, pending: [], ...(made ? { made } : {}) };
    tracked.set(key, fresh);
    return fresh;
  }

  /** The image of an item: by its id, else what the file makes, else by its name. */
  async function find(image: JsonObject, isOnly: boolean): Promise<Tracked | undefined> {
    if (!isOpenedImage && image['id'] === undefined) {
      const key = (isOnly ? lastMaker : undefined) ?? makersByName.get(asText(image['name']));
      if (key !== undefined) return tracked.get(key);
      if (typeof image['name'] !== 'string' || image['name'] === '')
        return caller ? untracked({ unmatched: 'unnamed' }) : undefined;
      const planned = tracked.get(`name ${image['name']}`);
      if (planned) return planned;
    }
    const found = await ask(nameOf(image));
    if (found && 'sameName' in found) return untracked(found);
    const key = keyOf(image, found);
    if (found) return track(key, { image: found });
    const beside = image['id'] === undefined ? await findImported(image) : undefined;
    if (beside) return track(key, beside);
    if (found !== null) return undefined;
    const isAbsent = image['id'] === undefined && !profile.images.madeByManifests;
    const named = image['id'] === undefined ? {} : { id: asText(image['id']) };
    return track(key, { image: null, ...named, ...(isAbsent ? { unmatched: 'absent' as const } : {}) });
  }

  /** The image that the import beside the file makes, where it has this name. */
  async function findImported(image: JsonObject): Promise<ImageFacts | undefined> {
    if (isOpenedImage) return undefined;
    importBeside ??= host.importBeside(uri);
    const beside = await importBeside;
    if (!beside || propertiesOf(beside.data)['name'] !== image['name']) return undefined;
    return { image: importedImage(beside.data, profile, caller), imageFrom: beside.name };
  }

  /** Notes a manifest of an image, for the documents behind it. By its old name the cloud finds it. */
  function apply(kind: 'image' | 'patch', data: Json, target: Tracked | undefined): void {
    if (!target) return;
    target.pending.push({ kind, data });
    const name = isObject(data) ? data['name'] : undefined;
    const isNamed = kind === 'image' && name !== undefined && name !== target.facts.image?.get('name');
    if (!isNamed && kind === 'image') return;
    const before = target.facts.image?.get('name');
    const now = settle(target).image?.get('name');
    if (typeof now === 'string' && now !== before) tracked.set(`name ${now}`, target);
  }

  /** What is known of an image once the manifests before are counted. */
  function settle(target: Tracked): ImageFacts {
    for (const { kind, data } of target.pending.splice(0)) {
      const { facts } = target;
      const image = imageAfter(kind, data, { profile, ...(caller ? { caller } : {}), ...facts });
      if (image === facts.image || image === undefined) continue;
      const { id: _, unmatched: __, ...rest } = facts;
      target.facts = { ...rest, image };
    }
    return target.facts;
  }

  /** The image that the manifest beside a patch describes. */
  async function findBeside(): Promise<Tracked | undefined> {
    const beside = await host.imageBeside(uri);
    const [first] = beside ? imagesOf(beside.data) : [];
    if (!beside || !first) return undefined;
    const { image } = first;
    const found = await find(image, false);
    const known = found && settle(found).image;
    if (known && found.facts.imageFrom === undefined) return found;
    if (found?.facts.sameName) return found;
    if (found && known === null && image['id'] !== undefined) return found;
    // A manifest need not say all that an image has: what rests on it is no more than likely.
    const stated = new Map([...(known ?? []), ...Object.entries(image)]);
    const unmatched = known === null;
    return track(`beside ${beside.name}`, {
      image: stated,
      imageFrom: beside.name,
      ...(unmatched ? { unmatched: 'absent' as const } : {}),
    });
  }

  /** Of an opened image that is no more: `cloud-image://CLOUD/REGION/ID/NAME`, or without the cloud. */
  function openedId({ image }: ImageFacts): Pick<Facts, 'id'> {
    const [, , id = ''] = uri.replace(/^[\w-]+:(?:\/\/[^/]*)?/, '').split('/');
    return image === null ? { id } : {};
  }

  /** The image of the document before; a new one that was refused is not there, so the document alone tells of it. */
  function standing({ image, manifest, index }: Described): Tracked | undefined {
    if (!image || !manifest) return image;
    const { image: now, unmatched } = settle(image);
    const isMissing = now === null && manifest['id'] === undefined;
    return isMissing || unmatched !== undefined ? describe(manifest, index) : image;
  }

  return {
    noteMade(index, made, image, known) {
      const key = `made ${index}`;
      const target = track(key, known ? { image } : {}, made);
      lastMaker = key;
      described = { image: target, index };
      const name = image.get('name');
      if (typeof name === 'string') makersByName.set(name, key);
    },
    lastMade: () => {
      const target = lastMaker === undefined ? undefined : tracked.get(lastMaker);
      return target ? settle(target) : {};
    },
    before() {
      const target = described && standing(described);
      if (!target) return {};
      const { image, imageFrom } = settle(target);
      return {
        ...(target.made ? { made: target.made } : { described: true as const }),
        ...(image === undefined ? {} : { image }),
        ...(imageFrom === undefined ? {} : { imageFrom }),
      };
    },
    async image({ data, index }) {
      const items = imagesOf(data);
      const facts: ImageFacts[] = [];
      let made: Facts['made'];
      for (const { image } of items) {
        const target = await find(image, items.length === 1);
        facts.push(target ? settle(target) : {});
        made = target?.made;
        apply('image', image, target);
        described = {
          image: target ?? describe(image, index),
          index,
          ...(target ? { manifest: image } : {}),
        };
      }
      const [only = {}] = facts;
      if (isOpenedImage && only.image !== undefined) return { ...only, ...openedId(only), opened: true };
      if (items.length === 1) return { ...only, ...(made && only.image ? { made } : {}) };
      return facts.some((one) => Object.keys(one).length > 0) ? { images: facts } : {};
    },
    async patch({ data }) {
      if (isOpenedImage) {
        const live = await ask({});
        if (live === undefined || (live && 'sameName' in live)) return {};
        return { image: live, ...openedId({ image: live }) };
      }
      const target = described ? standing(described) : await findBeside();
      if (!target) return {};
      const facts = settle(target);
      const { made } = target;
      apply('patch', data, target);
      return { ...facts, ...(made ? { made } : {}) };
    },
  };
}

/** An image of which a document of the file tells, and nobody else. */
function describe(image: JsonObject, index: number): Tracked {
  return {
    facts: { image: new Map(Object.entries(image)), imageFrom: `document ${index + 1} of this file` },
    pending: [],
  };
}

/** What is known of an image that no other document means. */
function untracked(facts: ImageFacts): Tracked {
  return { facts, pending: [] };
}

function nameOf({ id, name }: JsonObject): ImageName {
  if (id !== undefined) return { id: asText(id) };
  return typeof name === 'string' ? { name } : {};
}

function keyOf(image: JsonObject, found: FoundImage): string {
  if (found && !('sameName' in found)) return `id ${asText(found.get('id'))}`;
  return image['id'] === undefined ? `name ${asText(image['name'])}` : `id ${asText(image['id'])}`;
}
