import { t } from '@vscode/l10n';
import { CloudError } from '../../server/cloud/session/errors.ts';

/** The person cancelled. A message, if any, says what became of the work under way. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';
}

/** The cloud would refuse what is asked for, by a rule that has its page. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly rule: string | undefined;

  constructor(message: string, rule: string | undefined) {
    super(message);
    this.rule = rule;
  }
}

/** An error with a way out that the message offers as a button. */
export class Remediable extends Error {
  override readonly name: string = 'Remediable';
  /** The button: `Retry`. */
  readonly action: string;
  readonly remedy: () => Promise<void>;

  constructor(message: string, action: string, remedy: () => Promise<void>) {
    super(message);
    this.action = action;
    this.remedy = remedy;
  }
}

/** Returns the rule by which the cloud refused, or would; only the emulator tells its own. */
export function findRule(error: unknown): string | undefined {
  return error instanceof Refused || error instanceof CloudError ? error.rule : undefined;
}

/** Awaits work that a person may cancel. Throws Cancelled then, with the words of `left`. */
export async function unlessCancelled<T>(
  signal: AbortSignal,
  work: Promise<T>,
  left: () => Promise<string>,
): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new Cancelled(await left());
  }
}

/** Returns an error in words for a person: the cloud's own, with its status. */
export function describeError(error: unknown): string {
  if (error instanceof CloudError && error.status > 0) return t`${error.text} (HTTP ${error.status})`;
  return error instanceof Error ? error.message : String(error);
}

/** Ends a text with a full stop, unless it ends a sentence already. */
export function endSentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
