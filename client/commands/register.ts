import * as vscode from 'vscode';
import type { Context } from '../context.ts';
import { Cancelled } from '../ui/errors.ts';
import { isInFocus } from '../views/focusedRows.ts';
import { PartlyFailed } from './eachItem.ts';
import { report } from './report.ts';
import { commands } from './table.ts';

/** A command that has run: what it was given, and how it ended. `partly`: it failed for some of several items. */
export interface CommandRun {
  readonly id: string;
  readonly given: unknown;
  readonly more: unknown;
  readonly outcome: 'success' | 'refusal' | 'cancel' | 'partial';
}

/** Registers every command. An error is logged and shown once, here; `ended` is told of every end. */
export function registerCommands(context: Context, ended: (run: CommandRun) => void): vscode.Disposable {
  return vscode.Disposable.from(
    ...Object.entries(commands).map(([id, command]) =>
      vscode.commands.registerCommand(`cloudImages.${id}`, async (given?: unknown, more?: unknown) => {
        try {
          const rows = isInFocus(given) ? await context.focusedRows(given) : undefined;
          const result = await (rows ? command(context, rows[0], rows) : command(context, given, more));
          ended({ id, given, more, outcome: 'success' });
          return result;
        } catch (error) {
          report(context, id, error);
          ended({ id, given, more, outcome: judgeEnd(error) });
          return undefined;
        }
      }),
    ),
  );
}

function judgeEnd(error: unknown): CommandRun['outcome'] {
  if (error instanceof Cancelled) return 'cancel';
  return error instanceof PartlyFailed && error.done > 0 ? 'partial' : 'refusal';
}
