import { isObject, type Json, type JsonObject } from '../../../../rules/json.ts';
import { serverRefusals } from '../../../../rules/service/buildServer.ts';
import { ApiError, toApiError } from '../../../kernel/apiError.ts';
import type { EmulatorContext } from '../../context.ts';
import type { ImageRow } from '../../images/view.ts';
import type { ComputeRequest } from '../api/compute.ts';
import { badRequest, forbidden } from '../api/refuse.ts';
import type { ServerFlavor } from './rows.ts';

const gib = 2 ** 30;

/**
 * Throws what the cloud answers to a build of this flavor from this image, where it refuses it. What the rules know is
 * theirs to say; the rest stands here.
 */
export function refuseBuild(
  context: EmulatorContext,
  asked: ComputeRequest,
  server: JsonObject,
  flavor: ServerFlavor | undefined,
  image: ImageRow | undefined,
): void {
  const { profile } = context;
  const known = flavor ? [{ ...flavor }] : [];
  const [refused] = serverRefusals(server, {
    profile,
    caller: asked.caller,
    flavors: known,
    image: image ? context.images.view(image) : server['imageRef'] ? null : undefined,
  });
  if (!refused) return;
  if (refused.rule === 'server/flavor-ref' && flavor === undefined && profile.compute.hasMicroversions)
    throw badRequest(`Flavor ${String(server['flavorRef'])} could not be found.`, refused.rule);
  if (refused.rule === 'server/disk' && flavor && image && profile.compute.hasMicroversions)
    throw badRequest(describeSmallDisk(flavor, image), refused.rule);
  throw toApiError(refused);
}

/** Nova's words name both sizes in bytes. */
function describeSmallDisk(flavor: ServerFlavor, image: ImageRow): string {
  const disk = flavor.disk * gib;
  return (image.size ?? 0) > disk
    ? `Flavor's disk is too small for requested image. Flavor disk is ${disk} bytes, image is ${image.size} bytes.`
    : `Flavor's disk is smaller than the minimum size specified in image metadata. Flavor disk is ${disk} bytes, minimum size is ${image.min_disk * gib} bytes.`;
}

/** Throws where metadata or files are more than the quota, or a path or content is too long. */
export function refuseExtras(metadata: Json | undefined, personality: Json | undefined, most: number): void {
  if (isObject(metadata) && Object.keys(metadata).length > most)
    throw forbidden(`Maximum number of metadata items exceeds ${most}`);
  if (!Array.isArray(personality)) return;
  if (personality.length > 5) throw forbidden('Personality file limit exceeded');
  for (const file of personality) {
    const { path, contents } = isObject(file) ? file : {};
    if (typeof path !== 'string')
      throw new ApiError('compute/request', 'Bad personality format: missing path');
    if (path.length > 255) throw forbidden('Personality file path exceeds maximum 255');
    if (typeof contents === 'string' && Buffer.from(contents, 'base64').length > 10_240)
      throw forbidden('Personality file content exceeds maximum 10240');
  }
}
