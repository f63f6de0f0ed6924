import { isObject, type Json } from '../../rules/json.ts';
import { addressPart } from '../session/address.ts';
import type { Session } from '../session/session.ts';
import { asObject } from './images.ts';

/** `pending` until the account with which an image is shared has answered. It steers lists alone: the image shows and boots in each. */
export type MemberStatus = 'pending' | 'accepted' | 'rejected';

/** An account with which an image is shared (SOURCES: rackspace §1.6). */
export interface Member {
  readonly account: string;
  readonly status: MemberStatus;
}

/** The members of images. Everything throws CloudError. */
export interface Members {
  /** All of them for the image's owner; for a member, itself. */
  list(image: string, signal?: AbortSignal): Promise<Member[]>;
  get(image: string, account: string, signal?: AbortSignal): Promise<Member>;
  /** For the owner. */
  add(image: string, account: string): Promise<Member>;
  /** For the owner; the account sees the image no longer. */
  remove(image: string, account: string): Promise<void>;
  /** For the session's own account, with which the image is shared. */
  answer(image: string, status: MemberStatus): Promise<Member>;
}

export function openMembers(session: Session, base: string): Members {
  const list = (image: string): string => `${base}/images/${addressPart(image)}/members`;
  const address = (image: string, account: string): string => `${list(image)}/${addressPart(account)}`;
  return {
    list: async (image, signal) => {
      const { members } = asObject(await session.json(list(image), { signal }));
      return Array.isArray(members) ? members.filter(isObject).map(memberOf) : [];
    },
    get: async (image, account, signal) => memberOf(await session.json(address(image, account), { signal })),
    add: async (image, account) =>
      memberOf(await session.json(list(image), { method: 'POST', json: { member: account } })),
    remove: async (image, account) => {
      await (await session.send(address(image, account), { method: 'DELETE' })).body?.cancel();
    },
    answer: async (image, status) => {
      const url = address(image, session.account.id);
      return memberOf(await session.json(url, { method: 'PUT', json: { status } }));
    },
  };
}

function memberOf(body: Json): Member {
  const { member_id: account, status } = asObject(body);
  return {
    account: String(account ?? ''),
    status: status === 'accepted' || status === 'rejected' ? status : 'pending',
  };
}
