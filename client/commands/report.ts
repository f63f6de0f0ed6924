import { t } from '@vscode/l10n';
import type { Context } from '../context.ts';
import { Cancelled, describeError, findRule, Remediable } from '../ui/errors.ts';
import { showRule } from './manifests/openRule.ts';

/** Logs and shows how work has failed, with a button for its way out; that the person cancelled it is no error. */
export function report(context: Context, what: string, error: unknown): void {
  const { log, ui } = context;
  if (error instanceof Cancelled) {
    log.info(`${what}: cancelled. ${error.message}`.trimEnd());
    if (error.message !== '') void ui.inform(error.message);
    return;
  }
  log.error(`${what}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  const rule = findRule(error);
  const [openRule, openLog] = [t('Show Rule'), t('Show Log')];
  const actions = [
    ...(error instanceof Remediable ? [error.action] : []),
    ...(rule === undefined ? [] : [openRule]),
    openLog,
  ];
  void ui.complain(describeError(error), ...actions).then((action) => {
    if (action === openLog) log.show();
    if (action === openRule && rule !== undefined) void showRule(context, rule);
    if (error instanceof Remediable && action === error.action)
      void error.remedy().catch((again: unknown) => report(context, what, again));
  });
}
