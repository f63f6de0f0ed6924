/** A small break of the product's meaning, and the test files that should notice it. */
export interface Mutant {
  /** The file, from the root. */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly from: string;
  readonly to: string;
  /** What a user would meet. */
  readonly breaks: string;
  /** Test files below `test`, without `.test.ts`, in the order in which they are asked. */
  readonly suites: readonly string[];
  /** Why nobody can notice it; such a break may survive. */
  readonly equivalent?: string;
}

/** Breaks of one file that the same suites reach, each as `[from, to, what it breaks, why nobody can notice it]`. */
export function mutantsOf(
  file: string,
  suites: readonly string[],
  breaks: readonly (readonly [from: string, to: string, breaks: string, equivalent?: string])[],
): Mutant[] {
  return breaks.map(([from, to, meaning, equivalent]) => ({
    ...{ file, suites, from, to, breaks: meaning },
    ...(equivalent === undefined ? {} : { equivalent }),
  }));
}
