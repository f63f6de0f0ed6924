import { type CompletionItem, CompletionItemKind, InsertTextFormat } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { ManifestDocument } from '../../../manifests/file.ts';
import { foreignFormat, imageTest, isImageTest, kindTeller, nameParts } from '../../../manifests/kinds.ts';
import { pathAt } from '../../../manifests/nodes.ts';
import { snippets, writeSnippet } from '../../../manifests/snippets.ts';
import { escapeMarkdown } from '../../../plainText.ts';
import type { Facts, Kind } from '../../../rules/facts.ts';
import { isObject, type Json, pointerTo } from '../../../rules/json.ts';
import type { Profile } from '../../../rules/profile/profile.ts';
import { classOf } from '../../../rules/service/attributes.ts';
import { readPath } from '../../../rules/service/patchBody.ts';
import type { Analysis } from '../../analysis/analysis.ts';
import { toldValues } from '../../analysis/ownTerms.ts';
import type { Term } from '../../analysis/term.ts';
import {
  imageTerm,
  imageTerms,
  isWritable,
  listTerms,
  termFor,
  valuesOf,
  type Worded,
} from '../../analysis/vocabulary.ts';
import { toRange } from '../../lsp/convert.ts';
import { decodeUri } from '../../lsp/uris.ts';
import type { ListedItem } from '../../protocol.ts';
import type { Feature } from '../feature.ts';
import { type Location, locate } from './location.ts';
import { toYaml, written } from './scalars.ts';

interface Proposal {
  readonly label: string;
  /** Said beside the label. */
  readonly detail?: string;
  /** Markdown. */
  readonly documentation: string;
  readonly insert: string;
  /** The same with places to fill in, in the syntax of LSP. */
  readonly snippet?: string;
  readonly start: number;
  readonly end: number;
  readonly kind: 'key' | 'value' | 'file' | 'image' | 'manifest';
}

/** Names from outside the text; each is asked for only where such a name can stand. */
interface Names {
  /** `container/object` of the disks on this machine. */
  disks(): Promise<readonly string[]>;
  /** Images beside the manifest, as paths from its folder. */
  files(): Promise<readonly string[]>;
  /** Tags of the workspace's manifests. */
  tags(): Promise<readonly string[]>;
  images(): Promise<readonly ListedItem[]>;
  containers(): Promise<readonly ListedItem[]>;
  objects(container: string): Promise<readonly ListedItem[]>;
}

type Draft = Omit<Proposal, 'start' | 'end'>;

interface Place extends Location {
  readonly kind: Worded;
  readonly format: 'yaml' | 'json';
  readonly profile: Profile;
  readonly facts: Facts | undefined;
  readonly document: ManifestDocument | undefined;
  /** The part of the word that is typed already, without quotes. */
  readonly typed: string;
  readonly offset: number;
}

export const completion: Feature = ({ connection, analyses, host, workspace }) => {
  let snippets = false;
  connection.onCompletion(async ({ textDocument, position }) => {
    const analyzed = await analyses.current(textDocument.uri);
    if (!analyzed) return [];
    const proposals = await propose(analyzed.analysis, analyzed.document.offsetAt(position), {
      disks: () => host.diskNames(textDocument.uri),
      files: () => host.imageFiles(textDocument.uri),
      tags: workspace.tags,
      images: () => host.listed({ what: 'images' }),
      containers: () => host.listed({ what: 'containers' }),
      objects: (container) => host.listed({ what: 'objects', container, prefix: '' }),
    });
    return proposals.map((proposal) => toItem(analyzed.document, proposal, snippets));
  });
  return ({ textDocument }) => {
    snippets = textDocument?.completion?.completionItem?.snippetSupport === true;
    return { completionProvider: { triggerCharacters: ['"', '/', ' ', ':'] } };
  };
};

const itemKinds: Readonly<Record<Proposal['kind'], CompletionItemKind>> = {
  key: CompletionItemKind.Property,
  value: CompletionItemKind.Value,
  file: CompletionItemKind.File,
  image: CompletionItemKind.Reference,
  manifest: CompletionItemKind.Snippet,
};

