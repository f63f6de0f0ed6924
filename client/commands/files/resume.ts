import type { Context } from '../../context.ts';
import { Cancelled, describeError, Remediable } from '../../ui/errors.ts';

interface Stopped {
  /** What was stopped: `Upload of disk.vhd`. */
  readonly what: string;
  /** What is kept, as a sentence. */
  readonly kept: string;
  resume(): Promise<unknown>;
  discard(): Promise<void>;
}

/**
 * Returns the error for a transfer that stopped and can go on where it was. After a cancel the person chooses to resume or to
 * discard what is kept, which is also what becomes of a message that is closed; a failure keeps it.
 */
export function offerResume({ ui, log }: Context, error: unknown, { what, kept, ...then }: Stopped): Error {
  const resume = async (): Promise<void> => void (await then.resume());
  if (!(error instanceof Cancelled))
    return new Remediable(`${what} stopped: ${describeError(error)} ${kept}`, 'Resume', resume);
  void ui.inform(`${what} cancelled. ${kept}`, 'Resume', 'Discard').then(async (action) => {
    try {
      await (action === 'Resume' ? resume() : then.discard());
    } catch (later) {
      if (later instanceof Cancelled) return;
      log.error(`${what}: ${describeError(later)}`);
      void ui.complain(describeError(later));
    }
  });
  return new Cancelled();
}
