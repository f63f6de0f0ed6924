import { t } from '@vscode/l10n';
import type { Cloud } from '../../../server/cloud/cloud.ts';
import { forbidsFiles } from '../../cloud/permissions.ts';
import type { Context } from '../../context.ts';
import type { FileNode } from '../../views/files/fileNode.ts';

/** A place in Cloud Files. */
export interface Place {
  readonly container: string;
  /** Path of a folder, ending with a slash, or name of an object. */
  readonly path: string;
}

/** The connected cloud, where the person may change what is in Cloud Files. Throws the reason where not. */
export async function requireWritableFiles(context: Context): Promise<Cloud> {
  const connection = await context.source.connect();
  const refused = forbidsFiles('administer', connection);
  if (refused !== undefined) throw new Error(refused);
  return connection.cloud;
}

/** Returns the row of a command, or all that are selected with it. */
export function selectRows(node: unknown, nodes?: unknown): FileNode[] {
  return (Array.isArray(nodes) && nodes.length > 0 ? nodes : [node]).filter(isFileNode);
}

export function locateRow(node: FileNode | undefined): Place | undefined {
  if (node?.kind === 'container') return { container: node.name, path: '' };
  if (node?.kind === 'folder') return { container: node.container, path: node.prefix };
  if (node?.kind === 'object' || node?.kind === 'segment')
    return { container: node.container, path: node.name };
  return undefined;
}

/** Returns where the object of a row lies. Throws where it is a row of something else. */
export function locateObject(node: FileNode | undefined): Place {
  const place = locateRow(node);
  if (!place || place.path === '' || place.path.endsWith('/'))
    throw new Error(t('Select an object in Cloud Files first.'));
  return place;
}

function isFileNode(node: unknown): node is FileNode {
  const kinds = ['container', 'folder', 'object', 'segment', 'gap', 'more', 'failed'];
  return typeof node === 'object' && node !== null && 'kind' in node && kinds.includes(String(node.kind));
}
