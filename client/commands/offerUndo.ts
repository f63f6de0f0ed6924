import type { Context } from '../context.ts';
import { describeError } from '../ui/errors.ts';

/** Says what was done, and offers to undo it. */
export function offerUndo({ ui, log }: Context, message: string, undo: () => Promise<unknown>): void {
  void ui.inform(message, 'Undo').then(async (action) => {
    if (action !== 'Undo') return;
    try {
      await undo();
    } catch (error) {
      log.error(`Undo: ${describeError(error)}`);
      void ui.complain(`The undo failed: ${describeError(error)}`);
    }
  });
}
