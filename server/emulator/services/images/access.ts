import type { Caller, Profile } from '../../../rules/profile/profile.ts';
import { answers } from '../../../rules/service/answers.ts';
import { refuseForeign } from '../../../rules/service/changes.ts';
import { ApiError, toApiError } from '../../kernel/apiError.ts';
import { isCloudAdmin } from '../identity/permissions.ts';
import type { Images } from './records.ts';
import type { Asking } from './requests.ts';
import type { ImageRow } from './view.ts';

/** An image that the caller may see; otherwise 404, as if there were none. A member sees it in every status. */
export function findVisibleImage(
  images: Images,
  profile: Profile,
  caller: Caller,
  region: string,
  id: string,
  missing = answers.noImage(id).text,
): ImageRow {
  const row = images.find(region, id);
  if (!row || !canSee({ images, profile }, caller, row))
    throw toApiError({ rule: 'image/visible', status: 404, text: missing });
  return row;
}

export function canSee(
  { images, profile }: { images: Images; profile: Profile },
  caller: Caller,
  row: ImageRow,
): boolean {
  return (
    row.owner === caller.account ||
    row.visibility === 'public' ||
    row.visibility === 'community' ||
    isCloudAdmin(profile, caller) ||
    images.member(row.key, caller.account) !== undefined
  );
}

/** An image that the caller may change: 404 where it is not seen, 403 where the roles do not allow it or it is another's. */
export function findOwnImage(
  images: Images,
  profile: Profile,
  { caller, forbidden }: Pick<Asking, 'caller' | 'forbidden'>,
  region: string,
  id: string,
  verb: 'modify' | 'delete',
): ImageRow {
  const missing = verb === 'delete' ? `Failed to find image ${id} to delete` : undefined;
  const row = findVisibleImage(images, profile, caller, region, id, missing);
  const refused = forbidden ?? refuseForeign(row.owner, verb, { profile, caller });
  if (refused) throw toApiError(refused);
  return row;
}

/** Throws 403 where the image is protected. */
export function refuseProtected({ id, protected: isProtected }: Pick<ImageRow, 'id' | 'protected'>): void {
  if (isProtected === 1)
    throw new ApiError('image/protected', `Image ${id} is protected and cannot be deleted.`);
}
