import type { Caller, Profile } from '../../../rules/profile/profile.ts';
import { serverRefusals } from '../../../rules/service/buildServer.ts';
import { type ManifestPart, makePart } from '../../../workspace/parts.ts';
import type { Cloud } from '../../cloud.ts';
import type { Server } from '../../services/servers.ts';
import { unlessMissing } from '../../session/errors.ts';
import type { Judged } from '../judged.ts';
import { findFlavor } from './facts.ts';
import {
  describeFailure,
  type ServerOutcome,
  type Surroundings,
  unlessStopped,
  waitForServer,
} from './perform.ts';

/** A server whose system disk is replaced by that of an image. */
export interface RebuildStep extends Judged {
  readonly type: 'server-rebuild';
  readonly part: ManifestPart;
  readonly server: string;
  readonly name: string;
  readonly image: string;
}

/** Says why there is no way back. */
const lost =
  'All that is on its system disk is lost, so a rebuild cannot be undone: take an image of the server first to keep it. It keeps its id, its addresses and its flavor.';

/** Plans a rebuild. A server keeps what it was built of, so its own image need not be there any more. Throws CloudError. */
export async function planRebuild(
  { id, name, image: own, flavor: flavorRef }: Server,
  imageRef: string,
  cloud: Pick<Cloud, 'servers' | 'images'>,
  person: { readonly caller: Caller; readonly profile: Profile },
): Promise<RebuildStep> {
  const image = (await unlessMissing(cloud.images.get(imageRef))) ?? null;
  const flavors = await findFlavor(flavorRef, cloud);
  const refused =
    image === null && imageRef === own
      ? []
      : serverRefusals({ name, imageRef, flavorRef }, { ...person, image, flavors });
  const part = makePart(`Rebuild of “${name}”`, { kind: 'server', data: null, profile: person.profile });
  const refusals = refused.slice(0, 1);
  return { type: 'server-rebuild', part, server: id, name, image: imageRef, refusals, notes: [lost] };
}

/** Rebuilds a server, and waits until it stands. Throws CloudError. */
export async function rebuildServer(
  { server: id, image }: RebuildStep,
  { cloud: { servers }, waiting }: Omit<Surroundings, 'keep'>,
): Promise<ServerOutcome> {
  await servers.act(id, { rebuild: { imageRef: image } });
  const isDone = ({ status }: Server): boolean => status !== 'REBUILD';
  const server = await unlessStopped(waitForServer(servers, id, isDone, waiting), waiting);
  if (!server) return { interrupted: 'it continues to be rebuilt' };
  return server.status === 'ERROR' ? describeFailure('the rebuild fails', server.fault) : { result: id };
}
