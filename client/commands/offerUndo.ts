import { t } from '@vscode/l10n';
import type { Context } from '../context.ts';
import { describeError } from '../ui/errors.ts';

/** Says what was done, and offers to undo it. */
export function offerUndo({ ui, log }: Context, message: string, undo: () => Promise<unknown>): void {
  void ui.inform(message, t('Undo')).then(async (action) => {
    if (action === undefined) return;
    try {
      await undo();
    } catch (error) {
      log.error(`Undo: ${describeError(error)}`);
      void ui.complain(t`The undo failed: ${describeError(error)}`);
    }
  });
}
