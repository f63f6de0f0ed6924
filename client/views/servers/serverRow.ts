import { t } from '@vscode/l10n';
import type { Image } from '../../../server/cloud/services/images.ts';
import type { Server } from '../../../server/cloud/services/servers.ts';
import { isCaptured } from '../../../server/rules/service/imagingTime.ts';
import { readName } from '../../cloud/permissions.ts';
import type { LiveServer } from '../../cloud/serverCollection.ts';

/** A server as one row: name · state · flavor · `origin`; and the same as a screen reader says it. */
export function serverRow(
  live: LiveServer,
  origin?: string,
): { label: string; parts: readonly string[]; spoken: string } {
  const { server, flavor } = live;
  const label = server.name || server.id;
  const parts = [
    describeStatus(server),
    describeTask(live),
    flavor?.name ?? server.flavor,
    origin ?? '',
    server.fault ?? '',
  ].filter((part) => part !== '');
  return { label, parts, spoken: [label, ...parts].join(', ') };
}

/** Names what a server was built of; `image`: its image, where it is still seen. */
export function describeOrigin({ server }: LiveServer, image: Image | undefined): string {
  if (server.image === undefined) return t('boots from a volume');
  return image ? readName(image) : t('its image is not here any more');
}

function describeStatus({ status, progress }: Server): string {
  return progress !== undefined && progress > 0 && progress < 100 ? `${status} ${progress} %` : status;
}

/** Says what is done to a server. Once its disk is captured, what was stopped for the image may start again. */
function describeTask({ server: { taskState }, ahead }: LiveServer): string {
  if (taskState === null) return '';
  if (taskState === 'image_snapshot_pending')
    return ahead === undefined ? t('imaging: waiting') : t`imaging: waiting (${ahead} ahead)`;
  return phases[taskState] ?? taskState.replaceAll('_', ' ');
}

/** Tells whether the disk of a server that is imaged has been captured. */
export function isSafe({ server: { taskState } }: LiveServer): boolean {
  return isCaptured(taskState);
}

const safe = t('safe to restart the database');
/** As the image proxy counts them: queued, saving, active (SOURCES: rackspace §1.3). */
const phases: Readonly<Record<string, string>> = {
  image_snapshot: t('imaging: coalescing 25 %'),
  image_pending_upload: t`imaging: saving 50 %, ${safe}`,
  image_uploading: t`imaging: uploading 50 %, ${safe}`,
};
