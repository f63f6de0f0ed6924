/** Describes what ended a script: a mistake of ours keeps its stack, what the machine refuses is a sentence. */
export function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isRefusal = error.constructor === Error || 'code' in error;
  return isRefusal ? error.message : (error.stack ?? error.message);
}
