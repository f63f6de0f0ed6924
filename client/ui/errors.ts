import { CloudError } from '../../server/cloud/session/errors.ts';

/** The person chose not to go on: nothing to report, unless a message says what became of what was under way. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';
}

/** Work that a person may cancel. Throws Cancelled then, with what is left of it. */
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

/** What to tell a person of an error: the cloud's own words, with its status. */
export function describe(error: unknown): string {
  if (error instanceof CloudError && error.status > 0) return `${error.text} (HTTP ${error.status})`;
  return error instanceof Error ? error.message : String(error);
}
