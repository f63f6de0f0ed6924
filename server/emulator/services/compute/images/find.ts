import type { JsonObject } from '../../../../rules/json.ts';
import type { Caller } from '../../../../rules/profile/profile.ts';
import { permits } from '../../../../rules/profile/propertyProtection.ts';
import type { ChangeContext } from '../../../../rules/service/changes.ts';
import { refuseForeign, refuseRole } from '../../../../rules/service/changes.ts';
import type { ImageView } from '../../../../rules/service/patchBody.ts';
import { ApiError } from '../../../kernel/apiError.ts';
import type { EmulatorContext } from '../../context.ts';
import { canSee } from '../../images/access.ts';
import type { ImageRow } from '../../images/view.ts';
import type { ComputeRequest } from '../api/compute.ts';
import { listProperties } from './view.ts';

/** The image that a path names. Throws 404 where the caller does not see it. */
export function findImage(context: EmulatorContext, { region, caller, param }: ComputeRequest): ImageRow {
  const row = context.images.find(region, param('id'));
  const refused = refuseRole(context.profile, caller, 'read', 'get_image');
  if (!row || refused || !canSee(context, caller, row))
    throw new ApiError('image/visible', 'Image not found.', { status: 404 });
  return row;
}

/** Throws 403, with this text, where the image is another's or the caller's roles do not let them change images. */
export function requireOwn({ profile }: EmulatorContext, row: ImageRow, caller: Caller, text: string): void {
  const refused =
    refuseRole(profile, caller, 'administer', 'modify_image') ??
    refuseForeign(row.owner, 'modify', { profile, caller });
  if (refused) throw new ApiError(refused.rule, text, { status: 403 });
}

/**
 * What properties are changed with: Nova's own token goes along with the caller's, so that a property that is protected
 * for administrators is open to everybody here (SOURCES: nova §8). At Rackspace protected ones stay so.
 */
export function throughNova({ profile }: EmulatorContext, caller: Caller): ChangeContext {
  return { profile, caller: { ...caller, roles: [...caller.roles, 'admin'] } };
}

/** The custom properties that the caller reads through Nova. */
export function readMetadata(context: EmulatorContext, view: ImageView, caller: Caller): JsonObject {
  const reading = throughNova(context, caller);
  return Object.fromEntries(listProperties(view).filter(([name]) => permits(reading, name, 'read')));
}
