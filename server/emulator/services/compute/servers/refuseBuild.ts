import type { JsonObject } from '../../../../rules/json.ts';
import { imagesOfDevices } from '../../../../rules/service/bootDevices.ts';
import { ofExtras, serverRefusals } from '../../../../rules/service/buildServer.ts';
import { imageIdOf } from '../../../../rules/service/imageReferences.ts';
import { toApiError } from '../../../kernel/apiError.ts';
import type { EmulatorContext } from '../../context.ts';
import type { ImageRow } from '../../images/view.ts';
import type { ComputeRequest } from '../api/compute.ts';
import { findBootImage } from './image.ts';
import type { ServerFlavor } from './rows.ts';

/**
 * Throws what the cloud answers to a build of this flavor from this image, where it refuses it. What the rules know is
 * theirs to say; the rest stands here.
 */
export function refuseBuild(
  context: EmulatorContext,
  asked: ComputeRequest,
  server: JsonObject,
  flavor: ServerFlavor | undefined,
  /** Null: it names one that is not there. */
  image: ImageRow | null | undefined,
): void {
  const { profile } = context;
  const known = flavor ? [{ ...flavor }] : [];
  const booted = imageIdOf('server', { server });
  const [refused] = serverRefusals(server, {
    profile,
    caller: asked.caller,
    flavors: known,
    image: image && context.images.view(image),
    missingImages: imagesOfDevices(server).filter(
      (id) => id !== booted && !findBootImage(context, asked, id.toLowerCase()),
    ),
  });
  if (refused) throw toApiError(refused);
}

/** Throws where metadata or files are more than a server may have, or too large. */
export function refuseExtras(server: JsonObject, most: number): void {
  const [refused] = ofExtras(server, most);
  if (refused) throw toApiError(refused);
}
