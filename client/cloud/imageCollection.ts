import type { Cloud } from '../../server/cloud/cloud.ts';
import type { Image } from '../../server/cloud/services/images.ts';
import type { MemberStatus } from '../../server/cloud/services/members.ts';
import { unlessMissing } from '../../server/cloud/session/errors.ts';
import { isCloudAdmin } from '../../server/rules/service/changes.ts';
import type { Reader } from './collection.ts';
import { lacksRole } from './roles.ts';

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
  lacks: (person) => lacksRole('images', 'read', person),
  readAll: async ({ cloud, ...person }, tell) => {
    if (isCloudAdmin(person)) return readEvery(cloud, tell);
    const lists = await Promise.all([
      readList(cloud, {}, 'accepted', tell),
      readList(cloud, { visibility: 'shared', member_status: 'pending' }, 'pending'),
      readList(cloud, { visibility: 'shared', member_status: 'rejected' }, 'rejected'),
    ]);
    const [images, ...others] = lists;
    for (const list of others) for (const [id, seen] of list) images.set(id, seen);
    return images;
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

/** Tells of what is read so far. */
type Tell = ((part: ReadonlyMap<string, LiveImage>) => void) | undefined;

/** The first page is small, since somebody waits for it; the others are as large as clouds send them. */
const firstPage = '100';
const laterPages = '1000';

async function* readPages(
  { images }: Cloud,
  query: Readonly<Record<string, string>>,
): AsyncGenerator<Image[], void> {
  const pages = images.list({ ...query, limit: firstPage });
  const first = (await pages.next()).value ?? [];
  yield first;
  const last = first.at(-1);
  // A cloud that sends less at a time than it is asked for sends larger pages neither.
  if (!last || first.length < Number(firstPage)) yield* pages;
  else yield* images.list({ ...query, limit: laterPages, marker: readId(last) });
}

/** Lists images; `status` is the answer to those of them that are other accounts'. */
async function readList(
  cloud: Cloud,
  query: Readonly<Record<string, string>>,
  status: MemberStatus,
  tell?: Tell,
): Promise<Map<string, LiveImage>> {
  const images = new Map<string, LiveImage>();
  for await (const page of readPages(cloud, query)) {
    for (const image of page)
      images.set(readId(image), isForeign(cloud, image) ? { image, answer: status } : { image });
    if (page.length >= Number(firstPage)) tell?.(images);
  }
  return images;
}

/** Reads every image of the cloud and each answer on its own, since lists by answer hold all shared images for an administrator. */
async function readEvery(cloud: Cloud, tell?: Tell): Promise<Map<string, LiveImage>> {
  const images = new Map<string, LiveImage>();
  for await (const page of readPages(cloud, {})) {
    const seen = await Promise.all(
      page.map((image) => (isForeign(cloud, image) ? readAnswer(cloud, image) : { image })),
    );
    for (const one of seen) images.set(readId(one.image), one);
    if (page.length >= Number(firstPage)) tell?.(images);
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
