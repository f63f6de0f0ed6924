import type { ManifestDocument, ManifestFile } from '../../manifests/file.ts';
import { isImageTest } from '../../manifests/kinds.ts';
import type { DiskFacts, Facts, MadeBefore } from '../../rules/facts.ts';
import { listItems } from '../../rules/imageList.ts';
import { isObject } from '../../rules/json.ts';
import { readFlavorRef } from '../../rules/profile/flavors.ts';
import { allows } from '../../rules/profile/roles.ts';
import { imagesOfDevices } from '../../rules/service/bootDevices.ts';
import { bootVolumeOf, imageIdOf, serverOf } from '../../rules/service/imageReferences.ts';
import { inputOf } from '../../rules/service/importBody.ts';
import { importedImage } from '../../rules/service/importedImage.ts';
import { sourceOf } from '../../rules/source/source.ts';
import { namedManifest } from '../../workspace/imageTest.ts';
import type { Settings } from '../../workspace/settings.ts';
import type { Host } from './analysis.ts';
import { type ImageTracker, trackImages } from './images.ts';
import { trackServers } from './servers.ts';

/**
 * Gathers what the rules need to know of each document from outside its text: at once where that is nothing. Documents are
 * followed in order, since what one does to an image counts for those behind it.
 */
export function gatherFacts(
  file: ManifestFile,
  uri: string,
  settings: Settings,
  host: Host,
): readonly Facts[] | Promise<readonly Facts[]> {
  const { documents } = file;
  const plain: Facts = { profile: settings.profile };
  if (isImageTest(file.path)) return gatherForTest(documents, uri, plain, host);
  const makes = documents.some(({ kind }) => kind === 'import' || kind === 'server-image');
  const knowsImages = makes || host.liveImage !== undefined || isAlone(documents);
  const needsMore = ({ kind, data }: ManifestDocument): boolean =>
    kind === 'image'
      ? knowsImages || filesOf(data).size > 0
      : kind === 'server-image'
        ? host.liveServer !== undefined
        : kind !== undefined;
  if (!documents.some(needsMore)) return documents.map(() => plain);
  return follow(file, uri, settings, host);
}

async function gatherForTest(
  documents: readonly ManifestDocument[],
  uri: string,
  plain: Facts,
  host: Host,
): Promise<readonly Facts[]> {
  const data = documents[0]?.data ?? null;
  const isOrphan = isObject(data) && (await host.isOrphan(uri, namedManifest(data)));
  return documents.map(({ index }) => (isOrphan && index === 0 ? { ...plain, isOrphan } : plain));
}

/** One image is looked up even offline: by the import that goes with its file. */
function isAlone(documents: readonly ManifestDocument[]): boolean {
  const written = documents.filter(({ root }) => root);
  const [only] = written;
  return written.length === 1 && only?.kind === 'image' && listItems(only.data).length === 1;
}

async function follow(
  file: ManifestFile,
  uri: string,
  settings: Settings,
  host: Host,
): Promise<readonly Facts[]> {
  const plain: Facts = { profile: settings.profile };
  const tracker = trackImages(file, uri, settings, host);
  const servers = trackServers(file, uri, settings, host);
  // All is asked for at once, and then awaited in order.
  const own = file.documents.map(({ kind, data }) =>
    kind === 'import'
      ? findDisk(data, uri, plain, host)
      : kind === 'image'
        ? findSources(data, uri, host)
        : kind === 'export' || kind === 'server'
          ? findUsedImage(kind, data, uri, plain, host)
          : undefined,
  );
  const gathered: Facts[] = [];
  let made: MadeBefore | undefined;
  for (const document of file.documents) {
    const { kind, data, index } = document;
    const found = await own[index];
    const facts = { ...plain, ...found, ...(await gatherForKind(document, tracker, made)) };
    if (kind === 'import') {
      made = { kind, data };
      tracker.noteMade(index, made, importedImage(data, settings.profile, settings.caller), true);
      gathered.push(withCaller(kind, { ...facts, following: listFollowing(file, document) }, settings));
    } else if (kind === 'server-image') {
      const { image, isKnown, ...server } = await servers.image(document);
      made = { kind, data };
      tracker.noteMade(index, made, image, isKnown);
      gathered.push(withCaller(kind, { ...facts, ...server }, settings));
    } else {
      const whole = withCaller(kind, facts, settings);
      gathered.push(kind === 'server' ? servers.build(data, whole) : whole);
    }
  }
  return gathered;
}

