import type { Cloud } from '../../../server/cloud/cloud.ts';
import { containersPage } from '../../../server/cloud/services/browse.ts';
import { forbidsFiles } from '../../cloud/permissions.ts';
import type { Context } from '../../context.ts';
import { Cancelled } from '../../ui/errors.ts';
import { counted, sizeText } from '../../ui/units.ts';
import type { FileNode } from '../../views/files/fileNode.ts';

/** A place in Cloud Files that a command was given as a row. */
export interface Place {
  readonly container: string;
  /** Of a folder with a slash at its end, of an object whole. */
  readonly path: string;
}

/** The connected cloud, where the person may change what is in Cloud Files. Throws the reason where not. */
export async function writableFiles(context: Context): Promise<Cloud> {
  const connection = await context.source.connect();
  const refused = forbidsFiles('administer', connection);
  if (refused !== undefined) throw new Error(refused);
  return connection.cloud;
}

/** The row, and those selected with it, where the command was given any. */
export function rowsOf(node: unknown, nodes?: unknown): FileNode[] {
  return (Array.isArray(nodes) && nodes.length > 0 ? nodes : [node]).filter(isFileNode);
}

export function placeOfRow(node: FileNode | undefined): Place | undefined {
  if (node?.kind === 'container') return { container: node.name, path: '' };
  if (node?.kind === 'folder') return { container: node.container, path: node.prefix };
  if (node?.kind === 'object' || node?.kind === 'segment')
    return { container: node.container, path: node.name };
  return undefined;
}

/** The name of one of the region's containers, or, where that makes sense, of one that is yet to be made. */
export async function chooseContainer(
  { ui }: Context,
  cloud: Cloud,
  title: string,
  {
    objection = () => undefined,
    fresh = true,
  }: { objection?: (name: string) => string | undefined; fresh?: boolean } = {},
): Promise<string> {
  const { entries } = await containersPage(cloud, 1000);
  const known = entries.map(({ name, count, bytes }) => ({
    label: name,
    description: objection(name) ?? `${counted(count, 'object')}, ${sizeText(bytes)}`,
    container: name as string | undefined,
  }));
  const other = { label: '$(add) New container…', description: '', container: undefined };
  const picked = await ui.pick(fresh ? [...known, other] : known, title);
  if (!picked) throw new Cancelled();
  if (picked.container !== undefined) return picked.container;
  const name = await ui.ask('Name of the new container', (text) => objectionTo(text) ?? objection(text));
  if (name === undefined) throw new Cancelled();
  return name;
}

/** Why Cloud Files has no container of that name (SOURCES: rackspace §6). */
export function objectionTo(name: string): string | undefined {
  if (name === '') return 'A container needs a name.';
  if (name.includes('/')) return "A container's name has no slash.";
  if (name === '.' || name === '..') return 'URLs leave out the names . and ..';
  const bytes = encodeURIComponent(name.toWellFormed()).length;
  return bytes > 256 ? `A container's name has at most 256 bytes in a URL; this has ${bytes}.` : undefined;
}

function isFileNode(node: unknown): node is FileNode {
  const kinds = ['container', 'folder', 'object', 'segment', 'gap', 'more', 'failed'];
  return typeof node === 'object' && node !== null && 'kind' in node && kinds.includes(String(node.kind));
}
