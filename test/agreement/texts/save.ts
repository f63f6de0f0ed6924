/** Saves the edited text of an opened image, as the editor's file system does. */
import { parseImage } from '../../../client/documents/imageText.ts';
import { makeCall } from '../../../server/cloud/run/call.ts';
import { isTagChange, planTagCalls } from '../../../server/cloud/run/imagePlan.ts';
import type { Image } from '../../../server/cloud/services/images.ts';
import { CloudError } from '../../../server/cloud/session/errors.ts';
import { profiles } from '../../../server/rules/profile/table.ts';
import { diff, merge } from '../../../server/rules/service/differences.ts';
import type { Run } from './run.ts';
import type { User, World } from './world.ts';

/** `base`: the image as it was opened. What both sides changed is asked about, and nothing is sent. */
export async function saveOpened(
  world: World,
  { cloud, caller }: User,
  base: Image,
  text: string,
): Promise<Run> {
  const mine = parseImage(text);
  if (!(mine instanceof Map)) return { unreadable: mine.problem };
  const id = String(base.get('id'));
  const done = { document: 0, step: 0 };
  try {
    const theirs = await cloud.images.get(id);
    const result = merge(base, mine, theirs);
    if ('conflicts' in result)
      return {
        answers: [{ ...done, notAsked: 'changed on both sides', isAskedAbout: true }],
        changed: false,
      };
    const operations = diff(theirs, result.merged);
    if (operations.length === 0) return { answers: [done], changed: false };
    if (isTagChange(operations, { profile: profiles[world.profile], caller }))
      for (const call of planTagCalls(id, theirs.get('tags'), operations[0]?.value))
        await makeCall(cloud, call);
    else await cloud.images.patch(id, operations);
    return { answers: [done], changed: true };
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    const { status, text: said, rule } = error;
    const refused = { status, text: said, ...(rule === undefined ? {} : { rule }) };
    return { answers: [{ ...done, refused }], changed: true };
  }
}
