import type { MemberStatus } from '../../server/cloud/services/members.ts';
import type { Connection } from './cloudSource.ts';
import { type LiveImage, readId } from './imageCollection.ts';

/** What the cloud answers a query with, in its order. */
export interface QueryAnswer {
  readonly images: ReadonlyMap<string, LiveImage>;
  /** The query says how its images are sorted. */
  readonly isSorted: boolean;
}

/** Lists the images of a query as it is written in an address: `?status=active&tag=web`. Throws CloudError, AbortError. */
export async function queryImages(
  { cloud, caller }: Pick<Connection, 'cloud' | 'caller'>,
  text: string,
  signal?: AbortSignal,
): Promise<QueryAnswer> {
  const query = new URLSearchParams(text.trim().replace(/^\?/, ''));
  const isLimited = query.has('limit');
  if (!isLimited) query.set('limit', '1000');
  const answer = query.get('member_status') ?? 'accepted';
  const images = new Map<string, LiveImage>();
  for await (const page of cloud.images.list(query, signal)) {
    for (const image of page) {
      const isForeign = image.get('owner') !== caller.account && image.get('visibility') !== 'public';
      const ofOthers = isForeign && (image.get('visibility') === 'community' || !isStatus(answer));
      images.set(readId(image), {
        image,
        ...(ofOthers ? { ofOthers } : isForeign && isStatus(answer) ? { answer } : {}),
      });
    }
    if (isLimited) break;
  }
  return { images, isSorted: ['sort', 'sort_key', 'sort_dir'].some((name) => query.has(name)) };
}

function isStatus(text: string): text is MemberStatus {
  return text === 'pending' || text === 'accepted' || text === 'rejected';
}
