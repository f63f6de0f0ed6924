import { importCommand } from './protocol.ts';
import type { Analysis } from './types.ts';

export interface Lens {
  readonly start: number;
  readonly title: string;
  readonly command: string;
  readonly arguments: readonly (string | number)[];
}

/** *Import* over each import of a file; the client runs it. */
export function lensesOf({ uri, file }: Analysis): Lens[] {
  return file.documents.flatMap(({ kind, root, index }) =>
    kind === 'import' && root
      ? [{ start: root.start, title: 'Import', command: importCommand, arguments: [uri, index] }]
      : [],
  );
}
