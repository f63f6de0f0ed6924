import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { planText } from '../cloud/run/show.ts';
import type { Step } from '../cloud/run/steps.ts';
import { listFiles } from '../lint/files.ts';
import { nodeFiles } from '../workspace/nodeFiles.ts';
import type { Rehearsed } from './rehearsal.ts';
import { rehearsedText } from './rehearseFormats.ts';
import { isFolder } from './writable.ts';

/** The plans of a rehearsal as they are kept beside the manifests, in `__plans__/NAME.plan.txt`. */
export interface Snapshots {
  note(rehearsed: Rehearsed, step: Step): void;
  /** Compares with what is kept, or keeps it anew; answers what differs, a text for each manifest. */
  end(update: boolean): Promise<string[]>;
}

const [plansFolder, ending] = ['__plans__', '.plan.txt'];

/**
 * What is planned and answered stands in them; ids of this run and places of this machine do not. `paths` are what is
 * rehearsed: in folders among them plans are told, too, whose manifests are gone.
 */
export function openSnapshots(paths: readonly string[]): Snapshots {
  const texts = new Map<string, string[]>();
  const names = new Set<string>();
  return {
    note: (rehearsed, step) => {
      const lines = texts.get(rehearsed.file) ?? [];
      lines.push(planText([step]).trimEnd(), `→ ${rehearsedText(rehearsed)}`, '');
      texts.set(rehearsed.file, lines);
      for (const name of [rehearsed.file, rehearsed.expected?.file]) if (name !== undefined) names.add(name);
    },
    end: async (update) => {
      const differences: string[] = [];
      for (const [file, lines] of texts) {
        const path = join(dirname(file), plansFolder, `${basename(file)}${ending}`);
        const text = `${numberIds(placeBeside(file, names, lines.join('\n'))).trimEnd()}\n`;
        const kept = await readFile(path, 'utf8').catch(() => undefined);
        if (kept?.replaceAll('\r\n', '\n') === text) continue;
        if (update) {
          await mkdir(dirname(path), { recursive: true });
          await writeFile(path, text);
        } else if (kept === undefined) differences.push(`${path}: there is none. Add --update to keep it.`);
        else
          differences.push(
            `${path}: the plan is another. Add --update where that is meant.\n${compareLines(kept, text)}`,
          );
      }
      for (const path of await listLeft(paths))
        if (update) await rm(path);
        else differences.push(`${path}: its manifest is gone. Add --update to remove it.`);
      return differences;
    },
  };
}

/** The kept plans in these folders whose manifests are no longer there. */
async function listLeft(paths: readonly string[]): Promise<string[]> {
  const left = new Set<string>();
  for (const path of paths)
    if (await isFolder(path))
      for (const plan of await listFiles(path, async (_, name) => name.endsWith(ending))) {
        const folder = dirname(plan);
        const manifest = join(folder, '..', basename(plan, ending));
        if (basename(folder) === plansFolder && !(await nodeFiles.status(manifest))) left.add(plan);
      }
  return [...left];
}

/** Writes files as they are named from the manifest, wherever the command runs: as people call them, and by their full paths. */
function placeBeside(manifest: string, names: ReadonlySet<string>, text: string): string {
  const from = dirname(resolve(manifest));
  const places = new Map<string, string>();
  for (const name of names) places.set(name, relative(from, resolve(name)).replaceAll(sep, '/'));
  for (
    let [folder, up] = [from, ''];
    dirname(folder) !== folder;
    [folder, up] = [dirname(folder), `../${up}`]
  )
    places.set(`${folder}${sep}`, up);
  const known = [...places.keys()]
    .sort((a, b) => b.length - a.length)
    .map((place) => place.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return text.replace(
    new RegExp(`(?<![\\p{L}\\p{N}_./\\\\~-])(?:${known.join('|')})`, 'gu'),
    (place) => places.get(place) ?? place,
  );
}

/** Numbers ids in the order in which they come. */
function numberIds(text: string): string {
  const ids = new Map<string, string>();
  return text.replace(/[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/g, (id) => {
    const name = ids.get(id) ?? `<id ${ids.size + 1}>`;
    ids.set(id, name);
    return name;
  });
}

/** The lines that went and came, each once. */
function compareLines(before: string, after: string): string {
  const [old, now] = [before.split(/\r?\n/), after.split('\n')];
  return [
    ...old.filter((line) => !now.includes(line)).map((line) => `  - ${line}`),
    ...now.filter((line) => !old.includes(line)).map((line) => `  + ${line}`),
  ].join('\n');
}
