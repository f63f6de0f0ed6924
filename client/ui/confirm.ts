import { t } from '@vscode/l10n';
import { describePlace, nameProject } from '../cloud/cloudSource.ts';
import type { Context } from '../context.ts';
import { Cancelled } from './errors.ts';

/** A change that loses something: a deletion, an end of sharing, content that is replaced, an apply. */
export interface Change {
  readonly question: string;
  readonly detail: string;
  /** The button: `Delete`. */
  readonly verb: string;
  /** In a sandbox the person may read on in the plan meanwhile. */
  readonly besidePlan?: boolean;
}

/**
 * Asks before something is lost, once. Where the cloud is no sandbox, that is a dialog that names cloud, project and region.
 * Throws Cancelled.
 */
export async function confirmChange(
  { ui, source }: Pick<Context, 'ui' | 'source'>,
  change: Change,
): Promise<void> {
  const { question, detail, verb, besidePlan } = change;
  const agreed = source.isSandbox
    ? await ui.confirm(question, detail, verb, ...(besidePlan ? [{ besidePlan: true } as const] : []))
    : await ui.confirm(question, [namePlace(source), detail].filter(Boolean).join('\n\n'), verb);
  if (!agreed) throw new Cancelled();
}

/** A change of several things at once that loses them. */
export interface BulkChange extends Omit<Change, 'besidePlan'> {
  readonly count: number;
}

/**
 * Asks before several things are lost, once: their number is to be typed. One alone is asked about as any change. Throws
 * Cancelled.
 */
export async function confirmMany(
  context: Pick<Context, 'ui' | 'source'>,
  { count, ...change }: BulkChange,
): Promise<void> {
  if (count === 1) return confirmChange(context, change);
  const { ui, source } = context;
  const { question, detail, verb } = change;
  const place = source.isSandbox ? '' : ` (${describePlace(source)})`;
  const typed = await ui.ask(`${question}${place}`, (text) =>
    text.trim() === String(count) ? undefined : t`Type ${count} to ${verb.toLowerCase()} them. ${detail}`,
  );
  if (typed === undefined) throw new Cancelled();
}

function namePlace(source: Context['source']): string {
  const { connection } = source;
  if (!connection) return describePlace(source);
  const { region, session } = connection.cloud;
  return t`Cloud: ${source.label}\nProject: ${nameProject(connection)}\nRegion: ${region}\nUser: ${session.user.name}`;
}
