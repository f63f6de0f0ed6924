import { type DocumentSymbol, type SymbolInformation, SymbolKind } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { ManifestDocument } from '../../manifests/file.ts';
import { findMember, type ManifestNode, type Member } from '../../manifests/nodes.ts';
import type { Json } from '../../rules/json.ts';
import type { Analysis } from '../analysis/analysis.ts';
import { findImageList } from '../analysis/imageNodes.ts';
import { toRange } from '../lsp/convert.ts';
import type { Feature } from './feature.ts';

/** A thing of the field in a manifest: an import, an image, its list of tags, an operation. Scalars are none. */
export interface OutlineNode {
  readonly name: string;
  readonly detail: string;
  readonly kind: 'image' | 'images' | 'import' | 'patch' | 'operation' | 'section';
  readonly start: number;
  readonly end: number;
  /** The place of the name; within start and end. */
  readonly nameStart: number;
  readonly nameEnd: number;
  readonly children: readonly OutlineNode[];
}

const symbolKinds: Readonly<Record<OutlineNode['kind'], SymbolKind>> = {
  image: SymbolKind.Object,
  images: SymbolKind.Array,
  import: SymbolKind.File,
  patch: SymbolKind.Package,
  operation: SymbolKind.Operator,
  section: SymbolKind.Field,
};

/** Answers with a tree, or with a flat list for clients that take no tree. */
export const documentSymbol: Feature = ({ connection, analyses }) => {
  let nested = false;
  connection.onDocumentSymbol(async ({ textDocument }) => {
    const analyzed = await analyses.current(textDocument.uri);
    if (!analyzed) return [];
    const outline = outlineManifest(analyzed.analysis);
    return nested
      ? outline.map((node) => toSymbol(analyzed.document, node))
      : toFlatSymbols(analyzed.document, outline);
  });
  return ({ textDocument }) => {
    nested = textDocument?.documentSymbol?.hierarchicalDocumentSymbolSupport === true;
    return { documentSymbolProvider: { label: 'Cloud Images' } };
  };
};

function toSymbol(document: TextDocument, node: OutlineNode): DocumentSymbol {
  return {
    name: node.name,
    detail: node.detail,
    kind: symbolKinds[node.kind],
    range: toRange(document, node.start, node.end),
    selectionRange: toRange(document, node.nameStart, node.nameEnd),
    children: node.children.map((child) => toSymbol(document, child)),
  };
}

function toFlatSymbols(
  document: TextDocument,
  nodes: readonly OutlineNode[],
  containerName = '',
): SymbolInformation[] {
  return nodes.flatMap((node) => {
    const location = { uri: document.uri, range: toRange(document, node.start, node.end) };
    const symbol = { name: node.name, kind: symbolKinds[node.kind], location, containerName };
    return [symbol, ...toFlatSymbols(document, node.children, node.name)];
  });
}

export function outlineManifest({ file }: Analysis): OutlineNode[] {
  return file.documents.flatMap((document) => {
    const { root, kind } = document;
    if (!root || !kind || root.type === 'scalar') return [];
    if (kind === 'import') return [outlineImport(root)];
    return [kind === 'patch' ? outlinePatch(root) : outlineImages(document, root)];
  });
}

function outlineImport(root: ManifestNode): OutlineNode {
  const disk = findMember(root, ['input', 'import_from'])?.member.node;
  const name = readText(disk) ?? 'import';
  return { ...placed(root, disk), name, detail: 'import', kind: 'import', children: [] };
}

function outlinePatch(root: ManifestNode): OutlineNode {
  const children = root.members.map((member, at): OutlineNode => {
    const { node } = member;
    const [op, path] = readOperation(node);
    const name = op === undefined && path === undefined ? `operation ${at + 1}` : [op, path].join(' ').trim();
    return { ...placed(node), name, detail: '', kind: 'operation', children: [] };
  });
  return {
    ...placed(root),
    name: 'patch',
    detail: count(children.length, 'operation'),
    kind: 'patch',
    children,
  };
}

/** The operation's name and path, of either form, as far as they are written. */
function readOperation(node: ManifestNode): [string | undefined, string | undefined] {
  const value = (name: string) => readText(findMember(node, [name])?.member.node);
  for (const op of ['add', 'replace', 'remove']) {
    const path = value(op);
    if (path !== undefined) return [op, path];
  }
  return [value('op'), value('path')];
}

function outlineImages(document: ManifestDocument, root: ManifestNode): OutlineNode {
  const list = findImageList(document)?.list;
  if (!list) return outlineImage(root, 'image');
  const children = list.members.map(({ node }, at) => outlineImage(node, `image ${at + 1}`));
  return {
    ...placed(root),
    name: 'images',
    detail: count(children.length, 'image'),
    kind: 'images',
    children,
  };
}

function outlineImage(node: ManifestNode, fallback: string): OutlineNode {
  const named = findMember(node, ['name'])?.member.node ?? findMember(node, ['id'])?.member.node;
  const name = readText(named) ?? fallback;
  const sections = node.type === 'object' ? node.members.flatMap(outlineSection) : [];
  return { ...placed(node, named), name, detail: 'image', kind: 'image', children: sections };
}

function outlineSection({ token, key, node }: Member): OutlineNode[] {
  if (!key || node.type === 'scalar' || token === '') return [];
  const detail =
    node.type === 'array' ? node.members.map(({ node: item }) => readText(item) ?? '…').join(', ') : '';
  const place = {
    start: key.start,
    end: Math.max(key.end, node.end),
    nameStart: key.start,
    nameEnd: key.end,
  };
  return [{ ...place, name: String(token), detail: shortened(detail), kind: 'section', children: [] }];
}

function placed(
  node: ManifestNode,
  name: ManifestNode = node,
): Pick<OutlineNode, 'start' | 'end' | 'nameStart' | 'nameEnd'> {
  return { start: node.start, end: node.end, nameStart: name.start, nameEnd: name.end };
}

/** Names must not be empty in LSP, nor span lines. */
function readText(node: ManifestNode | undefined): string | undefined {
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
