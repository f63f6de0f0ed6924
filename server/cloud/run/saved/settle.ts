import { asText, type Json, pointerTo } from '../../../rules/json.ts';
import { sameValue } from '../../../rules/service/differences.ts';
import type { Cloud } from '../../cloud.ts';
import type { Image } from '../../services/images.ts';
import { unlessMissing } from '../../session/errors.ts';
import type { Call } from '../calls.ts';
import { type Performed, toFailure } from '../perform.ts';
import { refusalText } from '../show.ts';
import type { Ports, Step } from '../steps.ts';
import { findTaskSince, waitForTask } from '../waiting.ts';
import { taskInput } from './taskInput.ts';

/** Whether a call was made whose answer nobody heard: its result if so. `unclear` says why that cannot be told. */
export type Settled = 'to be made' | Performed | { readonly unclear: string };

/** Finds out what became of a call that was sent before the process ended. `step` has that one call. Throws CloudError. */
export async function settleCall(
  step: Step,
  { ports: { cloud, waiting } }: { readonly ports: Pick<Ports, 'cloud' | 'waiting'> },
  tasks: readonly string[],
): Promise<Settled> {
  if (step.type === 'change') {
    const [call] = step.plan.calls;
    return call ? settleChange(call, step.plan.differences, cloud) : 'to be made';
  }
  if (step.type === 'export' || (step.type === 'import' && step.part.profile.offers.importTask)) {
    const found = await findTaskSince(cloud.tasks, step.type, taskInput(step), tasks);
    if (!found) return 'to be made';
    const task = await waitForTask(cloud.tasks, found.id, waiting);
    const { result } = task;
    const made = step.type === 'import' ? result?.['image_id'] : result?.['export_location'];
    if (typeof made !== 'string') return { unclear: refusalText(toFailure(task)) };
    return { result: made, ...(step.type === 'import' ? { undo: { image: made, delete: true } } : {}) };
  }
  const what = step.type === 'server' ? 'server' : 'image';
  return {
    unclear: `its ${what} was asked for, and whether the cloud has begun it cannot be told. Look for it, delete it where it is there, and take back what was done`,
  };
}

async function settleChange(
  call: Call,
  differences: Extract<Step, { type: 'change' }>['plan']['differences'],
  { images, members }: Cloud,
): Promise<Settled> {
  const image = await unlessMissing(images.get(call.image));
  const madeIf = (isMade: boolean): Settled => (isMade ? { result: call.image } : 'to be made');
  if (call.type === 'delete') return madeIf(!image);
  if (call.type === 'create') return madeIf(image !== undefined);
  if (!image) return { unclear: `the image ${call.image} is gone` };
  const tags = image.get('tags');
  if (call.type === 'add-tag' || call.type === 'remove-tag')
    return madeIf((Array.isArray(tags) && tags.includes(call.tag)) === (call.type === 'add-tag'));
  if (call.type === 'add-member' || call.type === 'remove-member') {
    const has = (await members.list(call.image)).some(({ account }) => account === call.member);
    return madeIf(has === (call.type === 'add-member'));
  }
  if (call.type === 'fill') return settleFill(image);
  if (call.type !== 'patch') return 'to be made'; // to answer a share again changes nothing
  const patched = differences.filter(({ name }) => name !== 'members' && isPatched(call.body, name));
  return madeIf(
    patched.length > 0 &&
      patched.every(({ name, new: wanted }) =>
        wanted === undefined ? !image.has(name) : sameValue(name, image.get(name) ?? null, wanted),
      ),
  );
}

function isPatched(body: Json, name: string): boolean {
  return JSON.stringify(body).includes(JSON.stringify(pointerTo(name)));
}

/** Bytes that come again go on from any of these; `fillImage` looks at what is there. */
function settleFill(image: Image): Settled {
  const status = asText(image.get('status') ?? '');
  if (['queued', 'importing', 'active'].includes(status)) return 'to be made';
  return {
    unclear: `its image is ${status}, with bytes of the run that broke off. Take back what was done, and plan again`,
  };
}
