/** Finds the parents of a differencing disk beside it. */
import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { equalBytes } from './bytes.ts';
import { type DiskContent, openContent } from './content.ts';
import { type FileSource, fileSource } from './fileSource.ts';
import { longestChain } from './format/chain.ts';
import { diskType } from './format/footer.ts';
import { openVhd, type Vhd } from './format/vhd.ts';

export interface FoundParent {
  /** Of its file, in the same folder; as its child says it where there is none. */
  readonly name: string;
  readonly path?: string;
  readonly vhd?: Vhd;
  /** Why the chain cannot be read beyond its child. */
  readonly problem?: string;
}

export interface FoundParents {
  /** The nearest first. The last one has the problem, if there is any. */
  readonly parents: readonly FoundParent[];
  /** What all of them hold together, where none has a problem. */
  readonly content?: DiskContent;
  close(): void;
}

/** Follows the chain of a differencing disk's file. Only its own folder is looked into, whatever the disk says. */
export async function findParents(path: string, vhd: Vhd): Promise<FoundParents> {
  const parents: FoundParent[] = [];
  const open: FileSource[] = [];
  const seen = new Set([path]);
  for (let child = vhd; child.footer.type === diskType.differencing && !parents.at(-1)?.problem; ) {
    const parent = await findParent(dirname(path), child, open);
    const isTwice = parent.path !== undefined && seen.has(parent.path);
    const problem = isTwice
      ? `${parent.name} is its own ancestor.`
      : parents.length >= longestChain
        ? `A chain has at most ${longestChain} disks.`
        : parent.problem;
    parents.push(problem === undefined ? parent : { ...parent, problem });
    if (!parent.vhd || !parent.path) break;
    seen.add(parent.path);
    child = parent.vhd;
  }
  const close = (): void => {
    for (const source of open) source.close();
  };
  if (parents.length === 0 || parents.some(({ problem }) => problem !== undefined)) return { parents, close };
  let content: DiskContent | undefined;
  for (const parent of parents.toReversed()) content = parent.vhd && openContent(parent.vhd, content);
  return { parents, ...(content ? { content } : {}), close };
}

async function findParent(folder: string, child: Vhd, open: FileSource[]): Promise<FoundParent> {
  const names = await readParentNames(child);
  const [named = ''] = names;
  let other: FoundParent | undefined;
  for (const name of names) {
    const path = join(folder, name);
    const source = openFile(path);
    if (!source) continue;
    open.push(source);
    const vhd = await openVhd(source);
    if (!vhd) {
      other ??= { name, path, problem: `${name} is no VHD.` };
      continue;
    }
    const isIt = child.header && equalBytes(child.header.parentUuid, vhd.footer.uuid);
    const [damage] = vhd.damage;
    if (isIt)
      return { name, path, vhd, ...(damage ? { problem: `${name} is damaged: ${damage.text}` } : {}) };
    other ??= {
      name,
      path,
      vhd,
      problem: `${name} is another disk: its identifier is not the one that is named.`,
    };
  }
  if (other) return other;
  return named === ''
    ? { name: 'unnamed', problem: 'The disk does not name its parent.' }
    : { name: named, problem: `${named} is not in this folder. Put it beside the disk.` };
}

/** The file names by which a disk knows its parent: those of its locators, and the one in its header. */
async function readParentNames({ header, source }: Vhd): Promise<string[]> {
  if (!header) return [];
  const names: string[] = [];
  for (const { code, length, offset } of header.locators) {
    if (length === 0 || length > 4096 || offset > BigInt(source.size)) continue;
    const bytes = await source.read(Number(offset), length);
    const text = new TextDecoder(code === 'MacX' ? 'utf-8' : 'utf-16le').decode(bytes);
    names.push(text.replace(/\0.*$/s, ''));
  }
  names.push(header.parentName);
  const files = names.map((name) => name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1));
  return [...new Set(files)].filter((name) => name !== '' && name !== '.' && name !== '..');
}

/** Opens a file, and nothing that only looks like one: a pipe would be waited for. */
function openFile(path: string): FileSource | undefined {
  try {
    return statSync(path).isFile() ? fileSource(path) : undefined;
  } catch {
    return undefined; // not there, or not ours to read: then it is not the parent
  }
}
