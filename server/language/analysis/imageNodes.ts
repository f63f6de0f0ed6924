import type { ManifestDocument } from '../../manifests/file.ts';
import { findMember, type ManifestNode } from '../../manifests/nodes.ts';
import { pointerTo } from '../../rules/json.ts';

type Rooted = Pick<ManifestDocument, 'root'>;

/** The list of an image document that holds several images: its root, or the `images` of the API's list body. */
export function findImageList({ root }: Rooted): { list: ManifestNode; pointer: string } | undefined {
  if (root?.type === 'array') return { list: root, pointer: '' };
  const list = root && findMember(root, ['images'])?.member.node;
  return list?.type === 'array' ? { list, pointer: '/images' } : undefined;
}

/** The images of an image document, with the pointers to them. */
export function findImageNodes(document: Rooted): { node: ManifestNode; pointer: string }[] {
  const found = findImageList(document);
  const all = found
    ? found.list.members.map(({ node }, at) => ({ node, pointer: found.pointer + pointerTo(at) }))
    : document.root
      ? [{ node: document.root, pointer: '' }]
      : [];
  return all.filter(({ node }) => node.type === 'object');
}
