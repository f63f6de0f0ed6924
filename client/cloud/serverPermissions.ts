import { t } from '@vscode/l10n';
import { describeServer } from '../../server/cloud/services/servers.ts';
import { serverImageRefusals } from '../../server/rules/service/createImage.ts';
import { lacksRole, notOffered, type Person } from './roles.ts';
import type { LiveServer } from './serverCollection.ts';

/** Verbs of a server's row. */
export type ServerVerb = 'takeImage' | 'schedule' | 'rebuild' | 'delete';

interface Permission {
  /** The verb in words that a server can follow. */
  readonly doing: string;
  /** Returns the reason that the server's state gives against it. */
  readonly unless?: (live: LiveServer, person: Person) => string | undefined;
}

const permissions: Readonly<Record<ServerVerb, Permission>> = {
  takeImage: { doing: t('take an image of'), unless: refuseImage },
  schedule: {
    doing: t('schedule images of'),
    unless: ({ server: { image } }, { profile }) => {
      if (!profile.compute.schedulesImages) return notOffered(profile);
      return image === undefined ? t('It boots from a volume, and has no scheduled images.') : undefined;
    },
  },
  rebuild: {
    doing: t('rebuild'),
    unless: ({ server: { taskState } }) =>
      taskState === null ? undefined : t`It is busy (${taskState}). Wait until that has ended.`,
  },
  delete: { doing: t('delete') },
};

export const serverVerbs = Object.keys(permissions) as readonly ServerVerb[];

/** Returns why the person cannot do it to this server, in a sentence or two; nothing where the cloud lets them. */
export function forbidsServer(verb: ServerVerb, live: LiveServer, person: Person): string | undefined {
  const reason = reasonAgainst(verb, live, person);
  return reason && t`You cannot ${permissions[verb].doing} “${live.server.name}”. ${reason}`;
}

/** Returns why the person can create no server. */
export function forbidsServers(person: Person): string | undefined {
  const reason = lacksRole('servers', 'administer', person);
  return reason && t`You cannot create a server. ${reason}`;
}

/** Returns the verb in words that a server can follow. */
export function describeServerVerb(verb: ServerVerb): string {
  return permissions[verb].doing;
}

function reasonAgainst(verb: ServerVerb, live: LiveServer, person: Person): string | undefined {
  return lacksRole('servers', 'administer', person) ?? permissions[verb].unless?.(live, person);
}

/** The words in which the cloud would refuse an image of the server, whatever its name. */
function refuseImage({ server, flavor }: LiveServer, person: Person): string | undefined {
  const asked = { ...person, server: describeServer(server), ...(flavor ? { flavors: [flavor] } : {}) };
  return serverImageRefusals({ name: 'image' }, asked)[0]?.text;
}
