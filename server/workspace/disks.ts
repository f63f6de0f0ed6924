import type { Dirent, Stats } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readDiskFacts } from '../disks/facts.ts';
import { fileSource } from '../disks/source.ts';
import type { DiskFacts } from '../rules/rule.ts';
import { type DiskFolders, diskPaths, foldersBeside, isInside } from './diskPaths.ts';

/** Disks on this machine as `container/object`; facts are kept until the file changes. */
export interface Disks {
  facts(importFrom: string, places: Places): Promise<DiskFacts | undefined>;
  /** The file's path; undefined where there is none. */
  path(importFrom: string, places: Places): Promise<string | undefined>;
  names(places: Places): Promise<string[]>;
}

export interface Places extends DiskFolders {
  /** Folders outside of which nothing is read, links followed; undefined where the workspace is trusted. */
  readonly within?: readonly string[] | undefined;
}

const maximumKept = 200;
const maximumNames = 500;

export function openDisks(): Disks {
  const kept = new Map<string, { stamp: string; facts: DiskFacts }>();

  async function facts(importFrom: string, places: Places): Promise<DiskFacts | undefined> {
    for (const { path, found } of await filesOf(importFrom, places)) {
      const stamp = `${importFrom} ${found.size} ${found.mtimeMs}`;
      const known = kept.get(path);
      if (known?.stamp === stamp) return known.facts;
      const read = await readFacts(importFrom, path);
      if (!read) continue;
      if (kept.size >= maximumKept) kept.clear();
      kept.set(path, { stamp, facts: read });
      return read;
    }
    return undefined;
  }

  async function path(importFrom: string, places: Places): Promise<string | undefined> {
    const [first] = await filesOf(importFrom, places);
    return first?.path;
  }

  async function names({ path, root, containers, within }: Places): Promise<string[]> {
    const folders = new Map(containers);
    for (const base of foldersBeside(path, root)) {
      for (const entry of await list(base)) {
        if (entry.isDirectory() && !entry.name.startsWith('.') && !folders.has(entry.name))
          folders.set(entry.name, join(base, entry.name));
      }
    }
    const found: string[] = [];
    for (const [container, folder] of folders) {
      if (!(await mayRead(folder, within))) continue;
      for (const entry of await list(folder)) {
        if (entry.isFile() && /\.vhd$/i.test(entry.name) && found.length < maximumNames)
          found.push(`${container}/${entry.name}`);
      }
    }
    return found.sort();
  }

  return { facts, path, names };
}

async function readFacts(name: string, path: string): Promise<DiskFacts | undefined> {
  let source: ReturnType<typeof fileSource>;
  try {
    source = fileSource(path);
  } catch {
    return undefined; // gone or not readable since `stat`: not known
  }
  try {
    return await readDiskFacts(name, source);
  } finally {
    source.close();
  }
}

/** The files at which the disk may lie, in the order in which they are looked for. */
async function filesOf(importFrom: string, places: Places): Promise<{ path: string; found: Stats }[]> {
  const files: { path: string; found: Stats }[] = [];
  for (const path of diskPaths(importFrom, places)) {
    if (!(await mayRead(path, places.within))) continue;
    const found = await stat(path).catch(() => undefined);
    if (found?.isFile()) files.push({ path, found });
  }
  return files;
}

async function mayRead(path: string, within: Places['within']): Promise<boolean> {
  if (!within) return true;
  if (!within.some((folder) => isInside(path, folder))) return false;
  const real = await realpath(path).catch(() => undefined);
  if (real === undefined) return false;
  for (const folder of within) {
    const target = await realpath(folder).catch(() => undefined);
    if (target !== undefined && isInside(real, target)) return true;
  }
  return false;
}

async function list(folder: string): Promise<Dirent[]> {
  return readdir(folder, { withFileTypes: true }).catch(() => []);
}
