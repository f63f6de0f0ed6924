import type { DocumentHighlight, Position } from 'vscode-languageserver';
import type { Mention } from '../index/mentions.ts';
import type { AnalyzedDocument } from '../lsp/analyses.ts';
import { toRange } from '../lsp/convert.ts';
import type { Feature, Session } from './feature.ts';

/** Definition, references and highlights of tags, property names and image names. */
export const references: Feature = (session) => {
  const { connection, workspace } = session;
  connection.onDefinition(async ({ textDocument, position }) => {
    const found = await findMention(session, textDocument.uri, position);
    if (!found) return null;
    const definitions = await workspace.mentions((other) => other.defines && isSame(other, found.mention));
    return definitions.map(({ location }) => location);
  });
  connection.onReferences(async ({ textDocument, position, context }) => {
    const found = await findMention(session, textDocument.uri, position);
    if (!found) return null;
    const others = await workspace.mentions(
      (other) => isSame(other, found.mention) && (context.includeDeclaration || !other.defines),
    );
    return others.map(({ location }) => location);
  });
  connection.onDocumentHighlight(async ({ textDocument, position }): Promise<DocumentHighlight[]> => {
    const found = await findMention(session, textDocument.uri, position);
    if (!found) return [];
    const others = workspace.mentionsIn(found.analysis, (other) => isSame(other, found.mention));
    return others.map(({ start, end }) => ({ range: toRange(found.document, start, end) }));
  });
  return () => ({ definitionProvider: true, referencesProvider: true, documentHighlightProvider: true });
};

export interface MentionAt extends AnalyzedDocument {
  readonly mention: Mention;
}

/** Finds the mention that a position is in; undefined where there is none. */
export async function findMention(
  { analyses, workspace }: Session,
  uri: string,
  position: Position,
): Promise<MentionAt | undefined> {
  const analyzed = await analyses.current(uri);
  if (!analyzed) return undefined;
  const offset = analyzed.document.offsetAt(position);
  const [mention] = workspace.mentionsIn(
    analyzed.analysis,
    ({ start, end }, from) => offset >= start + from && offset <= end + from,
  );
  return mention && { ...analyzed, mention };
}

function isSame(a: Mention, b: Mention): boolean {
  return a.what === b.what && a.name === b.name;
}
