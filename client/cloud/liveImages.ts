import type { Cloud } from '../../server/cloud/cloud.ts';
import type { Image } from '../../server/cloud/services/images.ts';
import type { MemberStatus } from '../../server/cloud/services/members.ts';
import { orNone } from '../../server/cloud/session/errors.ts';
import { isCloudAdmin } from '../../server/rules/service/changes.ts';
import type { Context } from '../context.ts';
import type { Reader } from './live.ts';
import { personOf } from './permissions.ts';

/** An image that the user sees. */
export interface LiveImage {
  readonly image: Image;
  /** How the user's account has answered, where another account shares the image with it. */
  readonly answer?: MemberStatus;
  /** It is another account's, which does not share it with this one: the user sees it as administrator of the cloud. */
  readonly ofOthers?: true;
}

/** Own and public images, and all that are shared with the account, whatever it has answered; an administrator's are all. */
export function imageReader(needs: Pick<Context, 'connections' | 'emulator'>): Reader<LiveImage> {
  const seesAll = (): boolean => isCloudAdmin(personOf(needs));
  return {
    kind: 'image',
    all: async (cloud) => {
      if (seesAll()) return everyImage(cloud);
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
      if (seesAll()) return seenByAll(cloud, image);
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

/** Of the lists that members have, an administrator gets every shared image of the cloud, so each is asked about by itself. */
async function everyImage(cloud: Cloud): Promise<Map<string, LiveImage>> {
  const images = new Map<string, LiveImage>();
  for await (const page of cloud.images.list({ limit: '100' })) {
    const seen = await Promise.all(
      page.map((image) => (isForeign(cloud, image) ? seenByAll(cloud, image) : { image })),
    );
    for (const one of seen) images.set(idOf(one.image), one);
  }
  return images;
}

async function seenByAll({ members, session }: Cloud, image: Image): Promise<LiveImage> {
  const isShared = image.get('visibility') === 'shared';
  const member = isShared ? await orNone(members.get(idOf(image), session.account.id)) : undefined;
  return member ? { image, answer: member.status } : { image, ofOthers: true };
}

/** Neither the account's own nor everybody's. */
function isForeign({ session }: Cloud, image: Image): boolean {
  return image.get('owner') !== session.account.id && image.get('visibility') !== 'public';
}
