import type { DiskFacts } from '../rules/facts.ts';
import { type DiskFolders, diskPaths, foldersBeside, isInside } from './diskPaths.ts';
import type { FileStatus, FileSystem } from './files.ts';

/** Disks on this machine as `container/object`; facts are kept until the file changes. */
export interface Disks {
  /** The first file that can be read as a disk, else the first that there is. */
  find(importFrom: string, places: Places): Promise<LocalDisk | undefined>;
  /** The disk in the file at `path`, called `name`; undefined where it cannot be read, or lies outside of the folders. */
  read(name: string, path: string, within: Places['within']): Promise<DiskFacts | undefined>;
  /** The path of the first file that there is, without reading it. */
  locate(importFrom: string, places: Places): Promise<string | undefined>;
  /** `container/object` of the disks that can be found, in order. */
  names(places: Places): Promise<string[]>;
}

export interface LocalDisk {
  readonly path: string;
  readonly bytes: number;
  /** Undefined where the file cannot be read. */
  readonly facts?: DiskFacts;
}

/** Reads what is on the disk of a file, called `name`; undefined where the file cannot be opened. */
export type DiskReader = (name: string, path: string) => Promise<DiskFacts | undefined>;

export interface Places extends DiskFolders {
  /** Folders outside of which nothing is read, links followed; undefined where the workspace is trusted. */
  readonly within?: readonly string[] | undefined;
}

const maximumKept = 200;
const maximumNames = 500;

export function openDisks(files: FileSystem, readDisk: DiskReader): Disks {
  const kept = new Map<string, { stamp: string; facts: DiskFacts }>();

  async function find(importFrom: string, places: Places): Promise<LocalDisk | undefined> {
    const candidates = await findFiles(files, importFrom, places);
    for (const { path, status } of candidates) {
      const facts = await readFacts(importFrom, path, status);
      if (facts) return { path, bytes: status.size, facts };
    }
    const [first] = candidates;
    return first && { path: first.path, bytes: first.status.size };
  }

  async function readFacts(
    importFrom: string,
    path: string,
    { size, mtimeMs }: FileStatus,
  ): Promise<DiskFacts | undefined> {
    const stamp = `${importFrom} ${size} ${mtimeMs}`;
    const known = kept.get(path);
    if (known?.stamp === stamp) return known.facts;
    const facts = await readDisk(importFrom, path);
    if (!facts) return undefined;
    if (kept.size >= maximumKept) kept.clear();
    kept.set(path, { stamp, facts });
    return facts;
  }

  async function read(name: string, path: string, within: Places['within']): Promise<DiskFacts | undefined> {
    if (!(await mayRead(files, path, within))) return undefined;
    const status = await files.status(path);
    return status?.isFile() ? readFacts(name, path, status) : undefined;
  }

  async function locate(importFrom: string, places: Places): Promise<string | undefined> {
    const [first] = await findFiles(files, importFrom, places);
    return first?.path;
  }

  async function names({ path, root, containers, within }: Places): Promise<string[]> {
    const folders = new Map(containers);
    for (const base of foldersBeside(path, root, files.path)) {
      for (const entry of await files.list(base)) {
        if (entry.isDirectory() && !entry.name.startsWith('.') && !folders.has(entry.name))
          folders.set(entry.name, files.path.join(base, entry.name));
      }
    }
    const found: string[] = [];
    for (const [container, folder] of folders) {
      if (!(await mayRead(files, folder, within))) continue;
      for (const entry of await files.list(folder)) {
        if (entry.isFile() && /\.vhd$/i.test(entry.name) && found.length < maximumNames)
          found.push(`${container}/${entry.name}`);
      }
    }
    return found.sort();
  }

  return { find, read, locate, names };
}

/** The files at which the disk may lie, in the order in which they are looked for. */
async function findFiles(
  files: FileSystem,
  importFrom: string,
  places: Places,
): Promise<{ path: string; status: FileStatus }[]> {
  const found: { path: string; status: FileStatus }[] = [];
  for (const path of diskPaths(importFrom, places, files.path)) {
    if (!(await mayRead(files, path, places.within))) continue;
    const status = await files.status(path);
    if (status?.isFile()) found.push({ path, status });
  }
  return found;
}

async function mayRead(files: FileSystem, path: string, within: Places['within']): Promise<boolean> {
  if (!within) return true;
  if (!within.some((folder) => isInside(path, folder, files.path))) return false;
  const real = await files.realPath(path);
  if (real === undefined) return false;
  for (const folder of within) {
    const target = await files.realPath(folder);
    if (target !== undefined && isInside(real, target, files.path)) return true;
  }
  return false;
}
