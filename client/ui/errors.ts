import { CloudError } from '../../server/cloud/session/errors.ts';

/** The person cancelled. A message, if any, says what became of the work under way. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';
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
  if (error instanceof CloudError && error.status > 0) return `${error.text} (HTTP ${error.status})`;
  return error instanceof Error ? error.message : String(error);
}

/** Ends a text with a full stop, unless it ends a sentence already. */
export function endSentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
