import { CloudError } from '../server/cloud/errors.ts';

/** The person chose not to go on: nothing to report. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';
}

/** What to tell a person of an error: the cloud's own words, with its status. */
export function describe(error: unknown): string {
  if (error instanceof CloudError && error.status > 0) return `${error.text} (HTTP ${error.status})`;
  return error instanceof Error ? error.message : String(error);
}
