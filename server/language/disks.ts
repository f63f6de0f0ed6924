import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { readDiskFacts } from '../disks/facts.ts';
import { fileSource } from '../disks/source.ts';
import type { DiskFacts } from '../rules/types.ts';

/** Disks on this machine as `container/object`; facts are kept until the file changes. */
export interface Disks {
  facts(importFrom: string, places: Places): Promise<DiskFacts | undefined>;
  /** The file's path; undefined where there is none. */
  path(importFrom: string, places: Places): Promise<string | undefined>;
  names(places: Places): Promise<string[]>;
}

export interface Places {
  /** The manifest's own path. */
  readonly path: string;
  readonly root: string | undefined;
  readonly containers: ReadonlyMap<string, string>;
}

const maximumKept = 200;
const maximumNames = 500;

export function openDisks(): Disks {
  const kept = new Map<string, { stamp: string; facts: DiskFacts }>();

  async function facts(importFrom: string, places: Places): Promise<DiskFacts | undefined> {
    for (const path of candidates(importFrom, places)) {
      const found = await stat(path).catch(() => undefined);
      if (!found?.isFile()) continue;
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
    for (const candidate of candidates(importFrom, places)) {
      const found = await stat(candidate).catch(() => undefined);
      if (found?.isFile()) return candidate;
    }
    return undefined;
  }

  async function names({ path, root, containers }: Places): Promise<string[]> {
    const folders = new Map(containers);
    for (const base of bases(path, root)) {
      for (const entry of await list(base)) {
        if (entry.isDirectory() && !entry.name.startsWith('.') && !folders.has(entry.name))
          folders.set(entry.name, join(base, entry.name));
      }
    }
    const found: string[] = [];
    for (const [container, folder] of folders) {
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

/** Where `container/object` may be; a name never leads out of its container's folder. */
function candidates(importFrom: string, { path, root, containers }: Places): string[] {
  const slash = importFrom.indexOf('/');
  const container = importFrom.slice(0, slash);
  const object = importFrom.slice(slash + 1);
  if (slash < 1 || object === '') return [];
  const mapped = containers.get(container);
  const folders = mapped ? [mapped] : bases(path, root).map((base) => join(base, container));
  return folders.flatMap((folder) => {
    const candidate = resolve(folder, object);
    const inside = relative(folder, candidate);
    return inside === '' || inside.startsWith('..') || container === '..' || container === '.'
      ? []
      : [candidate];
  });
}

function bases(path: string, root: string | undefined): string[] {
  return root && root !== dirname(path) ? [root, dirname(path)] : [dirname(path)];
}

async function list(folder: string): Promise<Dirent[]> {
  return readdir(folder, { withFileTypes: true }).catch(() => []);
}
