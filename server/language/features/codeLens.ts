import { CodeLensRefreshRequest } from 'vscode-languageserver';
import type { ManifestDocument, ManifestFile } from '../../manifests/file.ts';
import { type ForeignFormat, foreignTools } from '../../manifests/foreignFormats.ts';
import { kindDefinitions, type Verb } from '../../manifests/kindDefinitions.ts';
import { foreignFormat, isImageTest, kindTitles } from '../../manifests/kinds.ts';
import type { Facts } from '../../rules/facts.ts';
import { propertiesOf } from '../../rules/service/importBody.ts';
import { readForeign } from '../../workspace/foreign/read.ts';
import type { Analysis, Host } from '../analysis/analysis.ts';
import { changesIn, previewOf } from '../analysis/patchPreview.ts';
import { coalesced } from '../lsp/coalesce.ts';
import { toRange } from '../lsp/convert.ts';
import {
  applyCommand,
  chooseKindCommand,
  convertImagesCommand,
  exportCommand,
  importCommand,
  planCommand,
  runFileCommand,
} from '../protocol.ts';
import type { Feature } from './feature.ts';

interface Lens {
  readonly start: number;
  readonly title: string;
  /** Empty: the lens only says something. */
  readonly command: string;
  readonly arguments: readonly (string | number)[];
}

/** What the lenses can offer: the client may lack our commands, and what is not a file is an opened live image. */
interface Abilities {
  readonly commands: boolean;
  readonly isFile: boolean;
  /** Indexes of the imports whose image is in the cloud already. */
  readonly imported: ReadonlySet<number>;
}

export const codeLens: Feature = ({ connection, platform, host, analyses, onStale }) => {
  let refreshes = false;
  const askAgain = coalesced(
    () => connection.sendRequest(CodeLensRefreshRequest.type),
    (error) => connection.console.warn(`The client did not ask for lenses again: ${String(error)}`),
  );
  onStale((_, reason) => {
    if (refreshes && reason === 'outside') askAgain();
  });
  connection.onCodeLens(async ({ textDocument: { uri } }) => {
    const analyzed = await analyses.current(uri);
    if (!analyzed) return [];
    const abilities = {
      commands: host.commands(),
      isFile: platform.toPath(uri) !== undefined,
      imported: await findImported(analyzed.analysis, host),
    };
    return lensesOf(analyzed.analysis, abilities).map(({ start, title, command, arguments: given }) => ({
      range: toRange(analyzed.document, start, start),
      command: { title, command, arguments: [...given] },
    }));
  });
  return ({ workspace }) => {
    refreshes = workspace?.codeLens?.refreshSupport === true;
    return { codeLensProvider: {} };
  };
};

/** Finds the imports of whose name the account has an image, so that a second one is no accident. */
async function findImported({ uri, file }: Analysis, host: Host): Promise<ReadonlySet<number>> {
  const imported = new Set<number>();
  for (const { kind, data, index } of file.documents) {
    const { name } = propertiesOf(data);
    if (kind === 'import' && typeof name === 'string' && (await host.liveImage?.(uri, { name })))
      imported.add(index);
  }
  return imported;
}

/** Says above each document of a file what it is taken for, and why, and what can be done with it. */
function lensesOf({ uri, file, facts }: Analysis, abilities: Abilities): Lens[] {
  const written = file.documents.filter(({ root }) => root);
  if (isImageTest(file.path)) return [];
  const format = foreignFormat(file.path, file.told);
  if (format) return foreignLenses(uri, file, format, abilities);
  return file.documents.flatMap((document) => [
    ...(written.length > 1 && document === written[0] ? runLens(uri, written, abilities) : []),
    ...verbLenses(uri, document, abilities),
    ...kindLens(uri, document, abilities),
    ...targetLens(document, facts[document.index]),
  ]);
}

/** Another tool's file is not run from here. */
function foreignLenses(
  uri: string,
  { documents, text, told }: ManifestFile,
  format: ForeignFormat,
  { commands, isFile }: Abilities,
): Lens[] {
  const images = documents.flatMap((document) => readForeign(format, document, text));
  const [first] = images;
  if (!first || !isFile) return [];
  const { start } = first.root;
  const says = `${images.length === 1 ? 'An image' : `${images.length} images`} of ${foreignTools[format]}, ${told?.why}`;
  const convert = { start, title: 'Convert…', command: convertImagesCommand, arguments: [uri] };
  return [...(commands ? [convert] : []), { start, title: says, command: '', arguments: [] }];
}

/** Runs the documents of the whole file in order, those after an import on its result. */
function runLens(
  uri: string,
  documents: readonly ManifestDocument[],
  { commands, isFile }: Abilities,
): Lens[] {
  const [first] = documents;
  if (!first?.root || !commands || !isFile) return [];
  const title = `Run this file (${documents.length} documents)`;
  return [{ start: first.root.start, title, command: runFileCommand, arguments: [uri] }];
}

/** An opened live image has none of them but an import: saving applies it. */
function verbLenses(
  uri: string,
  { kind, root, index }: ManifestDocument,
  { commands, isFile, imported }: Abilities,
): Lens[] {
  const verbs = commands && kind && (kind === 'import' || isFile) ? kindDefinitions[kind].verbs : [];
  return verbs.flatMap((verb): Lens[] => {
    const [title, command] = lensByVerb[verb];
    const again = verb === 'import' && imported.has(index) ? ' Again' : '';
    return root ? [{ start: root.start, title: `${title}${again}`, command, arguments: [uri, index] }] : [];
  });
}

const lensByVerb: Readonly<Record<Verb, readonly [title: string, command: string]>> = {
  plan: ['Plan', planCommand],
  apply: ['Apply', applyCommand],
  import: ['Import', importCommand],
  export: ['Export', exportCommand],
};

/** Names the image that a patch applies to, and counts what it changes. */
function targetLens(document: ManifestDocument, facts: Facts | undefined): Lens[] {
  const preview = facts && previewOf(document, facts);
  if (!preview || !document.root) return [];
  const name = String(facts.image?.get('name') ?? facts.image?.get('id') ?? '');
  const source = facts.made ? 'the image of the import before it' : `'${name}' in the cloud`;
  const title = `On ${facts.imageFrom ?? source}: ${changesIn(preview)}`;
  return [{ start: document.root.start, title, command: '', arguments: [] }];
}

/** An opened live image needs none: it is an image. */
function kindLens(
  uri: string,
  { kind, why, root }: ManifestDocument,
  { commands, isFile }: Abilities,
): Lens[] {
  if (!root || !isFile) return [];
  const title = kind ? `${kindTitles[kind]}, ${why}` : `No kind of manifest: ${why}`;
  const command = commands
    ? { command: chooseKindCommand, arguments: [uri] }
    : { command: '', arguments: [] };
  return [{ start: root.start, title, ...command }];
}
