import type { Completion } from '../definition.ts';

/** What can stand in a place of the command line, as the scripts of all shells tell it apart. */
export type Candidates =
  | { readonly type: 'words'; readonly words: readonly string[] }
  /** The program itself lists them. */
  | { readonly type: 'names'; readonly names: 'clouds' | 'codes' }
  | { readonly type: 'files' | 'folders' | 'text' };

/** Tells what an option or a positional takes. */
export function candidatesOf(place: {
  readonly choices?: readonly string[];
  readonly completes?: Completion;
}): Candidates {
  const { choices, completes } = place;
  if (choices) return { type: 'words', words: choices };
  if (completes === 'cloud') return { type: 'names', names: 'clouds' };
  if (completes === 'code') return { type: 'names', names: 'codes' };
  if (completes === 'folder' || completes === 'emulator') return { type: 'folders' };
  return { type: completes === undefined ? 'text' : 'files' };
}
