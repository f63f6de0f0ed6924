import type { ManifestDocument } from '../../manifests/file.ts';
import { kindTitles } from '../../manifests/kinds.ts';
import type { Facts, Kind } from '../../rules/facts.ts';
import type { Analysis } from '../analysis/analysis.ts';
import { changesIn, previewOf } from '../analysis/patchPreview.ts';
import { localPath } from '../lsp/uris.ts';
import {
  applyCommand,
  chooseKindCommand,
  exportCommand,
  importCommand,
  planCommand,
  runFileCommand,
} from '../protocol.ts';

export interface Lens {
  readonly start: number;
  readonly title: string;
  /** Empty: the lens only says something. */
  readonly command: string;
  readonly arguments: readonly (string | number)[];
}

/** What each document of a file is taken for, and why; above it what can be done with it. `commands`: whether the client has ours. */
export function lensesOf({ uri, file, facts }: Analysis, commands: boolean): Lens[] {
  const written = file.documents.filter(({ root }) => root);
  return file.documents.flatMap((document) => [
    ...(commands && written.length > 1 && document === written[0] ? runLens(uri, written) : []),
    ...(commands ? verbLenses(uri, document) : []),
    ...kindLens(uri, document, commands),
    ...targetLens(document, facts[document.index]),
  ]);
}

/** One for the whole file: its documents in order, those after an import on its result. */
function runLens(uri: string, documents: readonly ManifestDocument[]): Lens[] {
  const [first] = documents;
  if (!first?.root || localPath(uri) === undefined) return [];
  const title = `Run this file (${documents.length} documents)`;
  return [{ start: first.root.start, title, command: runFileCommand, arguments: [uri] }];
}

/** What is no file of this machine is an opened live image: saving applies it. */
function verbLenses(uri: string, { kind, root, index }: ManifestDocument): Lens[] {
  const verbs = kind && (kind === 'import' || localPath(uri) !== undefined) ? verbsOf[kind] : [];
  return verbs.flatMap(([title, command]): Lens[] =>
    root ? [{ start: root.start, title, command, arguments: [uri, index] }] : [],
  );
}

const planAndApply = [
  ['Plan', planCommand],
  ['Apply', applyCommand],
] as const;

const verbsOf: Readonly<Record<Kind, readonly (readonly [title: string, command: string])[]>> = {
  import: [['Import', importCommand]],
  export: [
    ['Plan', planCommand],
    ['Export', exportCommand],
  ],
  image: planAndApply,
  patch: planAndApply,
  'server-image': [],
  server: [],
};

/** Which image a patch applies to, and what comes of it. */
function targetLens(document: ManifestDocument, facts: Facts | undefined): Lens[] {
  const preview = facts && previewOf(document, facts);
  if (!preview || !document.root) return [];
  const name = String(facts.image?.get('name') ?? facts.image?.get('id') ?? '');
  const title = `On ${facts.imageFrom ?? `'${name}' in the cloud`}: ${changesIn(preview)}`;
  return [{ start: document.root.start, title, command: '', arguments: [] }];
}

/** What is no file of this machine, such as an opened live image, is what it is. */
function kindLens(uri: string, { kind, why, root }: ManifestDocument, commands: boolean): Lens[] {
  if (!root || localPath(uri) === undefined) return [];
  const title = kind ? `${kindTitles[kind]}, ${why}` : `No kind of manifest: ${why}`;
  const command = commands
    ? { command: chooseKindCommand, arguments: [uri] }
    : { command: '', arguments: [] };
  return [{ start: root.start, title, ...command }];
}
