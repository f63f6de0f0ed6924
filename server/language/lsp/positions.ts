import type { PositionEncodingKind, TextDocumentsConfiguration } from 'vscode-languageserver';
import { type Position, type Range, TextDocument } from 'vscode-languageserver-textdocument';

/** Text documents whose positions count as the client does: UTF-16 units, or bytes of UTF-8 for a client of nothing else. */
export interface Positions extends TextDocumentsConfiguration<TextDocument> {
  /** Chooses, from what the client offers in `general.positionEncodings`. */
  negotiate(offered: readonly PositionEncodingKind[] | undefined): PositionEncodingKind;
  /** True where positions are offsets in the line as JavaScript has them. */
  plain(): boolean;
}

export function openPositions(): Positions {
  let utf8 = false;

  return {
    negotiate(offered) {
      utf8 = offered?.includes('utf-16') === false && offered.includes('utf-8');
      return utf8 ? 'utf-8' : 'utf-16';
    },
    plain: () => !utf8,
    create(uri, languageId, version, text) {
      const document = TextDocument.create(uri, languageId, version, text);
      return utf8 ? new ByteDocument(document) : document;
    },
    update(document, changes, version) {
      if (!(document instanceof ByteDocument)) return TextDocument.update(document, changes, version);
      let { inner } = document;
      // Each change is of the text that those before it left.
      for (const change of changes) {
        const plain =
          'range' in change ? { ...change, range: document.plainRange(change.range, inner) } : change;
        inner = TextDocument.update(inner, [plain], version);
      }
      return new ByteDocument(inner);
    },
  };
}

/** A document whose columns are bytes of UTF-8. */
class ByteDocument implements TextDocument {
  readonly inner: TextDocument;

  constructor(inner: TextDocument) {
    this.inner = inner;
  }

  get uri(): string {
    return this.inner.uri;
  }
  get languageId(): string {
    return this.inner.languageId;
  }
  get version(): number {
    return this.inner.version;
  }
  get lineCount(): number {
    return this.inner.lineCount;
  }

  getText(range?: Range): string {
    return this.inner.getText(range && this.plainRange(range));
  }

  positionAt(offset: number): Position {
    const { line, character } = this.inner.positionAt(offset);
    const before = this.inner.getText({ start: { line, character: 0 }, end: { line, character } });
    return { line, character: utf8Length(before) };
  }

  offsetAt(position: Position): number {
    return this.inner.offsetAt(plainPosition(position, this.inner));
  }

  getLineRange(line: number): Range {
    const { start, end } = this.inner.getLineRange(line);
    return {
      start: this.positionAt(this.inner.offsetAt(start)),
      end: this.positionAt(this.inner.offsetAt(end)),
    };
  }

  getEOLCharacters(line: number): string {
    return this.inner.getEOLCharacters(line);
  }

  plainRange({ start, end }: Range, document = this.inner): Range {
    return { start: plainPosition(start, document), end: plainPosition(end, document) };
  }
}

function plainPosition({ line, character }: Position, document: TextDocument): Position {
  // A line has no more bytes than are asked for here before the column.
  const text = document.getText({ start: { line, character: 0 }, end: { line, character } });
  let bytes = 0;
  let units = 0;
  for (const point of text) {
    bytes += utf8Length(point);
    if (bytes > character) break;
    units += point.length;
  }
  return { line, character: units };
}

function utf8Length(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  return bytes;
}
