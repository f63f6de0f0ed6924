import type { Facts } from '../facts.ts';
import { isObject, type Json, type JsonObject, pointerTo } from '../json.ts';
import { flavorOf, volumeOnly } from '../profile/flavors.ts';
import type { Flavor } from '../profile/profile.ts';
import { answers } from './answers.ts';
import { codePoints, isProtected, notText } from './attributes.ts';
import { type ChangeContext, type Refusal, refusal } from './changes.ts';

export interface ImagedServer extends ChangeContext {
  /** In the shape of `server` in schemas/server-image.json. What is absent is not known, and refuses nothing. */
  readonly server: JsonObject;
  /** Where they are not the profile's. */
  readonly flavors?: readonly Flavor[] | undefined;
}

/**
 * All that refuses `{"createImage": action}`, in Nova's order, so that the first is the cloud's answer: name (400), number
 * of metadata (413), their names (400), what kind of server it is (400), its state (409), protected names (403).
 * Pointers lead into the whole body.
 */
export function serverImageRefusals(action: Json, asked: ImagedServer): Refusal[] {
  const { profile } = asked;
  const { name, metadata } = isObject(action) ? action : {};
  const entries = Object.entries(isObject(metadata) ? metadata : {});
  return [
    ...ofName(name, profile.limits.nameLength),
    ...(entries.length > profile.limits.imageMetadata
      ? [refusal('server-image/metadata-count', answers.imageMetadataLimit(), inMetadata)]
      : []),
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

function ofServer({ server, profile, flavors }: ImagedServer): Refusal[] {
  const { flavor, boot_volume: bootVolume, task_state: state } = server;
  const known = typeof flavor === 'string' ? flavorOf(flavor, flavors ?? profile.flavors) : undefined;
  const found: Refusal[] = [];
  const volumeClass = known !== undefined && profile.restrictsFlavorClasses && volumeOnly.has(known.class);
  if (!profile.imagesVolumeServers && (bootVolume === true || volumeClass)) {
    const place = bootVolume === true ? '/server/boot_volume' : '/server/flavor';
    found.push(refusal('server-image/boot-volume', answers.volumeServerImage(), place));
  }
  if (known?.class.startsWith('onmetal'))
    found.push(refusal('server-image/onmetal', answers.onMetalImage(), '/server/flavor'));
  if (typeof state === 'string' && state !== '')
    found.push(refusal('server-image/busy', answers.busy('createImage', state), '/server/task_state'));
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
  return { ...said, ...facts.server };
}
