import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { kindByName } from '../manifests/kinds.ts';
import { readManifest } from '../manifests/read.ts';
import { type Mention, mentionsOf } from './mentions.ts';

/** What the manifests on disk mention. Of each file only names and places are kept. */
export interface ManifestIndex {
  /** Whether the client reports changes; without, every question looks at the files' dates again. */
  watch(watched: boolean): void;
  watched(): boolean;
  /** A file was made, changed or removed. */
  changed(path: string): void;
  /** By path. Reads what is not known yet, so the first question costs the reading of the workspace. */
  files(): Promise<ReadonlyMap<string, IndexedFile>>;
}

export interface IndexedFile {
  /** Changes whenever the file does. */
  readonly stamp: string;
  readonly mentions: readonly Mention[];
  /** Offsets at which lines begin. */
  readonly lines: Uint32Array;
}

const skipped = new Set(['node_modules', '.git', 'dist', 'out']);
const maximumFiles = 10_000;
const maximumBytes = 4 * 1024 * 1024;
const maximumMentions = 500_000;

export function openIndex(roots: () => readonly string[], warn: (message: string) => void): ManifestIndex {
  const kept = new Map<string, IndexedFile>();
  const stale = new Set<string>();
  let watched = false;
  let listed = false;
  let mentions = 0;
  let full = false;
  let updating: Promise<void> = Promise.resolve();

  async function update(): Promise<void> {
    const whole = !listed || !watched;
    const paths = whole ? await list(roots()) : new Set(stale);
    if (whole) for (const path of kept.keys()) if (!paths.has(path)) forget(path);
    for (const path of paths) {
      stale.delete(path);
      await read(path);
    }
    listed = true;
  }

  async function read(path: string): Promise<void> {
    const found = await stat(path).catch(() => undefined);
    const stamp = found?.isFile() ? `${found.size} ${found.mtimeMs}` : undefined;
    if (stamp !== undefined && kept.get(path)?.stamp === stamp) return;
    forget(path);
    if (!found || stamp === undefined || found.size > maximumBytes) return;
    if (kept.size >= maximumFiles || mentions >= maximumMentions) {
      if (!full) warn(`The workspace has too many manifests; those after ${path} are not searched.`);
      full = true;
      return;
    }
    const text = await readFile(path, 'utf8').catch(() => undefined);
    if (text === undefined) return;
    const file = {
      stamp,
      mentions: mentionsOf(readManifest({ text, path })).map(detached),
      lines: linesOf(text),
    };
    mentions += file.mentions.length;
    kept.set(path, file);
  }

  function forget(path: string): void {
    mentions -= kept.get(path)?.mentions.length ?? 0;
    kept.delete(path);
  }

  return {
    watch(answer) {
      watched = answer;
    },
    watched: () => watched,
    changed(path) {
      if (kindByName(path)) stale.add(path);
    },
    async files() {
      updating = updating.then(update, update);
      await updating;
      return kept;
    },
  };
}

async function list(folders: readonly string[]): Promise<Set<string>> {
  const found = new Set<string>();
  const waiting = [...folders];
  for (let folder = waiting.shift(); folder !== undefined; folder = waiting.shift()) {
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && !skipped.has(entry.name)) waiting.push(path);
      else if (entry.isFile() && kindByName(entry.name)) found.add(path);
    }
  }
  return found;
}

/** A string of its own: one cut out of the text would keep the whole text in memory. */
function detached({ what, name, start, end, defines }: Mention): Mention {
  return { what, name: Buffer.from(name, 'utf16le').toString('utf16le'), start, end, defines };
}

function linesOf(text: string): Uint32Array {
  const starts = [0];
  for (const { index, 0: found } of text.matchAll(/\r\n?|\n/g)) starts.push(index + found.length);
  return Uint32Array.from(starts);
}
