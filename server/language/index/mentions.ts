import type { ManifestDocument, ManifestFile } from '../../manifests/file.ts';
import { findMember, type ManifestNode, type Place } from '../../manifests/nodes.ts';
import { pointerTo, tokensOf } from '../../rules/json.ts';
import { findImageNodes } from '../analysis/imageNodes.ts';
import { createPartVisitor } from '../analysis/parts.ts';

/** A tag, a property's name or an image's name where it stands in a manifest. */
export interface Mention {
  readonly what: 'tag' | 'property' | 'image';
  readonly name: string;
  /** The name itself, without quotes and without a pointer's slash. */
  readonly start: number;
  readonly end: number;
  /** An image has it by this: a patch only speaks of it. */
  readonly defines: boolean;
}

/** A mention with what its renaming needs. */
export interface PlacedMention extends Mention {
  readonly document: number;
  /** To the scalar, or to the value of the key. */
  readonly pointer: string;
  readonly as: 'key' | 'value' | 'path';
  /** Pointer of the image or list in which the same name must not stand twice. */
  readonly scope: string;
}

/** Lists every mention in the order of the text. What an alias repeats is mentioned where its anchor stands. */
export function listMentions(file: ManifestFile): PlacedMention[] {
  return file.documents.flatMap((document) =>
    collectMentions(document, file.text).map((mention) => ({ ...mention, document: document.index })),
  );
}

/** Lists those that aliases repeat too: `aliased` ones change with what they repeat. */
export function listAllMentions(file: ManifestFile): (PlacedMention & { readonly aliased: boolean })[] {
  return file.documents.flatMap((document) =>
    collectMentions(document, file.text, true).map((mention) => ({
      ...mention,
      document: document.index,
      aliased: file.format === 'yaml' && file.text[mention.start] === '*',
    })),
  );
}

/** Visits every mention in the order of the text; their places count from `start`. */
export function createMentionVisitor(): (
  file: ManifestFile,
  visit: (mentions: readonly Mention[], start: number) => void,
) => void {
  const visitParts = createPartVisitor((part, text: string): readonly Mention[] =>
    collectMentions(part, text).map(({ what, name, start, end, defines }) => ({
      what,
      name,
      defines,
      start: start - part.start,
      end: end - part.start,
    })),
  );
  return (file, visit) => visitParts(file, file.text, visit);
}

type MentioningDocument = Pick<ManifestDocument, 'kind' | 'root'>;

function collectMentions(
  document: MentioningDocument,
  text: string,
  aliased = false,
): Omit<PlacedMention, 'document'>[] {
  const found: Omit<PlacedMention, 'document'>[] = [];
  const add = (mention: Draft): void => {
    const place =
      locateName(text, mention) ?? (aliased ? { start: mention.at.start, end: mention.at.end } : undefined);
    if (place) found.push({ ...withoutNode(mention), ...place });
  };
  if (document.kind === 'image') addFromImages(document, add);
  if (document.kind === 'patch') addFromPatch(document, add);
  if (document.kind === 'import') addFromImport(document, add);
  return found;
}

type Draft = Omit<PlacedMention, 'start' | 'end' | 'document'> & { readonly at: Place };
type Add = (mention: Draft) => void;

function addFromImages(document: MentioningDocument, add: Add): void {
  for (const { node, pointer } of findImageNodes(document)) {
    for (const { token, key, node: value } of node.members) {
      const own = pointer + pointerTo(token);
      if (token === 'name') addImage(value, own, pointer, true, add);
      else if (token === 'tags') addTags(value, own, true, add);
      else if (key)
        add({
          what: 'property',
          name: String(token),
          at: key,
          defines: true,
          pointer: own,
          as: 'key',
          scope: pointer,
        });
    }
  }
}

function addFromPatch({ root }: MentioningDocument, add: Add): void {
  for (const [at, { node }] of (root?.members ?? []).entries()) {
    const path = ['path', 'add', 'replace', 'remove']
      .map((token) => findMember(node, [token])?.member)
      .find((member) => typeof member?.node.value === 'string');
    const text = path?.node.value;
    if (!path || typeof text !== 'string' || !/^\/(?:[^/~]|~[01])+$/.test(text)) continue;
    const [name = ''] = tokensOf(text);
    const value = findMember(node, ['value'])?.member.node;
    const pointer = pointerTo(at, 'value');
    if (name === 'tags') addTags(value, pointer, false, add);
    else if (name === 'name') addImage(value, pointer, '', false, add);
    else
      add({
        what: 'property',
        name,
        at: path.node,
        defines: false,
        pointer: pointerTo(at, path.token),
        as: 'path',
        scope: '',
      });
  }
}

function addFromImport({ root }: MentioningDocument, add: Add): void {
  const tokens = ['input', 'image_properties', 'name'];
  const name = root && findMember(root, tokens)?.member.node;
  addImage(name, pointerTo(...tokens), '', true, add);
}

function addTags(list: ManifestNode | undefined, scope: string, defines: boolean, add: Add): void {
  if (list?.type !== 'array') return;
  for (const { token, node } of list.members) {
    if (typeof node.value !== 'string') continue;
    const pointer = scope + pointerTo(token);
    add({ what: 'tag', name: node.value, at: node, defines, pointer, as: 'value', scope });
  }
}

function addImage(
  node: ManifestNode | undefined,
  pointer: string,
  scope: string,
  defines: boolean,
  add: Add,
): void {
  if (typeof node?.value !== 'string') return;
  add({ what: 'image', name: node.value, at: node, defines, pointer, as: 'value', scope });
}

/** Undefined for what an alias stands for: a plain scalar cannot begin with `*`. */
function locateName(text: string, { at, as }: Draft): Place | undefined {
  const first = text[at.start];
  if (first === '*') return undefined;
  const quote = (first === '"' || first === "'") && at.end - at.start > 1 ? 1 : 0;
  return { start: at.start + quote + (as === 'path' ? 1 : 0), end: at.end - quote };
}

function withoutNode({ at: _, ...mention }: Draft): Omit<Draft, 'at'> {
  return mention;
}
