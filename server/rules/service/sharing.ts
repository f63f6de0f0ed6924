import { isObject, type Json } from '../json.ts';
import { answers } from './answers.ts';
import { isWide } from './attributes.ts';
import { type ChangeContext, isCloudAdmin, type Refusal, refusal } from './changes.ts';

/** The requests about an image's members, for callers that see the image (others get 404). */

export interface Sharing extends ChangeContext {
  /** The image as the API shows it; what is absent is not known, and refuses nothing. */
  readonly image: ReadonlyMap<string, Json>;
}

/**
 * `POST …/members` with `body` `{"member": ACCOUNT}`; `members`: the accounts that it is shared with so far.
 * In Glance's order: the body (400), the image (403), the caller (403), a second time (409), the quota (413).
 */
export function refuseShare(body: Json, members: ReadonlySet<string>, sharing: Sharing): Refusal | undefined {
  const { image, profile } = sharing;
  const member = readMember(body);
  if (typeof member !== 'string') return member;
  if (sharing.forbidden) return sharing.forbidden;
  const none = refuseMembers(sharing);
  if (none) return none;
  if (!isOwner(sharing)) return refusal('share/owner', answers.memberOwner(), '');
  if (members.has(member))
    return refusal('share/duplicate', answers.memberTwice(member, idOf(image)), '/member');
  const { members: maximum } = profile.limits;
  if (members.size >= maximum)
    return refusal('share/count', answers.memberQuota(idOf(image), members.size + 1, maximum), '');
  return !profile.images.wideNames && isWide(member)
    ? refusal('share/member', answers.wideValue('member'), '/member')
    : undefined;
}

/** Every request about members, where the image's visibility lets it have none. */
export function refuseMembers({ image, profile }: Pick<Sharing, 'image' | 'profile'>): Refusal | undefined {
  const visibility = image.get('visibility');
  const { withoutMembers, visibilities } = profile.images;
  if (typeof visibility !== 'string' || !withoutMembers.includes(visibility)) return undefined;
  return visibilities.includes('shared')
    ? refusal('share/visibility', answers.memberOfUnshared(), '')
    : refusal('share/public', answers.memberOfPublic(), '');
}

/** `PUT …/members/MEMBER` with `{"status": …}`, for a member that exists: only the member itself decides. */
export function refuseMemberStatus(
  body: Json,
  member: string,
  { image, caller, profile, forbidden }: Sharing,
): Refusal | undefined {
  const unread = refuseStatusBody(body);
  if (unread) return unread;
  if (forbidden) return forbidden;
  const status = isObject(body) ? body['status'] : undefined;
  if (caller && caller.account !== member && !isCloudAdmin({ profile, caller })) {
    const owns = image.get('owner') === caller.account;
    return refusal('share/status', owns ? answers.memberStatusByOwner() : answers.memberUpdate(member), '');
  }
  return typeof status === 'string' && ['pending', 'accepted', 'rejected'].includes(status)
    ? undefined
    : refusal('share/status', answers.statusValue(), '/status');
}

/** What is read before any image is looked at. */
export function refuseStatusBody(body: Json): Refusal | undefined {
  return isObject(body) && body['status'] !== undefined
    ? undefined
    : refusal('share/status', answers.statusMissing(), '');
}

/** `DELETE …/members/MEMBER`: for the image's owner only. */
export function refuseUnshare(sharing: Sharing): Refusal | undefined {
  if (sharing.forbidden) return sharing.forbidden;
  return isOwner(sharing)
    ? undefined
    : refusal('share/owner', answers.memberRemoval(idOf(sharing.image)), '');
}

/** The account that a body of `POST …/members` names, a number as its digits; it is read before any image is looked at. */
export function readMember(body: Json): string | Refusal {
  if (!isObject(body)) return refusal('share/member', answers.memberForm(), '');
  const { member } = body;
  if (member === undefined) return refusal('share/member', answers.memberMissing(), '');
  if (member === null || member === '' || member === 0 || member === false)
    return refusal('share/member', answers.memberEmpty(), '/member');
  if (typeof member === 'object') return refusal('share/member', answers.memberForm(), '/member');
  return String(member === true ? 1 : member);
}

/** Why nobody means a member that Glance takes: numbers, which it keeps as texts, and blanks. */
export function doubtMember(member: Json): Refusal | undefined {
  if (typeof member === 'number' || member === true)
    return refusal('share/member', answers.memberForm(), '/member');
  return typeof member === 'string' && member.trim() === ''
    ? refusal('share/member', answers.memberEmpty(), '/member')
    : undefined;
}

/** Where the caller or the owner is not known, nothing is refused. */
function isOwner({ image, profile, caller }: Sharing): boolean {
  const owner = image.get('owner');
  return !caller || owner === undefined || owner === caller.account || isCloudAdmin({ profile, caller });
}

function idOf(image: ReadonlyMap<string, Json>): string {
  return String(image.get('id') ?? '');
}
