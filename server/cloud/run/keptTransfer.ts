import { createHash, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { cloudAnswer } from '../../rules/evaluate.ts';
import type { Caller, Profile } from '../../rules/rule.ts';
import type { Cloud } from '../cloud.ts';
import type { Image } from '../services/images.ts';
import { orNone } from '../session/errors.ts';
import { keepingPlace } from './durable.ts';
import type { Ports } from './run.ts';
import { refuseTransfer, type TransferState } from './transfer.ts';

/** A transfer as its file keeps it, for the command line and the editor alike. */
export interface KeptTransfer extends TransferState {
  /** Of a transfer without tasks: the new image's id. */
  readonly newId: string;
}

export function beginTransfer(image: Image, source: Cloud, target: Cloud, container: string): KeptTransfer {
  return {
    version: 1,
    image: Object.fromEntries(image),
    from: source.region,
    to: target.region,
    account: source.session.account.id,
    container,
    step: 'export',
    newId: randomUUID(),
  };
}

/** A cloud, and what tells it from others: an emulator's data folder, or an address. */
export interface PlacedCloud {
  readonly cloud: Cloud;
  readonly place: string;
}

/** Where a transfer's state is kept: the same image (as it was named) between the same places finds the same file. */
export function transferFile(name: string, source: PlacedCloud, target: PlacedCloud): string {
  const where = [source, target].map(({ cloud, place }) => [place, cloud.session.account.id, cloud.region]);
  const key = createHash('sha256')
    .update(JSON.stringify([name, where]))
    .digest('hex')
    .slice(0, 12);
  return join(
    keepingPlace('transfers'),
    `${name.replaceAll(/[^\w.-]/g, '_').slice(0, 60)}-${source.cloud.region}-${target.cloud.region}-${key}.json`,
  );
}

/** What the cloud would refuse the export or the import for, in its words. Throws CloudError. */
export async function refuseTransferOf(
  image: Image,
  { cloud, caller }: { readonly cloud: Cloud; readonly caller: Caller },
  { profile, container, judge }: { profile: Profile; container: string; judge: Ports['judge'] },
): Promise<string | undefined> {
  const id = String(image.get('id'));
  const data = { type: 'export', input: { image_uuid: id, receiving_swift_container: container } };
  const objects = (await orNone(cloud.objects.list(container, id)))?.map((one) => one.name) ?? [];
  const answer = cloudAnswer(
    judge('export', data, { profile, caller, image, container: { objects } }),
  )?.answer;
  if (answer) return 'task' in answer ? answer.task : `${answer.status} ${answer.text}`;
  return refuseTransfer(image, profile);
}
