/** Matches text in time proportional to the pattern's size times the text's length, whatever the pattern is. */
export interface LinearPattern {
  /** Whether the whole text matches. */
  matches(text: string): boolean;
  /** Whether a beginning of the text matches, as Python's `re.match` asks. */
  matchesStart(text: string): boolean;
}

/** A set of code points, as pairs of first and last. */
export interface CharacterSet {
  readonly ranges: readonly (readonly [first: number, last: number])[];
  readonly negated?: boolean;
}

export type PatternNode =
  | { readonly type: 'set'; readonly set: CharacterSet }
  | { readonly type: 'sequence'; readonly parts: readonly PatternNode[] }
  | { readonly type: 'choice'; readonly parts: readonly PatternNode[] }
  /** `max` undefined: without end. */
  | { readonly type: 'repeat'; readonly part: PatternNode; readonly min: number; readonly max?: number }
  | { readonly type: 'assertion'; readonly holds: (before: number, after: number) => boolean };

type Instruction =
  | { readonly op: 'set'; readonly set: CharacterSet }
  | { readonly op: 'assertion'; readonly holds: (before: number, after: number) => boolean }
  /** Goes on at each of these. */
  | { readonly op: 'fork'; to: number[] }
  | { readonly op: 'accept' };

/** Stands for the place before the first and behind the last character. */
export const noCharacter = -1;

const maximumInstructions = 20_000;

/**
 * Compiles a pattern to a machine that follows all alternatives at once, character by character, so nothing is tried
 * twice: no backtracking, hence no pattern that hangs. Throws where the repetitions make it too large.
 */
export function compilePattern(pattern: PatternNode): LinearPattern {
  const program: Instruction[] = [];
  emit(program, pattern);
  add(program, { op: 'accept' });
  return {
    matches: (text) => run(program, text, 'whole'),
    matchesStart: (text) => run(program, text, 'start'),
  };
}

function add(program: Instruction[], instruction: Instruction): number {
  if (program.length >= maximumInstructions) throw new Error('the pattern repeats too much; make it shorter');
  return program.push(instruction) - 1;
}

function emit(program: Instruction[], node: PatternNode): void {
  switch (node.type) {
    case 'set':
      add(program, { op: 'set', set: node.set });
      return;
    case 'assertion':
      add(program, { op: 'assertion', holds: node.holds });
      return;
    case 'sequence':
      for (const part of node.parts) emit(program, part);
      return;
    case 'choice':
      emitChoice(program, node.parts);
      return;
    case 'repeat':
      emitRepeat(program, node);
      return;
  }
}

function emitChoice(program: Instruction[], parts: readonly PatternNode[]): void {
  const fork = { op: 'fork' as const, to: [] as number[] };
  add(program, fork);
  const ends: number[][] = [];
  for (const part of parts) {
    fork.to.push(program.length);
    emit(program, part);
    const end = { op: 'fork' as const, to: [] as number[] };
    add(program, end);
    ends.push(end.to);
  }
  for (const to of ends) to.push(program.length);
}

function emitRepeat(
  program: Instruction[],
  { part, min, max }: Extract<PatternNode, { type: 'repeat' }>,
): void {
  for (let count = 0; count < min; count++) emit(program, part);
  const skips: number[][] = [];
  if (max === undefined) {
    const start = add(program, { op: 'fork', to: [program.length + 1] });
    emit(program, part);
    add(program, { op: 'fork', to: [start] });
    const fork = program[start];
    if (fork?.op === 'fork') skips.push(fork.to);
  } else
    for (let count = min; count < max; count++) {
      const to = [program.length + 1];
      add(program, { op: 'fork', to });
      skips.push(to);
      emit(program, part);
    }
  for (const to of skips) to.push(program.length);
}

function run(program: readonly Instruction[], text: string, extent: 'whole' | 'start'): boolean {
  const accept = program.length - 1;
  /** The step at which an instruction was reached last, so that each is looked at once a character. */
  const seen = new Int32Array(program.length).fill(-1);
  let before = noCharacter;
  let states = [0];
  for (let at = 0, step = 0; ; step++) {
    const after = text.codePointAt(at) ?? noCharacter;
    const consuming = reach(program, states, { seen, step, before, after });
    const accepted = seen[accept] === step;
    if (accepted && (extent === 'start' || after === noCharacter)) return true;
    if (after === noCharacter || consuming.length === 0) return false;
    states = [];
    for (const index of consuming) {
      const instruction = program[index];
      if (instruction?.op === 'set' && contains(instruction.set, after)) states.push(index + 1);
    }
    before = after;
    at += after > 0xffff ? 2 : 1;
  }
}

/** The sets that can be reached without a character; marks what was reached in `seen`. */
function reach(
  program: readonly Instruction[],
  states: readonly number[],
  at: {
    readonly seen: Int32Array;
    readonly step: number;
    readonly before: number;
    readonly after: number;
  },
): number[] {
  const consuming: number[] = [];
  const waiting = [...states];
  for (let index = waiting.pop(); index !== undefined; index = waiting.pop()) {
    if (at.seen[index] === at.step) continue;
    at.seen[index] = at.step;
    const instruction = program[index];
    if (instruction?.op === 'set') consuming.push(index);
    else if (instruction?.op === 'fork') waiting.push(...instruction.to);
    else if (instruction?.op === 'assertion' && instruction.holds(at.before, at.after))
      waiting.push(index + 1);
  }
  return consuming;
}

export function contains({ ranges, negated = false }: CharacterSet, character: number): boolean {
  return ranges.some(([first, last]) => first <= character && character <= last) !== negated;
}
