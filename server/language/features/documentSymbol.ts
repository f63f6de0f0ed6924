import type { ManifestDocument } from '../../manifests/file.ts';
import { findMember, type ManifestNode, type Member } from '../../manifests/nodes.ts';
import type { Json } from '../../rules/json.ts';
import type { Analysis } from '../analysis/analysis.ts';
import { imageListOf } from '../analysis/imageNodes.ts';

/** A thing of the field in a manifest: an import, an image, its list of tags, an operation. Scalars are none. */
export interface OutlineNode {
  readonly name: string;
  readonly detail: string;
  readonly is: 'image' | 'images' | 'import' | 'patch' | 'operation' | 'section';
  readonly start: number;
  readonly end: number;
  /** What says the name; within start and end. */
  readonly nameStart: number;
  readonly nameEnd: number;
  readonly children: readonly OutlineNode[];
}

export function outlineOf({ file }: Analysis): OutlineNode[] {
  return file.documents.flatMap((document) => {
    const { root, kind } = document;
    if (!root || !kind || root.type === 'scalar') return [];
    if (kind === 'import') return [importOf(root)];
    return [kind === 'patch' ? patchOf(root) : imageDocumentOf(document, root)];
  });
}

function importOf(root: ManifestNode): OutlineNode {
  const disk = findMember(root, ['input', 'import_from'])?.member.node;
  const name = textOf(disk) ?? 'import';
  return { ...placed(root, disk), name, detail: 'import', is: 'import', children: [] };
}

function patchOf(root: ManifestNode): OutlineNode {
  const children = root.members.map((member, at): OutlineNode => {
    const { node } = member;
    const [op, path] = operationOf(node);
    const name = op === undefined && path === undefined ? `operation ${at + 1}` : [op, path].join(' ').trim();
    return { ...placed(node), name, detail: '', is: 'operation', children: [] };
  });
  return {
    ...placed(root),
    name: 'patch',
    detail: count(children.length, 'operation'),
    is: 'patch',
    children,
  };
}

/** The operation's name and path, of either form, as far as they are written. */
function operationOf(node: ManifestNode): [string | undefined, string | undefined] {
  const value = (name: string) => textOf(findMember(node, [name])?.member.node);
  for (const op of ['add', 'replace', 'remove']) {
    const path = value(op);
    if (path !== undefined) return [op, path];
  }
  return [value('op'), value('path')];
}

function imageDocumentOf(document: ManifestDocument, root: ManifestNode): OutlineNode {
  const list = imageListOf(document)?.list;
  if (!list) return imageOf(root, 'image');
  const children = list.members.map(({ node }, at) => imageOf(node, `image ${at + 1}`));
  return { ...placed(root), name: 'images', detail: count(children.length, 'image'), is: 'images', children };
}

function imageOf(node: ManifestNode, fallback: string): OutlineNode {
  const named = findMember(node, ['name'])?.member.node ?? findMember(node, ['id'])?.member.node;
  const name = textOf(named) ?? fallback;
  const sections = node.type === 'object' ? node.members.flatMap(sectionOf) : [];
  return { ...placed(node, named), name, detail: 'image', is: 'image', children: sections };
}

function sectionOf({ token, key, node }: Member): OutlineNode[] {
  if (!key || node.type === 'scalar' || token === '') return [];
  const detail =
    node.type === 'array' ? node.members.map(({ node: item }) => textOf(item) ?? '…').join(', ') : '';
  const place = {
    start: key.start,
    end: Math.max(key.end, node.end),
    nameStart: key.start,
    nameEnd: key.end,
  };
  return [{ ...place, name: String(token), detail: shortened(detail), is: 'section', children: [] }];
}

function placed(
  node: ManifestNode,
  name: ManifestNode = node,
): Pick<OutlineNode, 'start' | 'end' | 'nameStart' | 'nameEnd'> {
  return { start: node.start, end: node.end, nameStart: name.start, nameEnd: name.end };
}

/** Names must not be empty in LSP, nor span lines. */
function textOf(node: ManifestNode | undefined): string | undefined {
  const value: Json = node?.type === 'scalar' ? (node.value ?? null) : null;
  const text = value === null ? '' : String(value).replace(/\s+/g, ' ').trim();
  return text === '' ? undefined : shortened(text);
}

function shortened(text: string): string {
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
