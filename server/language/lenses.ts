import { kindTitles } from '../manifests/kinds.ts';
import type { ManifestDocument } from '../manifests/nodes.ts';
import type { Facts } from '../rules/types.ts';
import { changesIn, previewOf } from './patchPreview.ts';
import { chooseKindCommand, importCommand } from './protocol.ts';
import type { Analysis } from './types.ts';
import { isLocalFile } from './uris.ts';

export interface Lens {
  readonly start: number;
  readonly title: string;
  /** Empty: the lens only says something. */
  readonly command: string;
  readonly arguments: readonly (string | number)[];
}

/** What each document of a file is taken for, and why; *Import* over each import. `commands`: whether the client has ours. */
export function lensesOf({ uri, file, facts }: Analysis, commands: boolean): Lens[] {
  return file.documents.flatMap((document) => [
    ...(commands ? importLens(uri, document) : []),
    ...kindLens(uri, document, commands),
    ...targetLens(document, facts[document.index]),
  ]);
}

function importLens(uri: string, { kind, root, index }: ManifestDocument): Lens[] {
  if (kind !== 'import' || !root) return [];
  return [{ start: root.start, title: 'Import', command: importCommand, arguments: [uri, index] }];
}

/** Which image a patch applies to, and what comes of it. */
function targetLens(document: ManifestDocument, facts: Facts | undefined): Lens[] {
  const preview = facts && previewOf(document, facts);
  if (!preview || !document.root) return [];
  const name = String(facts.image?.get('name') ?? facts.image?.get('id') ?? '');
  const title = `On ${facts.imageFrom ?? `'${name}' in the cloud`}: ${changesIn(preview)}`;
  return [{ start: document.root.start, title, command: '', arguments: [] }];
}

/** What is no file of this machine, such as an opened live image, is what it is. */
function kindLens(uri: string, { kind, why, root }: ManifestDocument, commands: boolean): Lens[] {
  if (!root || !isLocalFile(uri)) return [];
  const title = kind ? `${kindTitles[kind]}, ${why}` : `No kind of manifest: ${why}`;
  const command = commands
    ? { command: chooseKindCommand, arguments: [uri] }
    : { command: '', arguments: [] };
  return [{ start: root.start, title, ...command }];
}
