import { type InlayHint, SemanticTokensBuilder } from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { Profile } from '../../rules/profile/profile.ts';
import type { Mention } from '../index/mentions.ts';
import type { Workspace } from '../index/workspaceManifests.ts';
import { rangeOf } from '../lsp/structureToLsp.ts';
import type { Feature, Known } from './feature.ts';
import { formatted } from './formatting.ts';
import { inlaysOf } from './inlayHint.ts';
import { tokenModifiers, tokensOf, tokenTypes } from './semanticTokens.ts';

/** How a manifest reads: sizes in words, words with a meaning coloured, and its layout. */
export const reading =
  (workspace: Workspace): Feature =>
  ({ connection, documents, analysisOf }) => {
    /** Per open document, since a delta is from what was sent last. */
    const builders = new Map<string, SemanticTokensBuilder>();
    documents.onDidClose(({ document }) => builders.delete(document.uri));
    /** Of the parts of documents, by what they mention, which is kept as long as their text is the same. */
    let words = { profile: undefined as Profile | undefined, of: new WeakMap<readonly Mention[], Word[]>() };

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
      const text = known && formatted(known.analysis.file, options);
      if (!known || text === undefined) return [];
      return [{ range: rangeOf(known.document, 0, known.document.getText().length), newText: text }];
    });

    function push(builder: SemanticTokensBuilder, { document, analysis }: Known): void {
      const { profile } = analysis.settings;
      if (profile !== words.profile) words = { profile, of: new WeakMap() };
      workspace.visitMentions(analysis, (mentions, from) => {
        const { line, character } = document.positionAt(from);
        const placed = words.of.get(mentions) ?? wordsOf(mentions, document, from, profile);
        words.of.set(mentions, placed);
        for (const word of placed)
          builder.push(
            line + word.line,
            word.line === 0 ? character + word.character : word.character,
            word.length,
            word.type,
            word.modifiers,
          );
      });
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

/** A token as LSP has it, its place counted from the part that it stands in. */
interface Word {
  readonly line: number;
  readonly character: number;
  readonly length: number;
  readonly type: number;
  readonly modifiers: number;
}

function wordsOf(
  mentions: readonly Mention[],
  document: TextDocument,
  from: number,
  profile: Profile,
): Word[] {
  const first = document.positionAt(from);
  return tokensOf(mentions, profile).flatMap(({ start, end, type, modifiers }) => {
    const range = rangeOf(document, from + start, from + end);
    if (range.start.line !== range.end.line) return []; // clients take no tokens of several lines
    const line = range.start.line - first.line;
    return {
      line,
      character: range.start.character - (line === 0 ? first.character : 0),
      length: range.end.character - range.start.character,
      type: tokenTypes.indexOf(type),
      modifiers: modifiers.reduce((sum, modifier) => sum | (1 << tokenModifiers.indexOf(modifier)), 0),
    };
  });
}