function toItem(
  document: TextDocument,
  { label, detail, documentation, insert, snippet, start, end, kind }: Proposal,
  snippets: boolean,
): CompletionItem {
  const range = toRange(document, start, end);
  return {
    label,
    kind: itemKinds[kind],
    ...(detail === undefined ? {} : { detail }),
    documentation: { kind: 'markdown', value: documentation },
    filterText: filterText(document, start, kind === 'image' && detail ? `${label} ${detail}` : label),
    ...(snippets && snippet !== undefined
      ? { insertTextFormat: InsertTextFormat.Snippet, textEdit: { range, newText: snippet } }
      : { textEdit: { range, newText: insert } }),
  };
}

/** Clients filter by the text that is to be replaced, which begins with its quote. */
function filterText(document: TextDocument, start: number, label: string): string {
  const { line, character } = document.positionAt(start);
  const first = document.getText({ start: { line, character }, end: { line, character: character + 1 } });
  return first === '"' || first === "'" ? `${first}${label}` : label;
}

/** Proposes what can be written at the cursor; works on text that does not parse. */
async function propose(analysis: Analysis, offset: number, names: Names): Promise<Proposal[]> {
  const { file, settings, uri } = analysis;
  const { format, text } = file;
  if (foreignFormat(file.path, file.told)) return [];
  const document = file.documents.findLast(({ start }) => start <= offset) ?? file.documents[0];
  const location = locate(text, offset, format);
  const hinted = kindTeller(decodeUri(uri), file.told)(null, false).kind;
  const isTest = isImageTest(file.path);
  const blank = !isTest && isBlank(analysis, document, location);
  const begun = blank ? beginnings(file.documents.length > 1 ? undefined : hinted, format) : [];
  const kind: Worded | undefined = isTest ? imageTest : (document?.kind ?? hinted);
  const { profile } = settings;
  const facts = document && analysis.facts[document.index];
  const typed = text.slice(location.start, offset).replace(/^["']/, '');
  const place = kind && {
    ...location,
    siblings: new Set([...location.siblings, ...keysBeside(document, offset)]),
    ...{ kind, format, profile, facts, document, typed, offset },
  };
  const found = place ? await draftProposals(place, names) : [];
  return [...begun, ...found].map((draft) => placed(draft, text, location, format));
}

async function draftProposals(place: Place, names: Names): Promise<Draft[]> {
  const named = await draftNames(place, names);
  if (named) return named;
  return place.onKey ? draftKeys(place) : valuesAt(place);
}

/** The whole of a manifest, where a document is empty; of every kind, where no name says which. */
function beginnings(told: Kind | undefined, format: 'yaml' | 'json'): Draft[] {
  return snippets
    .filter(({ kind }) => told === undefined || kind === told)
    .map((one) => ({
      label: one.label,
      detail: `*.${nameParts[one.kind]}.*`,
      documentation: one.documentation,
      insert: writeSnippet(one, format, false),
      snippet: writeSnippet(one, format, true),
      kind: 'manifest',
    }));
}

function isBlank(
  { file }: Analysis,
  document: ManifestDocument | undefined,
  { path, start, end }: Location,
): boolean {
  if (path.length > 0) return false;
  const { start: from = 0, end: to = file.text.length } = document ?? {};
  const rest = file.text.slice(from, Math.max(from, start)) + file.text.slice(end, Math.max(end, to));
  return rest.replace(/^(#|\/\/|---|\.\.\.|%).*$/gm, '').trim() === '';
}

/** Undefined where no name from outside can stand. */
async function draftNames(place: Place, names: Names): Promise<Draft[] | undefined> {
  const { kind, path, onKey, format, typed } = place;
  const [above, last] = path.slice(-2);
  // The only lists that an operation can have as its value are tags.
  if (typeof last === 'number' && above === (kind === 'image' ? 'tags' : 'value')) {
    const beside = new Set(tagsBeside(place));
    const live = place.facts?.image?.get('tags');
    const own = Array.isArray(live) ? live.filter((tag) => typeof tag === 'string') : [];
    const known = new Set([...own, ...(await names.tags())]);
    return [...known].filter((tag) => !beside.has(tag)).map((tag) => draftTag(tag, format));
  }
  if (kind === 'image' && typeof last === 'number' && above === 'stores')
    return (toldValues('stores', place.profile) ?? []).map((store) => ({
      label: store,
      documentation: 'A store of the cloud.',
      insert: written(store, format),
      kind: 'value',
    }));
  if (onKey) return undefined;
  const name = path.at(-1);
  if (kind === 'import' && name === 'import_from') {
    const slash = typed.indexOf('/');
    const local = await names.disks();
    const objects =
      slash === -1
        ? (await names.containers()).map((item) => ({ ...item, name: `${item.name}/` }))
        : (await names.objects(typed.slice(0, slash))).map((item) => ({
            ...item,
            name: `${typed.slice(0, slash)}/${item.name}`,
          }));
    return [
      ...local.map((disk) => draftFile({ name: disk }, 'A disk on this machine.', format)),
      ...objects
        .filter((item) => !local.includes(item.name))
        .map((item) => draftFile(item, 'In Cloud Files, in the connected region.', format)),
    ];
  }
  if (kind === 'image' && path.at(-2) === 'source' && name === 'file')
    return (await names.files()).map((file) =>
      draftFile({ name: file }, 'A file beside the manifest.', format),
    );
  if (kind === 'export' && name === 'receiving_swift_container')
    return (await names.containers()).map((item) => draftFile(item, 'A container of Cloud Files.', format));
  if (isImageId(place)) return (await names.images()).flatMap((item) => draftImage(item, format));
  if (kind === 'image' && name === 'name')
    return (await names.images()).map((item) => ({
      label: item.name,
      ...(item.id === undefined ? {} : { detail: item.id }),
      documentation: 'An image of the connected cloud.',
      insert: written(item.name, format),
      kind: 'image',
    }));
  return undefined;
}

function isImageId({ kind, path }: Place): boolean {
  const name = path.at(-1);
  if (kind === 'export') return name === 'image_uuid';
  if (kind === 'server') return name === 'imageRef';
  return kind === 'image' && name === 'id' && path.length <= 3;
}

/** Drafts an image by its name, since nobody knows ids; what is written is the id. */
function draftImage({ name, id, detail }: ListedItem, format: 'yaml' | 'json'): Draft[] {
  if (id === undefined) return [];
  return [
    {
      label: `${id}`,
      detail: name,
      documentation: `**${escapeMarkdown(name)}**${detail ? `, ${escapeMarkdown(detail)}` : ''}`,
      insert: written(id, format),
      kind: 'image',
    },
  ];
}

function draftFile({ name, detail }: ListedItem, documentation: string, format: 'yaml' | 'json'): Draft {
  // An object's name is plain text in YAML but for what would end it.
  const plain =
    format === 'yaml' && /^[^\s#'"[\]{},&*!|>%@`-][^\s#,[\]{}]*$/.test(name) && !/:(\s|$)/.test(name);
  const insert = plain && name.includes('/') ? name : written(name, format);
  return { label: name, ...(detail ? { detail } : {}), documentation, insert, kind: 'file' };
}

function draftTag(name: string, format: 'yaml' | 'json'): Draft {
  return {
    label: name,
    documentation: 'A tag that this image or others have.',
    insert: written(name, format),
    kind: 'value',
  };
}

function draftKeys(place: Place): Draft[] {
  const { kind, path, siblings, profile, format } = place;
  const images = kind === 'image' && path.every((token) => typeof token === 'number' || token === 'images');
  return listTerms(kind, path, profile)
    .filter(({ name }) => !siblings.has(name) && (!images || name === 'id' || isWritable(name, profile)))
    .map((term) => ({
      label: term.name,
      ...(term.title === undefined ? {} : { detail: term.title }),
      documentation: term.description,
      insert: keyText(term, format),
      kind: 'key',
    }));
}

function valuesAt(place: Place): Draft[] {
  const { kind, path, profile, format } = place;
  const name = path.at(-1);
  const write = (value: Json) => (format === 'json' ? JSON.stringify(value) : toYaml(value));
  if (kind === 'patch' && (name === 'path' || name === 'add' || name === 'replace' || name === 'remove'))
    return draftPaths(place, name, write);
  if (kind === 'patch' && name === 'value') return draftNewValues(place, write);
  const term = termFor(kind, path, profile);
  return (term ? valuesOf(term, profile) : []).map((value) => ({
    label: String(value),
    documentation: term?.description ?? '',
    insert: write(value),
    kind: 'value',
  }));
}

/** Paths of what can be set; of what the target image has, with its value. Only its own properties can be removed. */
function draftPaths(place: Place, member: string, write: (value: Json) => string): Draft[] {
  const { profile, facts } = place;
  const image = facts?.image ?? undefined;
  const item = findOperation(place);
  const removes = member === 'remove' || (member === 'path' && item?.['op'] === 'remove');
  const known = new Map(imageTerms(profile).map((term) => [term.name, term.description]));
  const names = new Set([...(image?.keys() ?? []), ...(removes && image ? [] : known.keys())]);
  return [...names]
    .filter((name) => isWritable(name, profile) && (!removes || classOf(name) === 'custom'))
    .map((name) => {
      const value = image?.get(name);
      return {
        label: pointerTo(name),
        ...(value === undefined ? {} : { detail: shortened(JSON.stringify(value)) }),
        documentation: known.get(name) ?? 'A property of the image.',
        insert: write(pointerTo(name)),
        kind: 'value',
      };
    });
}

/** Drafts the values that the property takes, and the one that the image has now, to be changed. */
function draftNewValues(place: Place, write: (value: Json) => string): Draft[] {
  const { facts, profile } = place;
  const item = findOperation(place);
  const path =
    item && ['path', 'add', 'replace'].map((key) => item[key]).find((one) => typeof one === 'string');
  if (typeof path !== 'string') return [];
  const name = readPath(path);
  const term = imageTerm(name, profile);
  const now = facts?.image?.get(name);
  const values = [...(term ? valuesOf(term, profile) : []), ...(now === undefined ? [] : [now])];
  const written = new Map(values.map((value) => [write(value), value]));
  return [...written].map(([insert, value]) => ({
    label: typeof value === 'string' ? value : JSON.stringify(value),
    ...(value === now ? { detail: 'as it is now' } : {}),
    documentation: term?.description ?? '',
    insert,
    kind: 'value',
  }));
}

/** The operation that the cursor is in, as far as it can be read. */
function findOperation({ document, offset }: Place): { readonly [key: string]: Json } | undefined {
  const at = document?.root?.members.findLastIndex(({ node }) => node.start <= offset) ?? -1;
  const item = Array.isArray(document?.data) ? document.data[at] : undefined;
  return isObject(item) ? item : undefined;
}

function tagsBeside({ document, offset }: Place): string[] {
  const steps = document?.root ? pathAt(document.root, offset).steps : [];
  const list = steps.findLast(({ node }) => node.type === 'array')?.node;
  return (list?.members ?? []).flatMap(({ node }) =>
    typeof node.value === 'string' && (offset < node.start || offset > node.end) ? [node.value] : [],
  );
}

function keysBeside(document: ManifestDocument | undefined, offset: number): ReadonlySet<string> {
  const steps = document?.root ? pathAt(document.root, offset).steps : [];
  const object = steps.findLast(({ node }) => node.type === 'object')?.node;
  const others = object?.members.filter(({ key }) => key && (offset < key.start || offset > key.end)) ?? [];
  return new Set(others.map(({ token }) => String(token)));
}

function keyText({ name, type }: Term, format: 'yaml' | 'json'): string {
  if (format === 'json')
    return `${JSON.stringify(name)}: ${{ text: '""', number: '0', boolean: 'false', list: '[]', object: '{}' }[type]}`;
  return type === 'object' ? `${name}:\n  ` : `${name}: `;
}

function placed(draft: Draft, text: string, { start, end }: Location, format: 'yaml' | 'json'): Proposal {
  const follows = text.slice(end, end + 100);
  // A key that has its colon already is only named anew.
  if (draft.kind === 'key' && /^[ \t]*:/.test(follows)) {
    const insert = format === 'json' ? JSON.stringify(draft.label) : draft.label;
    return { ...draft, insert, start, end };
  }
  const comma = format === 'json' && draft.kind !== 'manifest' && /^\s*["{[\d]/.test(follows) ? ',' : '';
  return { ...draft, insert: draft.insert + comma, start, end };
}

function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
