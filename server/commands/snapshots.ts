import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { planText } from '../cloud/run/show.ts';
import type { Step } from '../cloud/run/steps.ts';
import type { Rehearsed } from './rehearsal.ts';
import { rehearsedText } from './rehearseFormats.ts';

/** The plans of a rehearsal as they are kept beside the manifests, in `__plans__/NAME.plan.txt`. */
export interface Snapshots {
  note(rehearsed: Rehearsed, step: Step): void;
  /** Compares with what is kept, or keeps it anew; answers what differs, a text for each manifest. */
  end(update: boolean): Promise<string[]>;
}

/** What is planned and answered stands in them; ids and places of this machine do not. */
export function openSnapshots(folder = process.cwd()): Snapshots {
  const texts = new Map<string, string[]>();
  return {
    note: (rehearsed, step) => {
      const lines = texts.get(rehearsed.file) ?? [];
      lines.push(planText([step]).trimEnd(), `→ ${rehearsedText(rehearsed)}`, '');
      texts.set(rehearsed.file, lines);
    },
    end: async (update) => {
      const differences: string[] = [];
      for (const [file, lines] of texts) {
        const path = join(dirname(file), '__plans__', `${basename(file)}.plan.txt`);
        const text = `${withoutPlaces(lines.join('\n'), folder).trimEnd()}\n`;
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
      return differences;
    },
  };
}

/** Numbers ids in the order in which they come, and leaves out where the workspace is. */
function withoutPlaces(text: string, folder: string): string {
  const ids = new Map<string, string>();
  return text
    .replaceAll(`${folder}${sep}`, '')
    .replace(/[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/g, (id) => {
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
