import { SemanticTokensBuilder } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { Profile } from '../../rules/profile/profile.ts';
import { classOf, isProtected } from '../../rules/service/attributes.ts';
import type { Mention } from '../index/mentions.ts';
import type { AnalyzedDocument } from '../lsp/analyses.ts';
import { toRange } from '../lsp/convert.ts';
import type { Feature } from './feature.ts';

/** A word with a meaning of its own, for colouring beyond the grammar. */
interface Token {
  readonly start: number;
  readonly end: number;
  readonly type: (typeof tokenTypes)[number];
  readonly modifiers: readonly (typeof tokenModifiers)[number][];
}

const tokenTypes = ['property', 'enumMember'] as const;
/** `readonly`: only the service sets it; `defaultLibrary`: an attribute that every image has. */
const tokenModifiers = ['readonly', 'defaultLibrary'] as const;

export const semanticTokens: Feature = ({ connection, documents, analyses, workspace }) => {
  /** By open document, since a delta is from what was sent last. */
  const builders = new Map<string, SemanticTokensBuilder>();
  documents.onDidClose(({ document }) => builders.delete(document.uri));
  /** By what the parts of documents mention, which is kept as long as their text is the same. */
  let words = { profile: undefined as Profile | undefined, by: new WeakMap<readonly Mention[], Word[]>() };

  connection.languages.semanticTokens.on(async ({ textDocument }) => {
    const builder = new SemanticTokensBuilder();
    return (await build(builder, textDocument.uri)) ? builder.build() : { data: [] };
  });
  connection.languages.semanticTokens.onDelta(async ({ textDocument, previousResultId }) => {
    const builder = builders.get(textDocument.uri) ?? new SemanticTokensBuilder();
    return (await build(builder, textDocument.uri, previousResultId)) ? builder.buildEdits() : { data: [] };
  });

  async function build(
    builder: SemanticTokensBuilder,
    uri: string,
    previousResultId?: string,
  ): Promise<boolean> {
    const analyzed = await analyses.current(uri);
    if (!analyzed) return false;
    builders.set(uri, builder);
    if (previousResultId !== undefined) builder.previousResult(previousResultId);
    push(builder, analyzed);
    return true;
  }

  function push(builder: SemanticTokensBuilder, { document, analysis }: AnalyzedDocument): void {
    const { profile } = analysis.settings;
    if (profile !== words.profile) words = { profile, by: new WeakMap() };
    workspace.visitMentions(analysis, (mentions, from) => {
      const { line, character } = document.positionAt(from);
      const placed = words.by.get(mentions) ?? wordsOf(mentions, document, from, profile);
      words.by.set(mentions, placed);
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
    const range = toRange(document, from + start, from + end);
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

/** In the order of the text. */
function tokensOf(mentions: readonly Mention[], profile: Profile): Token[] {
  const tokens = mentions.flatMap(({ what, name, start, end }): Token[] => {
    if (what === 'image' || start >= end) return [];
    if (what === 'tag') return [{ start, end, type: 'enumMember', modifiers: [] }];
    return [{ start, end, type: 'property', modifiers: modifiersOf(name, profile) }];
  });
  return tokens.sort((a, b) => a.start - b.start);
}

function modifiersOf(name: string, profile: Profile): Token['modifiers'] {
  const kind = classOf(name);
  if (kind === 'read-only' || kind === 'reserved' || isProtected(name, profile)) return ['readonly'];
  return kind === 'writable' ? ['defaultLibrary'] : [];
}
