import * as vscode from 'vscode';
import type { Context } from '../context.ts';
import { Cancelled, describeError, findRule } from '../ui/errors.ts';
import { isInFocus } from '../views/focusedRows.ts';
import { showRule } from './manifests/openRule.ts';
import { commands } from './table.ts';

/** Registers every command. An error is logged and shown once, here. */
export function registerCommands(context: Context): vscode.Disposable {
  return vscode.Disposable.from(
    ...Object.entries(commands).map(([id, command]) =>
      vscode.commands.registerCommand(`cloudImages.${id}`, async (given?: unknown, more?: unknown) => {
        try {
          if (!isInFocus(given)) return await command(context, given, more);
          const rows = await context.focusedRows(given);
          return await command(context, rows[0], rows);
        } catch (error) {
          report(context, id, error);
          return undefined;
        }
      }),
    ),
  );
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
  const actions = [...(rule === undefined ? [] : ['Show Rule']), 'Show Log'];
  void ui.complain(describeError(error), ...actions).then((action) => {
    if (action === 'Show Log') log.show();
    if (action === 'Show Rule' && rule !== undefined) void showRule(context, rule);
  });
}
