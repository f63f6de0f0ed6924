import type { Completion, Positional, Verb } from '../definition.ts';

/** A verb as shells complete it. */
export interface CompletedVerb {
  readonly verb: Verb;
  /** Words before what it takes: the program's and its own. */
  readonly words: number;
  /** Verbs of two words that begin with it. */
  readonly longer: readonly Verb[];
  /** What stands right behind it, where that is another thing than what follows. */
  readonly first: Positional | undefined;
  /** What stands in all other places. */
  readonly others: Positional | undefined;
}

/** Tells what each verb is completed with. */
export function readVerbs(verbs: readonly Verb[]): CompletedVerb[] {
  return verbs.map((verb) => {
    const longer = verbs.filter(({ name }) => name.startsWith(`${verb.name} `));
    const [first, ...more] = verb.positionals;
    const choices = longer.map(({ name }) => name.slice(verb.name.length + 1));
    return {
      verb,
      words: verb.name.split(' ').length + 1,
      longer,
      first: longer.length > 0 ? { name: 'VERB', choices } : more.length > 0 ? first : undefined,
      others: more.at(-1) ?? first,
    };
  });
}

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
