import type { ManifestDocument } from '../../manifests/file.ts';
import { findMember, type ManifestNode } from '../../manifests/nodes.ts';
import type { Analysis } from '../analysis/analysis.ts';
import { imageNodesOf } from '../analysis/imageNodes.ts';

/** A text in a manifest that leads somewhere, and where it stands. */
export interface Linkable {
  readonly to: 'disk' | 'image' | 'schema';
  /** `container/object`, an image's id, or the path of a schema. */
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

const imageAttributes = ['id', 'kernel_id', 'ramdisk_id', 'base_image_ref'];
const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

export function linkablesIn({ file }: Analysis): Linkable[] {
  return file.documents.flatMap((document) => linkablesOf(document));
}

function linkablesOf(document: ManifestDocument): Linkable[] {
  const { kind, root } = document;
  if (!root || !kind) return [];
  const at = (to: Linkable['to'], ...tokens: string[]) => linkable(to, findMember(root, tokens)?.member.node);
  if (kind === 'import') return at('disk', 'input', 'import_from');
  if (kind === 'export') return at('image', 'input', 'image_uuid');
  if (kind === 'server') return at('image', 'server', 'imageRef');
  if (kind !== 'image') return [];
  return imageNodesOf(document).flatMap(({ node }) =>
    node.members.flatMap(({ token, node: value }) => {
      if (token === 'schema') return linkable('schema', value);
      return imageAttributes.includes(String(token)) ? linkable('image', value) : [];
    }),
  );
}

function linkable(to: Linkable['to'], node: ManifestNode | undefined): Linkable[] {
  const name = node?.value;
  if (!node || typeof name !== 'string' || (to === 'image' && !uuid.test(name))) return [];
  return [{ to, name, start: node.start, end: node.end }];
}
