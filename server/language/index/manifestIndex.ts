import { decodeText } from '../../manifests/encoding.ts';
import { detached } from '../../manifests/incremental/textChange.ts';
import { kindByName } from '../../manifests/kinds.ts';
import { readManifest } from '../../manifests/read.ts';
import { kindByGlobs, type ManifestGlob } from '../../workspace/globs.ts';
import { maximumManifestBytes } from '../../workspace/textFile.ts';
import type { Platform } from '../platform.ts';
import { listMentions, type Mention } from './mentions.ts';

/** The mentions of the manifests on disk. Of each file only names and places are kept. */
export interface ManifestIndex {
  /** Says that the client reports changes; without, every question looks at the files' dates again. */
  watch(watched: boolean): void;
  watched(): boolean;
  /** The settings may say other kinds than before. */
  settingsChanged(): void;
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

interface IndexSource {
  readonly platform: Platform;
  roots(): readonly string[];
  /** The globs that hold for a file. */
  globsFor(uri: string): Promise<readonly ManifestGlob[]>;
  warn(message: string): void;
}

export function openIndex(source: IndexSource): ManifestIndex {
  const { platform, roots, warn } = source;
  const { files } = platform;
  const kept = new Map<string, IndexedFile>();
  const stale = new Set<string>();
  /** The globs of all folders, as the last listing found them. */
  let globs: readonly ManifestGlob[] = [];
  let watched = false;
  let listed = false;
  let mentions = 0;
  let full = false;
  let updating: Promise<void> = Promise.resolve();

  async function update(): Promise<void> {
    const whole = !listed || !watched;
    const listing = whole ? await list(roots(), source) : undefined;
    if (listing) globs = listing.globs;
    const paths = listing?.paths ?? new Set(stale);
    if (whole) for (const path of kept.keys()) if (!paths.has(path)) forget(path);
    for (const path of paths) {
      stale.delete(path);
      await read(path);
    }
    listed = true;
  }

  async function read(path: string): Promise<void> {
    const found = await files.status(path);
    const stamp = found?.isFile() ? `${found.size} ${found.mtimeMs}` : undefined;
    if (stamp !== undefined && kept.get(path)?.stamp === stamp) return;
    forget(path);
    if (!found || stamp === undefined || found.size > maximumBytes) return;
    if (kept.size >= maximumFiles || mentions >= maximumMentions) {
      if (!full) warn(`The workspace has too many manifests. ${path} and those after it are not searched.`);
      full = true;
      return;
    }
    const bytes = await files.readBytes(path, maximumManifestBytes).catch(() => undefined);
    if (!bytes) return;
    const decoded = decodeText(bytes);
    const { text } = decoded;
    const file = {
      stamp,
      // What is no text has findings, and nothing that could be renamed.
      mentions:
        'fault' in decoded
          ? []
          : listMentions(readManifest({ text, path, told: kindByGlobs(path, globs) })).map(toIndexed),
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
    settingsChanged() {
      listed = false;
      kept.clear();
      mentions = 0;
    },
    changed(path) {
      if (kindByName(path) || kindByGlobs(path, globs)) stale.add(path);
    },
    async files() {
      updating = updating.then(update, update);
      await updating;
      return kept;
    },
  };
}

/** The manifests below folders: by their names, and by the globs of each `.cloud-images.json` on the way. */
async function list(
  folders: readonly string[],
  { platform, globsFor }: IndexSource,
): Promise<{ paths: Set<string>; globs: ManifestGlob[] }> {
  const { files } = platform;
  const paths = new Set<string>();
  const globs = new Map<string, ManifestGlob>();
  const waiting: { folder: string; known?: readonly ManifestGlob[] }[] = folders.map((folder) => ({
    folder,
  }));
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const { folder } = next;
    const entries = await files.list(folder);
    const steers = !next.known || entries.some(({ name }) => name === '.cloud-images.json');
    const known = steers
      ? await globsFor(platform.toUri(files.path.join(folder, 'any')))
      : (next.known ?? []);
    for (const glob of known) globs.set(JSON.stringify(glob), glob);
    for (const entry of entries) {
      const path = files.path.join(folder, entry.name);
      if (entry.isDirectory() && !skipped.has(entry.name)) waiting.push({ folder: path, known });
      else if (entry.isFile() && (kindByName(entry.name) || kindByGlobs(path, known))) paths.add(path);
    }
  }
  return { paths, globs: [...globs.values()] };
}

/** Without what only renaming needs, and with a name that does not hold the text. */
function toIndexed({ what, name, start, end, defines }: Mention): Mention {
  return { what, name: detached(name), start, end, defines };
}

function linesOf(text: string): Uint32Array {
  const starts = [0];
  for (const { index, 0: found } of text.matchAll(/\r\n?|\n/g)) starts.push(index + found.length);
  return Uint32Array.from(starts);
}
