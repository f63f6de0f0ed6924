import type { Caller, Profile } from '../../../../rules/profile/profile.ts';
import { ApiError } from '../../../kernel/apiError.ts';
import { isCloudAdmin } from '../../identity/permissions.ts';
import { always, type Condition, type Label } from './filters.ts';

/** Some of the images that a caller may list. The branches of one list have no image in common. */
export interface Branch {
  /** The source of the rows; the images are `i`. */
  readonly from: string;
  /** The condition that an index serves. */
  readonly where: Condition;
  /** The same, said of `i` alone. */
  readonly test: Condition;
  /** Further conditions on these images. */
  readonly more: Condition;
  /** The index that has these images in order of a sort key, created_at and id, by sort key. */
  readonly indexes: Readonly<Record<string, string | undefined>>;
  /** The labels that all of them share. */
  readonly labels: readonly Label[];
}

/** Splits a list by whose images it shows (SOURCES: glance §3, §5, rackspace §1.2). Throws 400. */
export function splitBranches(
  profile: Profile,
  caller: Caller,
  region: string,
  query: URLSearchParams,
): Branch[] {
  const { account } = caller;
  const status = readMemberStatus(query);
  const sharedWithMe =
    query.get('visibility') === 'shared' && !profile.images.visibilities.includes('shared');
  const visibility = sharedWithMe ? undefined : readVisibility(profile, query);
  const owner = query.get('owner');
  if (isCloudAdmin(profile, caller)) {
    if (owner !== null) return [owned(region, owner, visibility)];
    const shown = visibility ? [visibility] : ['public', 'community', 'private', 'shared'];
    return shown.map((one) => seen(region, one, always));
  }
  const others: Condition = { sql: 'i.owner IS NOT ?', values: [account] };
  // Community images show where their owner is named, or all are asked for.
  const everybodys =
    owner !== null || query.get('visibility') === 'all' ? ['public', 'community'] : ['public'];
  const mine = owned(region, account, visibility);
  const unseen = profile.images.visibilities.filter((one) => sharedWithMe || !everybodys.includes(one));
  const toMe = (status === 'all' ? ['accepted', 'pending', 'rejected'] : [status]).flatMap((sharing) =>
    (visibility ? [visibility] : unseen).map((one) => shared(region, account, sharing, one, others)),
  );
  if (sharedWithMe) return toMe;
  if (visibility === undefined) return [mine, ...everybodys.map((one) => seen(region, one, others)), ...toMe];
  if (visibility === 'public' || visibility === 'community') return [seen(region, visibility, always)];
  return [mine, ...toMe];
}

function readMemberStatus(query: URLSearchParams): string {
  const status = query.get('member_status') ?? 'accepted';
  if (!['accepted', 'pending', 'rejected', 'all'].includes(status))
    throw new ApiError('list/filter', `Invalid status: ${status}`);
  return status;
}

/** The visibility asked for; undefined where it is not narrowed to one. Rackspace's `shared` is not a visibility. */
function readVisibility(profile: Profile, query: URLSearchParams): string | undefined {
  const asked = query.get('visibility');
  if (asked === null) return undefined;
  if (!profile.images.visibilityFilters.includes(asked))
    throw new ApiError('list/filter', `Invalid visibility value: ${asked}`);
  return asked === 'all' ? undefined : asked;
}

function owned(region: string, owner: string, visibility: string | undefined): Branch {
  const where = { sql: 'i.region = ? AND i.owner = ?', values: [region, owner] };
  return {
    from: 'images i',
    where,
    test: where,
    more: is(visibility),
    indexes: {
      created_at: 'images_by_owner',
      updated_at: 'images_by_owner_updated',
      size: 'images_by_owner_size',
    },
    labels: [
      { table: 'images', of: [region, 'owner', owner] },
      ...(visibility === undefined
        ? []
        : [{ table: 'images', of: [region, 'visibility', visibility] } as const]),
    ],
  };
}

function seen(region: string, visibility: string, more: Condition): Branch {
  const where = { sql: 'i.region = ? AND i.visibility = ?', values: [region, visibility] };
  return {
    from: 'images i',
    where,
    test: where,
    more,
    indexes: {
      created_at: 'images_by_visibility',
      updated_at: 'images_by_visibility_updated',
      size: 'images_by_visibility_size',
    },
    labels: [{ table: 'images', of: [region, 'visibility', visibility] }],
  };
}

function shared(region: string, member: string, status: string, visibility: string, more: Condition): Branch {
  return {
    from: 'image_shares s CROSS JOIN images i ON i.key = s.image',
    where: {
      sql: 's.member = ? AND s.region = ? AND s.status = ? AND s.visibility = ?',
      values: [member, region, status, visibility],
    },
    test: {
      sql: `(i.region = ? AND i.visibility = ? AND EXISTS
        (SELECT 1 FROM image_members m WHERE m.image = i.key AND m.member = ? AND m.status = ?))`,
      values: [region, visibility, member, status],
    },
    more,
    indexes: {
      created_at: 'image_shares_by_created',
      updated_at: 'image_shares_by_updated',
      size: 'image_shares_by_size',
    },
    labels: [{ table: 'image_members', of: [member, status] }], // few beside those of a visibility
  };
}

function is(visibility: string | undefined): Condition {
  return visibility === undefined ? always : { sql: 'i.visibility = ?', values: [visibility] };
}
