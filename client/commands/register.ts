import * as vscode from 'vscode';
import type { Context } from '../context.ts';
import { Cancelled, describeError, findRule, Remediable } from '../ui/errors.ts';
import { isInFocus } from '../views/focusedRows.ts';
import { PartlyFailed } from './eachItem.ts';
import { showRule } from './manifests/openRule.ts';
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

function report(context: Context, id: string, error: unknown): void {
  const { log, ui } = context;
  if (error instanceof Cancelled) {
    log.info(`${id}: cancelled. ${error.message}`.trimEnd());
    if (error.message !== '') void ui.inform(error.message);
    return;
  }
  log.error(`${id}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  const rule = findRule(error);
  const actions = [
    ...(error instanceof Remediable ? [error.action] : []),
    ...(rule === undefined ? [] : ['Show Rule']),
    'Show Log',
  ];
  void ui.complain(describeError(error), ...actions).then((action) => {
    if (action === 'Show Log') log.show();
    if (action === 'Show Rule' && rule !== undefined) void showRule(context, rule);
    if (error instanceof Remediable && action === error.action)
      void error.remedy().catch((again: unknown) => report(context, id, again));
  });
}
