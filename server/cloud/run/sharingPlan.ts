import { asText, isObject, type Json, pointerTo } from '../../rules/json.ts';
import { answers } from '../../rules/service/answers.ts';
import type { Refusal } from '../../rules/service/changes.ts';
import { refuseMemberStatus, refuseShare, refuseUnshare } from '../../rules/service/sharing.ts';
import type { Image } from '../services/images.ts';
import type { Call, ImageState, PlanContext, PlanRefusal } from './calls.ts';

/** The calls to the exact set of accounts that an image manifest shares its image with. */
export interface SharingPlan {
  /** Taken away before the image itself changes. */
  readonly before: readonly Call[];
  /** Added behind, with what the manifest would have them answer. */
  readonly calls: readonly Call[];
  readonly members?: readonly string[];
  readonly refusals: readonly PlanRefusal[];
}

export function keepSharing({ members }: ImageState): SharingPlan {
  return { before: [], calls: [], refusals: [], ...(members ? { members } : {}) };
}

/** Also plans what is refused: such a plan is carried out only in a rehearsal, to hear the cloud say so. */
export function planSharing(
  members: Json,
  live: ImageState,
  after: Image,
  context: PlanContext,
): SharingPlan {
  const image = String(live.image.get('id') ?? '');
  if (!Array.isArray(members)) {
    const { status, text } = answers.memberForm();
    return {
      ...keepSharing(live),
      calls: [{ type: 'add-member', image, member: [members] }],
      refusals: [{ status, text, rule: 'share/member', pointer: '/members' }],
    };
  }
  const had = new Set(live.members);
  const wanted = members.map((item) => {
    const member = isObject(item) ? (item['member_id'] ?? null) : item;
    return typeof member === 'number' && member !== 0 ? String(member) : member; // as Glance keeps it
  });
  const asked = new Set(wanted);
  const removed = [...had].filter((member) => !asked.has(member));
  const sharing = { ...context, image: after };
  const refusals: PlanRefusal[] = [];
  const refuse = (refusal: Refusal | undefined, pointer: string): boolean => {
    if (refusal) refusals.push({ status: refusal.status, text: refusal.text, rule: refusal.rule, pointer });
    return refusal !== undefined;
  };
  if (removed.length > 0) refuse(refuseUnshare({ ...context, image: live.image }), '/members');
  const calls: Call[] = [];
  const shares = new Set([...had].filter((member) => asked.has(member)));
  const seen = new Set<Json>();
  for (const [at, member] of wanted.entries()) {
    const isThere = typeof member === 'string' && had.has(member) && !seen.has(member);
    seen.add(member);
    if (!isThere) {
      calls.push({ type: 'add-member', image, member });
      if (!refuse(refuseShare({ member }, shares, sharing), pointerTo('members', at)))
        shares.add(asText(member));
    }
    const item = members[at];
    const status = isObject(item) ? item['status'] : undefined;
    if (typeof member !== 'string' || status === undefined) continue;
    refuse(refuseMemberStatus({ status }, member, sharing), pointerTo('members', at, 'status'));
    calls.push({ type: 'answer-share', image, member, status });
  }
  return {
    before: removed.map((member): Call => ({ type: 'remove-member', image, member })),
    calls,
    members: [...shares],
    refusals,
  };
}
