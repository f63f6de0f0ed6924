import type { Analysis, Host } from './analysis.ts';
import { analyze, type Source } from './analyze.ts';

/** Characters of the first part, and of each further one at least: a cold parser reads them in some 30 ms. */
const firstLength = 6_000;
const nextLength = 16_000;
/** Shorter texts are read at once. */
const long = 60_000;

/** Follows a long text that is read part by part. */
export interface Parts {
  /** Called with each part from the text's beginning: what the next one need not read again. */
  read(part: Analysis): void;
  /** Tells whether the text is still of interest. */
  wanted(): boolean;
}

/**
 * Analyses a text that was just opened so that what comes meanwhile is not kept waiting: a long one in YAML grows from
 * items, or documents, that stand at its beginning. `first` is the analysis of the first of them, where what is found
 * there holds of the whole text; else it is that of the whole.
 */
export function analyzeOpened(
  source: Source,
  host: Host,
  previous: Analysis | undefined,
  parts: Parts,
): { first: Promise<Analysis>; whole: Promise<Analysis> } {
  const { text } = source;
  const begun = previous?.part === true ? previous : undefined;
  const end = previous && !begun ? undefined : partEnd(text, begun ? begun.file.text.length : firstLength);
  if (end === undefined) {
    const whole = analyze(source, host, previous);
    return { first: whole, whole };
  }
  const beginning = analyzePart(end, begun);
  const whole = grow(beginning, end);
  return { first: beginning.then((part) => (isFinal(part) ? part : whole)), whole };

  async function analyzePart(until: number, known: Analysis | undefined): Promise<Analysis> {
    const part = { ...(await analyze({ ...source, text: text.slice(0, until) }, host, known)), part: true };
    parts.read(part);
    return part;
  }

  async function grow(first: Promise<Analysis>, from: number): Promise<Analysis> {
    let known = await first;
    let next = partEnd(text, further(from));
    for (; next !== undefined; next = partEnd(text, further(next))) {
      await pause();
      if (!parts.wanted()) return known;
      known = await analyzePart(next, known);
    }
    await pause();
    return analyze(source, host, known);
  }
}

/** Lets what has come meanwhile be answered. */
function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

/** What is read already is placed again with each part: these grow with it. */
function further(from: number): number {
  return from + Math.max(nextLength, from >> 2);
}

/** The end of an item or a document not before `from`; undefined where the rest is short, or nothing ends. */
function partEnd(text: string, from: number): number | undefined {
  if (text.length < Math.max(long, from + nextLength) || /^\s*[[{]/.test(text)) return undefined;
  const several = text.includes('\n---', 4);
  if (!several && !/^(?:(?:---)?[ \t]*(?:#.*)?\r?\n)*- /.test(text)) return undefined;
  const found = text.indexOf(several ? '\n---' : '\n- ', from);
  return found === -1 ? undefined : found + 1;
}

/** Tells whether nothing behind a part changes what is found in it. */
function isFinal({ file }: Analysis): boolean {
  return (
    file.documents.every(({ kind }) => kind === 'image' || kind === 'patch') &&
    !file.text.includes('cloud-images-ignore')
  );
}
