import { asText, type JsonObject } from '../../../rules/json.ts';
import type { Caller, Flavor, Profile } from '../../../rules/profile/profile.ts';
import { serverRefusals } from '../../../rules/service/buildServer.ts';
import type { ManifestPart } from '../../../workspace/parts.ts';
import type { Image } from '../../services/images.ts';
import { unlessMissing } from '../../session/errors.ts';
import { type Execution, execute, type Outcome, type RunPlan } from '../execute.ts';
import type { Undo } from '../imagePlan.ts';
import { deleteServer } from './perform.ts';

/** A copy of an image that is shared or public, as an image of one's own. */
export interface OwnCopy {
  readonly source: Image;
  /** Of the copy. */
  readonly name: string;
  readonly flavor: string;
}

/** The smallest flavor that the cloud builds a server of the image with; undefined: none. */
export function chooseFlavor(
  image: Image,
  flavors: readonly Flavor[],
  context: { readonly profile: Profile; readonly caller: Caller },
): Flavor | undefined {
  const imageRef = asText(image.get('id') ?? '');
  const fits = ({ id }: Flavor): boolean =>
    serverRefusals({ name: 'copy', imageRef, flavorRef: id }, { ...context, image, flavors }).length === 0;
  return [...flavors].sort((one, other) => one.ram - other.ram || one.disk - other.disk).find(fits);
}

/** The documents that make the copy: a server of the image, and an image of that server. */
export function copyParts({ source, name, flavor }: OwnCopy, profile: Profile): ManifestPart[] {
  const image = asText(source.get('id') ?? '');
  const server: JsonObject = { name: `copy of ${image}`, imageRef: image, flavorRef: flavor };
  const shared = { path: asText(source.get('name') ?? image), of: 2, line: 1, start: 0, end: 0, profile };
  return [
    { ...shared, index: 0, kind: 'server', data: { server }, following: [] },
    { ...shared, index: 1, kind: 'server-image', data: { createImage: { name } }, following: [] },
  ];
}

/** What is worth knowing of the copy before it is made. */
export function noteCopy({ source }: OwnCopy): string[] {
  const options = asText(source.get('com.rackspace__1__options') ?? '0');
  return [
    'The server lasts as long as its image takes, and is charged; it is deleted at the end, also where you stop.',
    ...(options === '0'
      ? []
      : [
          `The copy keeps the licences of the image (com.rackspace__1__options: '${options}'), so it cannot be exported either.`,
        ]),
  ];
}

/** Boots the image, takes an image of the server, and deletes the server whatever happens. Throws CloudError. */
export async function makeCopy(
  parts: readonly ManifestPart[],
  plan: RunPlan,
  { journal, ...execution }: Execution,
): Promise<Outcome> {
  const made: { server?: string; image?: string } = {};
  const add = (undo: Undo): boolean => {
    if (undo !== 'cannot') {
      if ('server' in undo) made.server = undo.server;
      else made.image = undo.image;
    }
    return journal.add(undo);
  };
  const watched = {
    add,
    withdraw: () => journal.withdraw(),
    path: journal.path,
    get entries() {
      return journal.entries;
    },
  };
  const { cloud, waiting } = execution.ports;
  let isMade = false;
  try {
    const outcome = await execute(parts, plan, { ...execution, journal: watched });
    isMade = outcome.stopped === undefined;
    return outcome.stopped?.interrupted
      ? { ...outcome, stopped: { ...outcome.stopped, reason: 'its server was deleted' } }
      : outcome;
  } finally {
    try {
      if (made.image !== undefined && !isMade) await unlessMissing(cloud.images.delete(made.image));
    } finally {
      if (made.server !== undefined) await deleteServer(cloud, made.server, waiting);
    }
  }
}
