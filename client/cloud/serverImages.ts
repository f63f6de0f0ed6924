import { type LiveImage, readId } from './imageCollection.ts';

/** The groups of images, as the Cloud Control Panel has them and as accounts share them. */
export type ImageGroup = 'own' | 'deleted-servers' | 'waiting' | 'shared' | 'rejected' | 'others' | 'public';

/** What images are grouped by; the servers that are there are absent while nobody knows them. */
export interface GroupedBy {
  readonly account: string;
  readonly servers?: { has(id: string): boolean } | undefined;
}

/** Where an image stands: in a group, and of one's own under the server that it was taken of while that is there. */
export interface ImagePlace {
  readonly group: ImageGroup;
  readonly server?: string;
}

/** Finds the place of an image. Images of deleted servers and imported ones are *Deleted Servers*, as in the Control Panel. */
export function placeImage(
  { image, answer, ofOthers }: LiveImage,
  { account, servers }: GroupedBy,
): ImagePlace {
  if (image.get('owner') !== account) {
    if (answer === undefined) return { group: ofOthers ? 'others' : 'public' };
    return { group: answer === 'pending' ? 'waiting' : answer === 'rejected' ? 'rejected' : 'shared' };
  }
  const server = image.get('instance_uuid');
  if (typeof server !== 'string')
    return { group: image.get('image_type') === 'import' ? 'deleted-servers' : 'own' };
  if (servers && !servers.has(server)) return { group: 'deleted-servers' };
  return { group: 'own', server };
}

const names = new Intl.Collator('en', { numeric: true });

/** Newest first, public images by name, as the Control Panel has them. */
export const newestFirst = {
  orderOf: ({ image }: LiveImage, { group }: ImagePlace): string =>
    `${String(image.get(group === 'public' ? 'name' : 'created_at'))} ${readId(image)}`,
  compare: ({ group }: ImagePlace, one: string, other: string): number =>
    group === 'public' ? names.compare(one, other) : compareDescending(one, other),
};

export function compareNames(one: string, other: string): number {
  return names.compare(one, other);
}

export function compareDescending(one: string, other: string): number {
  return one < other ? 1 : one > other ? -1 : 0;
}
