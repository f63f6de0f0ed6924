import { t } from '@vscode/l10n';
import type { Connection } from '../../cloud/cloudSource.ts';
import type { Context } from '../../context.ts';
import { Cancelled, describeError, Remediable } from '../../ui/errors.ts';
import { report } from '../report.ts';

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
export function offerResume(context: Context, error: unknown, { what, kept, ...then }: Stopped): Error {
  const resume = async (): Promise<void> => void (await then.resume());
  if (!(error instanceof Cancelled))
    return new Remediable(t`${what} stopped: ${describeError(error)} ${kept}`, t('Resume'), resume);
  const goOn = t('Resume');
  void context.ui.inform(t`${what} cancelled. ${kept}`, goOn, t('Discard')).then(async (action) => {
    try {
      await (action === goOn ? resume() : then.discard());
    } catch (later) {
      report(context, what, later);
    }
  });
  return new Cancelled();
}

/** The connection that a transfer goes on with: signed in anew where its place is still shown, else its own. */
export async function reconnect({ source }: Context, before: Connection): Promise<Connection> {
  const now = source.id === before.cloudId ? await source.connect() : before;
  const isThere = now.cloud.region === before.cloud.region && now.caller.account === before.caller.account;
  return isThere ? now : before;
}
