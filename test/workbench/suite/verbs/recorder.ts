import * as vscode from 'vscode';
import type { CommandRun } from '../../../../client/commands/register.ts';
import type { Api } from '../../../../client/extension.ts';
import { isInFocus } from '../../../../client/views/focusedRows.ts';
import type { Entry, Outcome, Requirement } from './requirements.ts';

interface Seen {
  readonly outcomes: Set<Outcome>;
  readonly entries: Set<Entry>;
}

/** Notes how each command was called in the suite, and how it ended. */
export class Recorder {
  readonly #seen = new Map<string, Seen>();

  follow({ onDidRunCommand }: Api): void {
    onDidRunCommand((run) => this.#note(run));
  }

  /** Lists what has not been seen, a line a command: `images.delete: cancel, rows`. */
  listMissing(requirements: readonly Requirement[]): string[] {
    return requirements.flatMap(({ id, outcomes, entries }) => {
      const seen = this.#seen.get(id);
      const missing = [
        ...outcomes.filter((outcome) => !seen?.outcomes.has(outcome)),
        ...entries.filter((entry) => !seen?.entries.has(entry)),
      ];
      return missing.length === 0 ? [] : [`${id}: ${missing.join(', ')}`];
    });
  }

  #note(run: CommandRun): void {
    const seen = this.#seen.get(run.id) ?? { outcomes: new Set(), entries: new Set() };
    this.#seen.set(run.id, seen);
    seen.outcomes.add(run.outcome);
    const entry = chooseEntry(run);
    if (entry) seen.entries.add(entry);
  }
}

function chooseEntry({ given, more }: CommandRun): Entry | undefined {
  if (given === undefined) return 'palette';
  if (isInFocus(given)) return 'key';
  if (typeof given === 'string' || given instanceof vscode.Uri) return 'document';
  if (typeof given !== 'object') return undefined;
  return Array.isArray(more) && more.length > 1 ? 'rows' : 'row';
}
