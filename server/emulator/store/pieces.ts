/** A part of some content. */
export interface Piece {
  readonly blob: string;
  readonly start: number;
  readonly length: number;
}

/** A part of a file. */
export interface FilePiece {
  readonly path: string;
  readonly start: number;
  readonly length: number;
}

export interface Kept {
  /** The same bytes as the pieces asked for, each in a file. */
  readonly pieces: readonly Piece[];
  readonly files: readonly FilePiece[];
  release(): void;
}

/** The pieces that hold `length` bytes from `start` of what all of them hold together. */
export function cut(pieces: readonly Piece[], start: number, length: number): Piece[] {
  const found: Piece[] = [];
  let at = 0;
  for (const piece of pieces) {
    const from = Math.max(start, at);
    const to = Math.min(start + length, at + piece.length);
    if (from < to) found.push({ blob: piece.blob, start: piece.start + from - at, length: to - from });
    at += piece.length;
  }
  return found;
}
