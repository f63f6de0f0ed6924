import type { CloudSource, Silence } from './cloudSource.ts';

/** Milliseconds after which a look is old. */
const old = 60_000;

/** Says that a cloud does not answer, and when it is asked again. */
export function describeSilence({ reason, until }: Silence): string {
  return `${reason.replace(/\.$/, '')}. It is asked again at ${formatTime(until)}.`;
}

/**
 * Says how old what is shown of a kind is: `As of 12:03.`, and why. Nothing where it is fresh, or where changes come by
 * themselves.
 */
export function describeAge(
  { state, lookedAt }: { readonly state: CloudSource['state']; readonly lookedAt: number | undefined },
  now: number,
): string | undefined {
  if (state.kind !== 'connected') return undefined;
  if (lookedAt === undefined) return state.silence && describeSilence(state.silence);
  const age = `As of ${formatTime(lookedAt)}.`;
  if (state.silence) return `${age} ${describeSilence(state.silence)}`;
  return now - lookedAt > old ? age : undefined;
}

function formatTime(milliseconds: number): string {
  return new Date(milliseconds).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
}
