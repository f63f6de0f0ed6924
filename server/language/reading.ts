import { type InlayHint, SemanticTokensBuilder } from 'vscode-languageserver/node';
import { formatted } from './formatting.ts';
import { inlaysOf } from './inlays.ts';
import type { Feature, Known } from './session.ts';
import { rangeOf } from './structureToLsp.ts';
import { tokenModifiers, tokensIn, tokenTypes } from './tokens.ts';
import { pathOf } from './uris.ts';
import type { Workspace } from './workspace.ts';

/** How a manifest reads: sizes in words, words with a meaning coloured, and its layout. */
export const reading =
  (workspace: Workspace): Feature =>
  ({ connection, documents, analysisOf }) => {
    /** Per open document, since a delta is from what was sent last. */
    const builders = new Map<string, SemanticTokensBuilder>();
    documents.onDidClose(({ document }) => builders.delete(document.uri));

    connection.languages.inlayHint.on(async ({ textDocument, range }): Promise<InlayHint[]> => {
      const known = await analysisOf(textDocument.uri);
      if (!known) return [];
      const { document, analysis } = known;
      const inlays = inlaysOf(analysis, document.offsetAt(range.start), document.offsetAt(range.end));
      return inlays.map(({ at, label }) => ({ position: document.positionAt(at), label, paddingLeft: true }));
    });

    connection.languages.semanticTokens.on(async ({ textDocument }) => {
      const known = await analysisOf(textDocument.uri);
      if (!known) return { data: [] };
      const builder = new SemanticTokensBuilder();
      builders.set(textDocument.uri, builder);
      push(builder, known);
      return builder.build();
    });
    connection.languages.semanticTokens.onDelta(async ({ textDocument, previousResultId }) => {
      const known = await analysisOf(textDocument.uri);
      if (!known) return { data: [] };
      const builder = builders.get(textDocument.uri) ?? new SemanticTokensBuilder();
      builders.set(textDocument.uri, builder);
      builder.previousResult(previousResultId);
      push(builder, known);
      return builder.buildEdits();
    });

    connection.onDocumentFormatting(async ({ textDocument, options }) => {
      const known = await analysisOf(textDocument.uri);
      const text = known && formatted(known.analysis.file, pathOf(textDocument.uri), options);
      if (!known || text === undefined) return [];
      return [{ range: rangeOf(known.document, 0, known.document.getText().length), newText: text }];
    });

    function push(builder: SemanticTokensBuilder, { document, analysis }: Known): void {
      for (const { start, end, type, modifiers } of tokensIn(
        workspace.mentionsIn(analysis),
        analysis.settings.profile,
      )) {
        const range = rangeOf(document, start, end);
        if (range.start.line !== range.end.line) continue; // clients take no tokens of several lines
        const bits = modifiers.reduce((sum, modifier) => sum | (1 << tokenModifiers.indexOf(modifier)), 0);
        builder.push(
          range.start.line,
          range.start.character,
          range.end.character - range.start.character,
          tokenTypes.indexOf(type),
          bits,
        );
      }
    }

    return () => ({
      inlayHintProvider: true,
      documentFormattingProvider: true,
      semanticTokensProvider: {
        legend: { tokenTypes: [...tokenTypes], tokenModifiers: [...tokenModifiers] },
        full: { delta: true },
      },
    });
  };
