import { type Images, openImages } from './services/images.ts';
import { type Members, openMembers } from './services/members.ts';
import { type Objects, openObjects } from './services/objects.ts';
import { openServers, type Servers } from './services/servers.ts';
import { openTasks, type Tasks } from './services/tasks.ts';
import type { Credentials } from './session/authentication.ts';
import { openSession, type Session } from './session/session.ts';

/** A user's view of one region of a cloud: the emulator's or a real one's. */
export interface Cloud {
  readonly session: Session;
  readonly region: string;
  readonly images: Images;
  readonly members: Members;
  readonly tasks: Tasks;
  readonly objects: Objects;
  readonly servers: Servers;
  /** The same user in another region. Throws CloudError where the catalogue lacks it. */
  inRegion(region: string): Cloud;
}

/** Signs in and finds the services of a region in the catalogue. Throws CloudError. */
export async function connect(options: Credentials & { readonly region: string }): Promise<Cloud> {
  return cloudIn(await openSession(options), options.region);
}

/** A region of a cloud where somebody has signed in. Throws CloudError where the catalogue lacks it. */
export function cloudIn(session: Session, region: string): Cloud {
  const image = findImageEndpoint(session, region);
  return {
    session,
    region,
    images: openImages(session, image),
    members: openMembers(session, image),
    tasks: openTasks(session, image),
    objects: openObjects(session, () => session.endpoint('object-store', region)),
    servers: openServers(session, () => session.endpoint('compute', region)),
    inRegion: (other) => cloudIn(session, other),
  };
}

/** Catalogues name Glance with its version (Rackspace) or without (plain OpenStack). Throws CloudError. */
export function findImageEndpoint(session: Session, region: string): string {
  return `${session.endpoint('image', region).replace(/\/v2(\.\d+)?$/, '')}/v2`;
}
