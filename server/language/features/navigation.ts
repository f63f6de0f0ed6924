import {
  type DocumentHighlight,
  LSPErrorCodes,
  type Position,
  ResponseError,
  type SymbolInformation,
} from 'vscode-languageserver/node';
import type { Mention } from '../index/mentions.ts';
import type { Workspace } from '../index/workspaceManifests.ts';
import { mentionKinds, rangeOf } from '../lsp/structureToLsp.ts';
import type { Feature, Known } from './feature.ts';
import { refuseNewName, refuseOldName } from './rename.ts';

const maximumSymbols = 1000;

/** Definition, references, highlights and rename of tags, property names and image names; symbols of the workspace. */
export const navigation =
  (workspace: Workspace): Feature =>
  ({ connection, analysisOf }) => {
    connection.onDefinition(async ({ textDocument, position }) => {
      const at = await mentionAt(textDocument.uri, position);
      if (!at) return null;
      const found = await workspace.mentions((other) => other.defines && same(other, at.mention));
      return found.map(({ location }) => location);
    });
    connection.onReferences(async ({ textDocument, position, context }) => {
      const at = await mentionAt(textDocument.uri, position);
      if (!at) return null;
      const found = await workspace.mentions(
        (other) => same(other, at.mention) && (context.includeDeclaration || !other.defines),
      );
      return found.map(({ location }) => location);
    });
    connection.onDocumentHighlight(async ({ textDocument, position }): Promise<DocumentHighlight[]> => {
      const at = await mentionAt(textDocument.uri, position);
      if (!at) return [];
      const { document, analysis } = at.known;
      const others = workspace.mentionsIn(analysis, (other) => same(other, at.mention));
      return others.map(({ start, end }) => ({ range: rangeOf(document, start, end) }));
    });
    connection.onPrepareRename(async ({ textDocument, position }) => {
      const { mention, known } = await renamable(textDocument.uri, position);
      return { range: rangeOf(known.document, mention.start, mention.end), placeholder: mention.name };
    });
    connection.onRenameRequest(async ({ textDocument, position, newName }) => {
      const { mention, known } = await renamable(textDocument.uri, position);
      if (newName === mention.name) return { documentChanges: [] };
      const refused = refuseNewName(mention.what, newName, known.analysis.settings.profile);
      if (refused) throw refusal(refused);
      const documentChanges = await workspace.rename(mention, newName);
      if ('refused' in documentChanges) throw refusal(documentChanges.refused);
      return { documentChanges };
    });
    connection.onWorkspaceSymbol(async ({ query }): Promise<SymbolInformation[]> => {
      const wanted = query.toLowerCase();
      const found = await workspace.mentions(
        ({ defines, name }) => defines && name !== '' && name.toLowerCase().includes(wanted),
      );
      return found
        .slice(0, maximumSymbols)
        .map(({ mention, location }) => ({ name: mention.name, kind: mentionKinds[mention.what], location }));
    });

    return () => ({
      definitionProvider: true,
      referencesProvider: true,
      documentHighlightProvider: true,
      renameProvider: { prepareProvider: true },
      workspaceSymbolProvider: true,
    });

    async function mentionAt(
      uri: string,
      position: Position,
    ): Promise<{ mention: Mention; known: Known } | undefined> {
      const known = await analysisOf(uri);
      if (!known) return undefined;
      const offset = known.document.offsetAt(position);
      const [mention] = workspace.mentionsIn(
        known.analysis,
        ({ start, end }, from) => offset >= start + from && offset <= end + from,
      );
      return mention && { mention, known };
    }

    async function renamable(uri: string, position: Position): Promise<{ mention: Mention; known: Known }> {
      const at = await mentionAt(uri, position);
      if (!at) throw refusal('Only tags, properties and names of images can be renamed.');
      const refused = refuseOldName(at.mention, at.known.analysis.settings.profile);
      if (refused) throw refusal(refused);
      return at;
    }
  };

function same(a: Mention, b: Mention): boolean {
  return a.what === b.what && a.name === b.name;
}

function refusal(sentence: string): ResponseError {
  return new ResponseError(LSPErrorCodes.RequestFailed, sentence);
}
