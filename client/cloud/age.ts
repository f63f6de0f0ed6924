import { t } from '@vscode/l10n';
import type { CloudSource, Silence } from './cloudSource.ts';

/** Milliseconds after which a look is old. */
const old = 60_000;

/** Says that a cloud does not answer, and when it is asked again. */
export function describeSilence({ reason, until }: Silence): string {
  return t`${reason.replace(/\.$/, '')}. It is asked again at ${formatTime(until)}.`;
}

/**
 * Says how old what is shown of a kind is: `As of 12:03.`, and why. Nothing where it is fresh, or where changes come by
 * themselves.
 */
export function describeAge(
  {
    state,
    label,
    lookedAt,
  }: Pick<CloudSource, 'state' | 'label'> & { readonly lookedAt: number | undefined },
  now: number,
): string | undefined {
  if (state.kind !== 'connected') return undefined;
  const age = lookedAt === undefined ? [] : [t`As of ${formatTime(lookedAt)}.`];
  if (state.silence) {
    const { kind, until } = state.silence;
    return [
      ...age,
      kind === 'busy' ? t`${label} is busy until ${formatTime(until)}.` : t`${label} does not answer.`,
    ].join(' ');
  }
  return lookedAt !== undefined && now - lookedAt > old ? age.join('') : undefined;
}

function formatTime(milliseconds: number): string {
  return new Date(milliseconds).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
}
