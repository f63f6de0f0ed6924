import type { Cloud } from '../server/cloud/connect.ts';
import { orNone } from '../server/cloud/errors.ts';
import type { Image } from '../server/cloud/images.ts';
import type { MemberStatus } from '../server/cloud/members.ts';
import type { Reader } from './live.ts';

/** An image that the user sees. */
export interface LiveImage {
  readonly image: Image;
  /** How the user's account has answered, where another account shares the image with it. */
  readonly answer?: MemberStatus;
}

/** Own and public images, and all that are shared with the account, whatever it has answered. */
export function imageReader(): Reader<LiveImage> {
  return {
    kind: 'image',
    all: async (cloud) => {
      const lists = await Promise.all([
        listed(cloud, {}, 'accepted'),
        listed(cloud, { visibility: 'shared', member_status: 'pending' }, 'pending'),
        listed(cloud, { visibility: 'shared', member_status: 'rejected' }, 'rejected'),
      ]);
      return new Map(lists.flat());
    },
    one: async (cloud, id) => {
      const image = await orNone(cloud.images.get(id));
      if (!image || !isForeign(cloud, image)) return image && { image };
      const member = await orNone(cloud.members.get(id, cloud.session.account.id));
      return member && { image, answer: member.status };
    },
  };
}

export function idOf(image: Image): string {
  return String(image.get('id') ?? '');
}

/** What is foreign in a list of those that are shared with the account in a status has that status. */
async function listed(
  cloud: Cloud,
  query: Readonly<Record<string, string>>,
  status: MemberStatus,
): Promise<[string, LiveImage][]> {
  const images: [string, LiveImage][] = [];
  for await (const page of cloud.images.list({ ...query, limit: '100' }))
    for (const image of page)
      images.push([idOf(image), isForeign(cloud, image) ? { image, answer: status } : { image }]);
  return images;
}

/** Neither the account's own nor everybody's. */
function isForeign({ session }: Cloud, image: Image): boolean {
  return image.get('owner') !== session.account.id && image.get('visibility') !== 'public';
}
