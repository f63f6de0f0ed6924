import { createHash, randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cloudAnswer } from '../../rules/evaluate.ts';
import type { Caller, Profile } from '../../rules/profile/profile.ts';
import { judgeData } from '../../workspace/judge.ts';
import type { Cloud } from '../cloud.ts';
import type { Image } from '../services/images.ts';
import { unlessMissing } from '../session/errors.ts';
import { keptFolder, readKept, writeDurably } from './durable.ts';
import { continueTransfer, refuseImport, type Transfer, type TransferState } from './transfer.ts';
import { transferByData } from './transferByData.ts';

/** A transfer as its file keeps it, for the command line and the editor alike. */
export interface KeptTransfer extends TransferState {
  /** Of a transfer without tasks: the new image's id. */
  readonly newId: string;
}

/** A cloud, and what tells it from others: an emulator's data folder, or an address. */
export interface PlacedCloud {
  readonly cloud: Cloud;
  readonly place: string;
}

export interface TransferRequest {
  /** The image as it was named, which with the two places finds an earlier transfer again. */
  readonly name: string;
  /** Reads the image; not called where a transfer goes on. */
  image(): Promise<Image>;
  readonly source: PlacedCloud;
  readonly target: PlacedCloud;
  readonly container: string;
  readonly profile: Profile;
  readonly caller: Caller;
}

export interface PreparedTransfer {
  readonly path: string;
  readonly state: KeptTransfer;
  readonly source: Cloud;
  readonly target: Cloud;
  readonly profile: Profile;
  /** True where an earlier run had begun it. */
  readonly resumed: boolean;
  /** True where the image goes by export and import, not by its data. */
  readonly byTasks: boolean;
  /** What the cloud would refuse the export or the import for, in its words. */
  readonly refusal?: string;
}

/** A transfer that broke off; `state` is how far it got, and what another run goes on from. */
export class TransferStopped extends Error {
  readonly state: TransferState;

  constructor(state: TransferState, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.state = state;
  }
}

/** Finds the transfer that an earlier run had begun, or begins one: nothing is kept before it runs. Throws CloudError. */
export async function prepareTransfer(request: TransferRequest): Promise<PreparedTransfer> {
  const { source, target, container, profile } = request;
  const path = transferFile(request);
  const kept = readKept(path) as KeptTransfer | undefined;
  const byTasks = profile.offers.exportTask;
  const found = { path, source: source.cloud, target: target.cloud, profile, byTasks };
  if (kept) return { ...found, state: kept, resumed: true };
  const image = await request.image();
  const state: KeptTransfer = {
    version: 1,
    image: Object.fromEntries(image),
    from: source.cloud.region,
    to: target.cloud.region,
    account: source.cloud.session.account.id,
    container,
    step: 'export',
    newId: randomUUID(),
  };
  const refusal = byTasks ? await refuseTransfer(image, request) : undefined;
  return { ...found, state, resumed: false, ...(refusal === undefined ? {} : { refusal }) };
}

/** Goes on with a transfer to its end and forgets it; how far it is, is kept after each step. Throws TransferStopped. */
export async function runTransfer(
  { path, state: began, source, target, profile, byTasks }: PreparedTransfer,
  work: Omit<Transfer, 'save' | 'source' | 'target' | 'profile'> & {
    /** Called with every state that is kept. */
    readonly kept?: (state: TransferState) => void;
  },
): Promise<TransferState> {
  const { newId } = began;
  let latest: TransferState = began;
  const save = (state: TransferState): void => {
    latest = state;
    work.kept?.(state);
    writeDurably(path, { ...state, newId });
  };
  const transfer: Transfer = { ...work, source, target, profile, save };
  try {
    if (began.step === 'export') save(began);
    const done = byTasks
      ? await continueTransfer(began, transfer)
      : await transferByData(began, { file: path.replace(/json$/, 'data'), id: newId }, transfer);
    await rm(path, { force: true });
    return done;
  } catch (error) {
    throw new TransferStopped(latest, error);
  }
}

/** Names the file of a transfer's state: the same image (as it was named) between the same places finds it again. */
function transferFile({ name, source, target }: TransferRequest): string {
  const where = [source, target].map(({ cloud, place }) => [place, cloud.session.account.id, cloud.region]);
  const key = createHash('sha256')
    .update(JSON.stringify([name, where]))
    .digest('hex')
    .slice(0, 12);
  return join(
    keptFolder('transfers'),
    `${name.replaceAll(/[^\w.-]/g, '_').slice(0, 60)}-${source.cloud.region}-${target.cloud.region}-${key}.json`,
  );
}

async function refuseTransfer(
  image: Image,
  { source: { cloud }, caller, profile, container }: TransferRequest,
): Promise<string | undefined> {
  const id = String(image.get('id'));
  const data = { type: 'export', input: { image_uuid: id, receiving_swift_container: container } };
  const objects = (await unlessMissing(cloud.objects.list(container, id)))?.map((one) => one.name) ?? [];
  const facts = { profile, caller, image, container: { objects } };
  const answer = cloudAnswer(judgeData('export', data, facts))?.answer;
  if (answer) return 'task' in answer ? answer.task : `${answer.status} ${answer.text}`;
  return refuseImport(image, profile);
}
