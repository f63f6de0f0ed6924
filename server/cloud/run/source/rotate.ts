import { asText } from '../../../rules/json.ts';
import { isReplaced, nameReplaced, type Rotation } from '../../../rules/source/rotation.ts';
import type { Cloud } from '../../cloud.ts';
import type { Image } from '../../services/images.ts';
import type { ImageState, PlanContext } from '../calls.ts';
import { type ImagePlan, planDeletion, planImage } from '../imagePlan.ts';

/**
 * Plans what becomes of replaced images: each is renamed after the day it was made, and hidden; the oldest beyond those that
 * stay are deleted, which no undo brings back. Throws CloudError.
 */
export async function planRotation(
  rotation: Rotation,
  name: string,
  replaced: readonly ImageState[],
  cloud: Cloud,
  context: PlanContext,
): Promise<ImagePlan[]> {
  const hidden = replaced.map((live) => {
    const renamed = nameReplaced(rotation, name, asText(live.image.get('created_at') ?? ''));
    const plan = planImage({ name: renamed, os_hidden: true }, live, context);
    return {
      ...plan,
      notes: ['Replaced: it stays usable by its id. Undo renames and shows it again.', ...plan.notes],
    };
  });
  const { keep } = rotation;
  if (keep === undefined) return hidden;
  const before: ImageState[] = (await listReplaced(rotation, name, cloud, context)).map((image) => ({
    image,
  }));
  const all = [...replaced, ...before].sort((one, other) =>
    madeAt(one.image) < madeAt(other.image) ? 1 : madeAt(one.image) > madeAt(other.image) ? -1 : 0,
  );
  const excess = all.slice(keep);
  // What has just been replaced is kept whatever its age: it is what an undo brings back.
  const oldest = excess.filter(({ image }) => !replaced.some((one) => one.image === image));
  const kept = oldest.filter(({ image }) => image.get('protected') === true);
  const deletions = oldest
    .filter((live) => !kept.includes(live))
    .map((live) => {
      const plan = planDeletion(live, context);
      return { ...plan, notes: [`More than ${keep} replaced images would stay.`, ...plan.notes] };
    });
  const [last] = hidden.slice(-1);
  if (last && kept.length > 0) {
    const ids = kept.map(({ image }) => asText(image.get('id'))).join(', ');
    hidden[hidden.length - 1] = {
      ...last,
      notes: [...last.notes, `Kept beyond ${keep}, since they are protected: ${ids}.`],
    };
  }
  return [...hidden, ...deletions];
}

/** Lists the account's hidden images that earlier rotations have replaced. */
async function listReplaced(
  rotation: Rotation,
  name: string,
  cloud: Cloud,
  { caller }: PlanContext,
): Promise<Image[]> {
  const found: Image[] = [];
  for await (const page of cloud.images.list({ owner: caller.account, os_hidden: 'true' }))
    for (const image of page)
      if (
        image.get('owner') === caller.account &&
        isReplaced(rotation, name, asText(image.get('name') ?? ''))
      )
        found.push(image);
  return found;
}

function madeAt(image: Image): string {
  return asText(image.get('created_at') ?? '');
}
