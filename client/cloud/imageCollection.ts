import type { Cloud } from '../../server/cloud/cloud.ts';
import type { Image } from '../../server/cloud/services/images.ts';
import type { MemberStatus } from '../../server/cloud/services/members.ts';
import { unlessMissing } from '../../server/cloud/session/errors.ts';
import { isCloudAdmin } from '../../server/rules/service/changes.ts';
import type { Reader } from './collection.ts';

/** An image that the user sees. */
export interface LiveImage {
  readonly image: Image;
  /** How the user's account has answered, where another account shares the image with it. */
  readonly answer?: MemberStatus;
  /** It is another account's, which does not share it with this one: the user sees it as administrator of the cloud. */
  readonly ofOthers?: true;
}

/** Own and public images, and all that are shared with the account, whatever it has answered; an administrator's are all. */
export const imageReader: Reader<LiveImage> = {
  kind: 'image',
  readAll: async ({ cloud, ...person }) => {
    if (isCloudAdmin(person)) return readEvery(cloud);
    const lists = await Promise.all([
      readList(cloud, {}, 'accepted'),
      readList(cloud, { visibility: 'shared', member_status: 'pending' }, 'pending'),
      readList(cloud, { visibility: 'shared', member_status: 'rejected' }, 'rejected'),
    ]);
    return new Map(lists.flat());
  },
  readOne: async ({ cloud, ...person }, id) => {
    const image = await unlessMissing(cloud.images.get(id));
    if (!image || !isForeign(cloud, image)) return image && { image };
    if (isCloudAdmin(person)) return readAnswer(cloud, image);
    const member = await unlessMissing(cloud.members.get(id, cloud.session.account.id));
    return member && { image, answer: member.status };
  },
};

export function readId(image: Image): string {
  return String(image.get('id') ?? '');
}

/** Lists images; `status` is the answer to those of them that are other accounts'. */
async function readList(
  cloud: Cloud,
  query: Readonly<Record<string, string>>,
  status: MemberStatus,
): Promise<[string, LiveImage][]> {
  const images: [string, LiveImage][] = [];
  for await (const page of cloud.images.list({ ...query, limit: '100' }))
    for (const image of page)
      images.push([readId(image), isForeign(cloud, image) ? { image, answer: status } : { image }]);
  return images;
}

/** Reads every image of the cloud and each answer on its own, since lists by answer hold all shared images for an administrator. */
async function readEvery(cloud: Cloud): Promise<Map<string, LiveImage>> {
  const images = new Map<string, LiveImage>();
  for await (const page of cloud.images.list({ limit: '100' })) {
    const seen = await Promise.all(
      page.map((image) => (isForeign(cloud, image) ? readAnswer(cloud, image) : { image })),
    );
    for (const one of seen) images.set(readId(one.image), one);
  }
  return images;
}

async function readAnswer({ members, session }: Cloud, image: Image): Promise<LiveImage> {
  const isShared = image.get('visibility') === 'shared';
  const member = isShared ? await unlessMissing(members.get(readId(image), session.account.id)) : undefined;
  return member ? { image, answer: member.status } : { image, ofOthers: true };
}

/** Checks that an image is neither the account's own nor public. */
function isForeign({ session }: Cloud, image: Image): boolean {
  return image.get('owner') !== session.account.id && image.get('visibility') !== 'public';
}
