import type { Facts } from '../facts.ts';
import { asText, isObject, type Json, type JsonObject, pointerTo } from '../json.ts';
import { flavorOf, volumeOnly } from '../profile/flavors.ts';
import type { Flavor, Profile } from '../profile/profile.ts';
import { answers } from './answers.ts';
import { codePoints, isProtected, notText } from './attributes.ts';
import { type ChangeContext, type Refusal, refusal } from './changes.ts';
import { diskOf } from './imageSizes.ts';

export interface ImagedServer extends ChangeContext {
  /**
   * In the shape of `server` in schemas/server-image.json, with the live server's `vm_state`. What is absent is not known,
   * and refuses nothing; null: there is none.
   */
  readonly server: JsonObject | null;
  /** Where they are not the profile's. */
  readonly flavors?: readonly Flavor[] | undefined;
}

/**
 * All that refuses `{"createImage": action}`, in the cloud's order, so that the first is its answer: name (400), number of metadata (413), their names (400), what kind of server it is (400), its state (409), protected names
 * (403). Nova's schema has looked at names before. Pointers lead into the whole body.
 */
export function serverImageRefusals(action: Json, asked: ImagedServer): Refusal[] {
  const { profile } = asked;
  const { name, metadata } = isObject(action) ? action : {};
  const entries = Object.entries(isObject(metadata) ? metadata : {});
  const limit = profile.limits.imageMetadata;
  const isOver = entries.length > limit;
  const count = (status: 403 | 413): Refusal[] =>
    isOver ? [refusal('server-image/metadata-count', answers.imageMetadataLimit(status), inMetadata)] : [];
  if (profile.compute.hasMicroversions)
    return [...count(403), ...(asked.server ? ofState(asked.server, profile) : [])];
  return [
    ...ofName(name, profile.limits.nameLength),
    ...count(413),
    ...entries.flatMap(([key, value]) => ofEntry(key, value)),
    ...ofServer(asked),
    ...entries
      .filter(([key]) => isProtected(key, profile))
      .map(([key]) => refusal('server-image/protected', answers.reserved(key), placeOf(key), key)),
  ];
}

const inMetadata = '/createImage/metadata';

function placeOf(key: string): string {
  return inMetadata + pointerTo(key);
}

function ofName(name: Json | undefined, maximum: number): Refusal[] {
  const place = '/createImage/name';
  if (name === undefined || name === null || (typeof name === 'string' && name.trim() === ''))
    return [
      refusal('server-image/name', answers.imageNameMissing(), name === undefined ? '/createImage' : place),
    ];
  if (typeof name !== 'string')
    return [refusal('server-image/name', answers.badRequest(notText(name)), place)];
  return codePoints(name) > maximum
    ? [
        refusal(
          'server-image/name',
          answers.badRequest(`the name is longer than ${maximum} characters`),
          place,
        ),
      ]
    : [];
}

function ofEntry(key: string, value: Json): Refusal[] {
  if (key.trim() === '')
    return [refusal('server-image/metadata-key', answers.imageMetadataKeyBlank(), placeOf(key), key)];
  if (codePoints(key) > 255)
    return [refusal('server-image/metadata-key', answers.imageMetadataKeyLong(), placeOf(key), key)];
  return typeof value === 'string'
    ? []
    : [refusal('server-image/metadata-value', answers.badRequest(notText(value)), placeOf(key), key)];
}

/** Refuses an image of a server that is not there, before anything else about it. */
export function refuseMissingServer(server: JsonObject | null | undefined, id: string): Refusal[] {
  return server === null ? [refusal('server-image/server', answers.serverMissing(id), '/server/id')] : [];
}

/** The states of a server that can be imaged (SOURCES: nova §6). */
const imageable: ReadonlySet<string> = new Set(['active', 'stopped', 'paused', 'suspended']);

function ofServer({ server, profile, flavors }: ImagedServer): Refusal[] {
  if (server === null) return [];
  const { flavor, boot_volume: bootVolume } = server;
  const known = typeof flavor === 'string' ? flavorOf(flavor, flavors ?? profile.flavors) : undefined;
  const found: Refusal[] = [];
  const volumeClass = known !== undefined && profile.restrictsFlavorClasses && volumeOnly.has(known.class);
  if (!profile.imagesVolumeServers && (bootVolume === true || volumeClass)) {
    const place = bootVolume === true ? '/server/boot_volume' : '/server/flavor';
    found.push(refusal('server-image/boot-volume', answers.volumeServerImage(), place));
  }
  if (known?.class.startsWith('onmetal'))
    found.push(refusal('server-image/onmetal', answers.onMetalImage(), '/server/flavor'));
  return [...found, ...ofState(server, profile)];
}

/** Nova names the server, the API before it did not. */
function ofState(
  { id, vm_state: vmState, task_state: task }: JsonObject,
  { compute: { hasMicroversions } }: Profile,
): Refusal[] {
  const server = asText(id);
  const found: Refusal[] = [];
  if (typeof vmState === 'string' && !imageable.has(vmState)) {
    const answer = answers.serverState('createImage', server, 'vm_state', vmState);
    found.push(refusal('server-image/state', answer, '/server'));
  }
  if (typeof task === 'string' && task !== '') {
    const answer = hasMicroversions
      ? answers.serverState('createImage', server, 'task_state', task)
      : answers.busy('createImage', task);
    found.push(refusal('server-image/busy', answer, '/server/task_state'));
  }
  return found;
}

/** What is known of the server: live facts before what the manifest says. */
export function imagedServer({
  manifest,
  facts,
}: {
  readonly manifest: Json;
  readonly facts: Facts;
}): JsonObject {
  const said = isObject(manifest) && isObject(manifest['server']) ? manifest['server'] : {};
  const disk = { ...diskOf(said), ...diskOf(facts.server ?? {}) };
  return { ...said, ...facts.server, ...(Object.keys(disk).length > 0 ? { disk } : {}) };
}
