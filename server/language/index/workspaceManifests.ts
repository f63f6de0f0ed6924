import type { Location, TextDocumentEdit, TextDocuments } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { Told } from '../../manifests/kinds.ts';
import { readManifest } from '../../manifests/read.ts';
import { kindByGlobs } from '../../workspace/globs.ts';
import { readText } from '../../workspace/textFile.ts';
import type { Analysis } from '../analysis/analysis.ts';
import type { Analyses } from '../lsp/analyses.ts';
import { toRange, toRangeByLines, toTextEdits } from '../lsp/convert.ts';
import type { ConnectedHost } from '../lsp/host.ts';
import type { Positions } from '../lsp/positions.ts';
import type { Platform } from '../platform.ts';
import type { ManifestIndex } from './manifestIndex.ts';
import { createMentionVisitor, type Mention } from './mentions.ts';
import { renameIn } from './renameIn.ts';

/** The manifests of the workspace: open documents as they are in the editor, the rest as on disk. */
export interface Workspace {
  mentions(wanted: (mention: Mention) => boolean): Promise<Found[]>;
  /** The edits in every file, or why one of them cannot be made. */
  rename(
    thing: Pick<Mention, 'what' | 'name'>,
    to: string,
  ): Promise<TextDocumentEdit[] | { refused: string }>;
  /** The wanted mentions of an open document; the places that `wanted` is given count from `from`. */
  mentionsIn(analysis: Analysis, wanted: (mention: Mention, from: number) => boolean): Mention[];
  /** The mentions of each part of an open document: the same list as long as the part is; places count from `from`. */
  visitMentions(analysis: Analysis, visit: (mentions: readonly Mention[], from: number) => void): void;
  /** Every tag, once, in order. */
  tags(): Promise<string[]>;
}

interface Found {
  readonly mention: Mention;
  readonly location: Location;
}

interface WorkspaceSource {
  readonly platform: Platform;
  readonly documents: TextDocuments<TextDocument>;
  readonly analyses: Analyses;
  readonly host: ConnectedHost;
  readonly positions: Positions;
  readonly index: ManifestIndex;
}

export function openWorkspace(source: WorkspaceSource): Workspace {
  const { platform, documents, analyses, host, positions, index } = source;
  const { pathOrUri } = host;
  const visit = createMentionVisitor();

  const mentionsIn: Workspace['mentionsIn'] = ({ file }, wanted) => {
    const found: Mention[] = [];
    visit(file, (mentions, from) => {
      for (const mention of mentions)
        if (wanted(mention, from))
          found.push({ ...mention, start: mention.start + from, end: mention.end + from });
    });
    return found;
  };

  async function mentions(wanted: (mention: Mention) => boolean): Promise<Found[]> {
    const found: Found[] = [];
    const open = new Set<string>();
    for (const uri of documents.keys()) {
      const own = await analyses.current(uri);
      if (!own) continue;
      open.add(pathOrUri(uri));
      for (const mention of mentionsIn(own.analysis, wanted))
        found.push({ mention, location: { uri, range: toRange(own.document, mention.start, mention.end) } });
    }
    for (const [path, file] of await index.files()) {
      if (open.has(path)) continue;
      const uri = platform.toUri(path);
      const own = file.mentions.filter(wanted);
      // Bytes of a line are not kept.
      const text =
        own.length === 0 || positions.plain()
          ? undefined
          : ((await readText(platform.files, path).catch(() => undefined)) ?? '');
      const document = text === undefined ? undefined : positions.create(uri, '', 0, text);
      for (const mention of own) {
        const { start, end } = mention;
        const range = document ? toRange(document, start, end) : toRangeByLines(file.lines, start, end);
        found.push({ mention, location: { uri, range } });
      }
    }
    return found;
  }

  async function rename(
    thing: Pick<Mention, 'what' | 'name'>,
    to: string,
  ): Promise<TextDocumentEdit[] | { refused: string }> {
    const found = await mentions(({ what, name }) => what === thing.what && name === thing.name);
    const edits: TextDocumentEdit[] = [];
    for (const uri of new Set(found.map(({ location }) => location.uri))) {
      const open = await analyses.current(uri);
      // Read again, since the file may have changed since it was indexed.
      const text = open ? '' : await readText(platform.files, pathOrUri(uri)).catch(() => undefined);
      if (text === undefined) {
        index.changed(pathOrUri(uri)); // gone without a report, as with its folder
        return { refused: `${pathOrUri(uri)} can no longer be read. Nothing is renamed.` };
      }
      const document = open?.document ?? positions.create(uri, '', 0, text);
      const file =
        open?.analysis.file ?? readManifest({ text, path: pathOrUri(uri), told: await findKindHint(uri) });
      const renaming = renameIn(file, thing, to);
      if ('refused' in renaming) return { refused: `${pathOrUri(uri)}: ${renaming.refused}` };
      const version = open ? document.version : null;
      if (renaming.edits.length > 0)
        edits.push({ textDocument: { uri, version }, edits: toTextEdits(document, renaming.edits) });
    }
    return edits;
  }

  async function findKindHint(uri: string): Promise<Told | undefined> {
    return kindByGlobs(pathOrUri(uri), (await host.settings(uri)).manifests);
  }

  async function tags(): Promise<string[]> {
    const found = await mentions(({ what, name }) => what === 'tag' && name !== '');
    return [...new Set(found.map(({ mention }) => mention.name))].sort();
  }

  return { mentions, rename, mentionsIn, visitMentions: ({ file }, each) => visit(file, each), tags };
}
