import type { SectionState } from '../protocol.ts';

/** Something that is read after the page has come up. */
export type Fetched<T> =
  | { readonly kind: 'unread' | 'reading' }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'ready'; readonly value: T };

/** The state of a section whose data are read later; `verb` offers to read what nobody has asked for. */
export function stateOf(fetched: Fetched<unknown>, verb?: string): SectionState {
  if (fetched.kind === 'failed') return fetched;
  if (fetched.kind === 'ready') return { kind: 'ready' };
  return fetched.kind === 'unread' && verb !== undefined ? { kind: 'asked', verb } : { kind: 'reading' };
}

export const ready: SectionState = { kind: 'ready' };
