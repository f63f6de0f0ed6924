import { isObject } from '../../../rules/json.ts';
import { serverOf } from '../../../rules/service/imageReferences.ts';
import { isCaptured } from '../../../rules/service/imagingTime.ts';
import type { Cloud } from '../../cloud.ts';
import type { EmulatorControl } from '../../services/emulatorControl.ts';
import type { Server } from '../../services/servers.ts';
import { unlessMissing } from '../../session/errors.ts';
import type { Undo } from '../imagePlan.ts';
import { pause, type Waiting } from '../waiting.ts';
import { guestChanges, type ServerStep } from './plan.ts';

/** What became of a step about servers. */
export interface ServerOutcome {
  readonly refused?: { readonly status: number; readonly text: string; readonly what: string };
  /** The id of what was made. */
  readonly result?: string;
  readonly interrupted?: string;
}

export interface Surroundings {
  readonly cloud: Cloud;
  readonly waiting: Waiting;
  readonly control?: Pick<EmulatorControl, 'changeDisk'> | undefined;
  /** Keeps how to take back what was just asked for. */
  keep(undo: Undo): void;
}

/** Builds a server, and waits until it stands. Throws CloudError. */
export async function buildServer(
  { body }: Extract<ServerStep, { type: 'server' }>,
  { cloud: { servers }, waiting, keep }: Surroundings,
): Promise<ServerOutcome> {
  const id = await servers.create(body);
  keep({ server: id, name: String(serverOf(body)['name']), delete: true });
  const server = await unlessStopped(
    waitForServer(servers, id, ({ status }) => status !== 'BUILD', waiting),
    waiting,
  );
  if (!server) return { interrupted: `its server ${id} continues to be built` };
  return server.status === 'ERROR' ? describeFailure('the build fails', server.fault) : { result: id };
}

/** Takes an image of a server, and waits until it is active and the server is free again. Throws CloudError. */
export async function takeImage(
  { part, server }: Extract<ServerStep, { type: 'server-image' }>,
  { cloud, control, waiting, keep }: Surroundings,
): Promise<ServerOutcome> {
  const { data } = part;
  if (server === undefined) throw new Error('The image has no server.');
  const { images, servers } = cloud;
  if (control) for (const one of guestChanges(part)) await control.changeDisk(cloud.region, server, one);
  const image = await servers.createImage(server, (isObject(data) && data['createImage']) || null);
  keep({ image, delete: true });
  const status = await unlessStopped(waitForImage(cloud, server, image, waiting), waiting);
  if (status === undefined) return { interrupted: `its image ${image} continues to be made` };
  if (status === 'active') return { result: image };
  const told = await unlessMissing(servers.lastMessage(server, 'createImage'));
  if (status !== 'gone') await unlessMissing(images.delete(image)); // it is of no use to anybody
  return describeFailure('the imaging fails', told);
}

/** Deletes a server, and waits until it is gone unless a person has stopped that. Throws CloudError. */
export async function deleteServer(
  { servers }: Pick<Cloud, 'servers'>,
  id: string,
  waiting: Waiting,
): Promise<void> {
  await unlessMissing(servers.delete(id));
  if (waiting.signal?.aborted) return;
  await unlessMissing(waitForServer(servers, id, ({ status }) => status === 'DELETED', waiting));
}

export function describeFailure(what: string, told: string | undefined): ServerOutcome {
  return { refused: { status: 0, text: told ?? 'The cloud does not say why.', what } };
}

/** Answers undefined where a person does not wait for the end. */
export async function unlessStopped<T>(work: Promise<T>, { signal }: Waiting): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (signal?.aborted) return undefined;
    throw error;
  }
}

/** Milliseconds between two looks at a server: what OpenStack's own clients leave. */
const serverInterval = 5000;

/** Waits until a server is as wanted. Throws CloudError, and the signal's reason. */
export async function waitForServer(
  servers: Cloud['servers'],
  id: string,
  isDone: (server: Server) => boolean,
  waiting: Waiting,
): Promise<Server> {
  let said = '';
  for (;;) {
    const server = await servers.get(id, waiting.signal);
    said = tell('server', id, describe(server), said, waiting);
    if (isDone(server)) return server;
    await pause({ ...waiting, interval: Math.min(waiting.interval, serverInterval) });
  }
}

/** Waits until an image is made, or is not; `gone`: the cloud has removed it. */
async function waitForImage(
  { servers, images }: Cloud,
  server: string,
  image: string,
  waiting: Waiting,
): Promise<string> {
  let said = '';
  for (;;) {
    const imaged = await unlessMissing(servers.get(server, waiting.signal));
    if (imaged) said = tell('image', image, describe(imaged), said, waiting);
    if (!imaged?.taskState?.startsWith('image_')) {
      const status = String(
        (await unlessMissing(images.get(image, waiting.signal)))?.get('status') ?? 'gone',
      );
      if (status !== 'queued' && status !== 'saving') return status;
    }
    await pause({ ...waiting, interval: Math.min(waiting.interval, serverInterval) });
  }
}

function tell(type: string, id: string, status: string, before: string, { changed }: Waiting): string {
  if (status !== before) changed?.({ id, type, status });
  return status;
}

/** Once the disk is read a database that was stopped for it may start again. */
function describe({ status, taskState }: Server): string {
  if (taskState === null) return status;
  return isCaptured(taskState) ? `${taskState}, safe to restart a database` : taskState;
}
