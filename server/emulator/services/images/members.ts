import type { Json, JsonObject } from '../../../rules/json.ts';
import type { Caller } from '../../../rules/profile/profile.ts';
import {
  readMember,
  refuseMemberStatus,
  refuseMembers,
  refuseShare,
  refuseStatusBody,
  refuseUnshare,
  type Sharing,
} from '../../../rules/service/sharing.ts';
import { ApiError, toApiError } from '../../kernel/apiError.ts';
import { findObject, readJson } from '../../kernel/body.ts';
import { seconds } from '../../kernel/clock.ts';
import { readParam } from '../../kernel/request.ts';
import type { Routes } from '../../kernel/routes.ts';
import type { EmulatorContext } from '../context.ts';
import { isCloudAdmin } from '../identity/permissions.ts';
import { findVisibleImage } from './access.ts';
import type { MemberRow } from './records.ts';
import { type Asking, allow, identify } from './requests.ts';
import { type ImageRow, viewOf } from './view.ts';

/** Lists, adds and removes the accounts that an image is shared with (SOURCES: rackspace §1.6, glance §7). The rules refuse. */
export function memberRoutes(routes: Routes, context: EmulatorContext): void {
  // Long, since it is a table of routes that share a few readers.
  const { images, profile, store } = context;
  const shown = (caller: Caller, region: string, id: string) => {
    const row = findVisibleImage(images, profile, caller, region, id);
    requireMembers(context, row);
    const seesAll = row.owner === caller.account || isCloudAdmin(profile, caller);
    return images.members(row.key).filter(({ member }) => seesAll || member === caller.account);
  };
  /** Inside `store.write`. */
  const about = ({ caller, forbidden }: Asking, region: string, id: string) => {
    const row = findVisibleImage(images, profile, caller, region, id);
    const image = viewOf(row, new Map(), [], profile);
    return { row, sharing: { profile, caller, image, forbidden } satisfies Sharing };
  };

  for (const region of context.regions) {
    const base = `/${region}/image/v2/images/:id/members`;
    routes.on('GET', base, (request) => {
      const { caller } = allow(context, request, 'read', 'get_members');
      const id = readParam(request, 'id');
      const members = shown(caller, region, id).map((row) => renderMember(id, row));
      return { members, schema: '/v2/schemas/members' };
    });
    routes.on('GET', `${base}/:member`, (request) => {
      const { caller } = allow(context, request, 'read', 'get_member');
      const id = readParam(request, 'id');
      const found = shown(caller, region, id).find(({ member }) => member === readParam(request, 'member'));
      if (!found) throw noMember(id, readParam(request, 'member'));
      return renderMember(id, found);
    });
    routes.on('POST', base, async (request, reply) => {
      const asking = identify(context, request, 'share', 'add_member');
      const id = readParam(request, 'id');
      const body: Json = await readJson(request);
      const named = readMember(body);
      if (typeof named !== 'string') throw toApiError(named);
      const view = await store.write(() => {
        const { row, sharing } = about(asking, region, id);
        const members = new Set(images.members(row.key).map(({ member }) => member));
        const refused = refuseShare(body, members, sharing);
        if (refused) throw toApiError(refused);
        // As it was sent, though it is kept as a text.
        const { member } = findObject(body);
        return { ...renderMember(id, images.addMember(row, named)), member_id: member ?? named };
      });
      return reply.send(view);
    });
    routes.on('PUT', `${base}/:member`, async (request, reply) => {
      const asking = identify(context, request, 'administer', 'modify_member');
      const id = readParam(request, 'id');
      const member = readParam(request, 'member');
      const body: Json = await readJson(request);
      const unread = refuseStatusBody(body);
      if (unread) throw toApiError(unread);
      const view = await store.write(() => {
        const { row, sharing } = about(asking, region, id);
        requireMembers(context, row);
        const refused = refuseMemberStatus(body, member, sharing);
        if (refused) throw toApiError(refused);
        if (images.member(row.key, member) === undefined) throw noMember(id, member);
        return renderMember(id, images.setMember(row, member, String(findObject(body)['status'])));
      });
      return reply.send(view);
    });
    routes.on('DELETE', `${base}/:member`, async (request, reply) => {
      const asking = identify(context, request, 'administer', 'delete_member');
      const id = readParam(request, 'id');
      const member = readParam(request, 'member');
      await store.free(() => {
        const { row, sharing } = about(asking, region, id);
        requireMembers(context, row);
        const refused = refuseUnshare(sharing);
        if (refused) throw toApiError(refused);
        if (images.member(row.key, member) === undefined) throw noMember(id, member);
        images.removeMember(row, member);
      });
      return reply.code(204).send();
    });
  }
}

/** Throws 403 for an image that, by its visibility, has no members. */
function requireMembers({ profile }: EmulatorContext, { visibility }: ImageRow): void {
  const refused = refuseMembers({ profile, image: new Map([['visibility', visibility]]) });
  if (refused) throw toApiError(refused);
}

function renderMember(image: string, { member, status, created, updated }: MemberRow): JsonObject {
  return {
    member_id: member,
    image_id: image,
    status,
    created_at: seconds(created),
    updated_at: seconds(updated),
    schema: '/v2/schemas/member',
  };
}

function noMember(image: string, member: string): ApiError {
  return new ApiError('image/member', `${member} not found in the member list of the image ${image}.`);
}
