import { countBuildable, type ServerAmounts } from '../../../../rules/service/serverQuota.ts';
import { toApiError } from '../../../kernel/apiError.ts';

/**
 * Tells how many servers may be built, from `min` to `max`, where `max` of them want this much. Throws 403 in Nova's words
 * where they are fewer than `min`.
 */
export function requireBuildable(
  limits: ServerAmounts,
  used: ServerAmounts,
  wanted: ServerAmounts,
  counts: { readonly min: number; readonly max: number },
): number {
  const found = countBuildable(limits, used, wanted, counts);
  if (typeof found === 'number') return found;
  throw toApiError({ rule: 'server/quota', ...found });
}
