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
  const actions = [
    ...(error instanceof Remediable ? [error.action] : []),
    ...(rule === undefined ? [] : ['Show Rule']),
    'Show Log',
  ];
  void ui.complain(describeError(error), ...actions).then((action) => {
    if (action === 'Show Log') log.show();
    if (action === 'Show Rule' && rule !== undefined) void showRule(context, rule);
    if (error instanceof Remediable && action === error.action)
      void error.remedy().catch((again: unknown) => report(context, what, again));
  });
}