function gatherForKind(
  document: ManifestDocument,
  tracker: ImageTracker,
  made: MadeBefore | undefined,
): Partial<Facts> | Promise<Partial<Facts>> {
  const { kind, data } = document;
  if (kind === 'image') return tracker.image(document);
  if (kind === 'patch') return tracker.patch(document);
  // Without an id of its own a server means the image of the document before it (DECISIONS 32), an export the one that was made last.
  if (kind !== 'export' && kind !== 'server') return {};
  const isNamed = imageIdOf(kind, data) !== undefined;
  const before = kind === 'server' && !isNamed ? tracker.before() : {};
  if (before.described && !bootVolumeOf(serverOf(data))) return before;
  return made ? { made, ...(isNamed ? {} : tracker.lastMade()) } : {};
}

function listFollowing(file: ManifestFile, { index }: ManifestDocument): NonNullable<Facts['following']> {
  return file.documents.slice(index + 1).flatMap(({ kind, data }) => (kind ? [{ kind, data }] : []));
}

/** Roles decide over requests that change something, which is known once what they change is. */
function withCaller(kind: ManifestDocument['kind'], facts: Facts, { caller }: Settings): Facts {
  const isKnown =
    kind === 'patch' ||
    kind === 'server' ||
    kind === 'server-image' ||
    (caller && !allows(facts.profile, 'images', caller.roles, 'read')) ||
    facts.image !== undefined ||
    facts.images !== undefined ||
    facts.container !== undefined ||
    facts.following !== undefined;
  return caller && isKnown ? { ...facts, caller } : facts;
}

async function findDisk(
  data: ManifestDocument['data'],
  uri: string,
  { profile }: Facts,
  host: Host,
): Promise<Partial<Facts>> {
  const name = inputOf(data)['import_from'];
  if (typeof name !== 'string' || !profile.offers.importTask) return {};
  const disk = await host.disk(uri, name);
  if (disk) return { disk };
  const places = await host.diskPlaces(uri, name);
  return places.length > 0 ? { diskPlaces: places.join(' and ') } : {};
}

/** The files that the sources of images name, as written, each once. It is asked at each key, of thousands of images. */
function filesOf(data: ManifestDocument['data']): ReadonlySet<string> {
  const files = new Set<string>();
  for (const item of listItems(data)) {
    const file = isObject(item) ? sourceOf(item)?.['file'] : undefined;
    if (typeof file === 'string' && file !== '') files.add(file);
  }
  return files;
}

async function findSources(data: ManifestDocument['data'], uri: string, host: Host): Promise<Partial<Facts>> {
  const missing: Record<string, string> = {};
  const disks: Record<string, DiskFacts> = {};
  const find = async (file: string): Promise<void> => {
    const place = await host.missingFile(uri, file);
    if (place !== undefined) missing[file] = place;
    const disk = place === undefined ? await host.sourceDisk(uri, file) : undefined;
    if (disk) disks[file] = disk;
  };
  await Promise.all(Array.from(filesOf(data), find));
  return {
    ...(Object.keys(missing).length > 0 ? { missingSources: missing } : {}),
    ...(Object.keys(disks).length > 0 ? { sourceDisks: disks } : {}),
  };
}

/** Finds the image that an export or a server names, and the container of an export. */
async function findUsedImage(
  kind: 'export' | 'server',
  data: ManifestDocument['data'],
  uri: string,
  { profile }: Facts,
  host: Host,
): Promise<Partial<Facts>> {
  const id = imageIdOf(kind, data);
  const found = id === undefined ? undefined : await host.liveImage?.(uri, { id });
  const image = found && 'sameName' in found ? undefined : found;
  const name = inputOf(data)['receiving_swift_container'];
  const receives = kind === 'export' && typeof name === 'string' && name !== '' && profile.offers.exportTask;
  const reference = kind === 'server' ? readFlavorRef(serverOf(data)['flavorRef']) : undefined;
  const flavor = reference === undefined ? undefined : await host.flavor?.(reference);
  const container = receives ? await host.container(uri, name, id ?? '') : undefined;
  const others = kind === 'server' ? imagesOfDevices(serverOf(data)).filter((other) => other !== id) : [];
  const missing = await Promise.all(
    others.map(async (other) => ((await host.liveImage?.(uri, { id: other })) === null ? [other] : [])),
  );
  const missingImages = missing.flat();
  return {
    ...(missingImages.length > 0 ? { missingImages } : {}),
    ...(image === undefined ? {} : { image }),
    ...(container ? { container } : {}),
    ...flavor,
  };
}
