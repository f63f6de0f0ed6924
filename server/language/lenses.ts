import { kindByName } from '../manifests/kinds.ts';
import type { ManifestDocument } from '../manifests/nodes.ts';
import { importCommand } from './protocol.ts';
import type { Analysis } from './types.ts';

export interface Lens {
  readonly start: number;
  readonly title: string;
  /** Empty: the lens only says something. */
  readonly command: string;
  readonly arguments: readonly (string | number)[];
}

/** *Import* over each import of a file, run by the client; and what a document is taken for, where the name does not say. */
export function lensesOf({ uri, file }: Analysis): Lens[] {
  return file.documents.flatMap((document) => [...importLens(uri, document), ...kindLens(uri, document)]);
}

function importLens(uri: string, { kind, root, index }: ManifestDocument): Lens[] {
  if (kind !== 'import' || !root) return [];
  return [{ start: root.start, title: 'Import', command: importCommand, arguments: [uri, index] }];
}

function kindLens(uri: string, { kind, why, root }: ManifestDocument): Lens[] {
  if (!root || (kind && kind === kindByName(uri))) return [];
  const title = kind ? `${titles[kind]}, ${why}` : `No kind of manifest: ${why}`;
  return [{ start: root.start, title, command: '', arguments: [] }];
}

const titles = {
  image: 'Image',
  import: 'Import task',
  export: 'Export task',
  patch: 'Image patch',
  'server-image': 'Image of a server',
  server: 'Server',
} as const;
