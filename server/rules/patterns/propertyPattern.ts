import {
  type CharacterSet,
  compilePattern,
  contains,
  type LinearPattern,
  noCharacter,
  type PatternNode,
} from './linearPattern.ts';

/**
 * Compiles a regular expression of a property protection: characters, `.`, classes, groups, `|`, `* + ? {m,n}` (lazy ones
 * too), `^ $ \A \Z \b \B` and the escapes of Python's `re`. Throws, with the place, for what is no expression and for what
 * takes backtracking: look-around and back references.
 */
export function compileExpression(source: string): LinearPattern {
  return compilePattern(new ExpressionReader(source).read());
}

const digits: CharacterSet['ranges'] = [[0x30, 0x39]];
const word: CharacterSet['ranges'] = [...digits, [0x41, 0x5a], [0x5f, 0x5f], [0x61, 0x7a]];
const space: CharacterSet['ranges'] = [
  [0x09, 0x0d],
  [0x20, 0x20],
  [0xa0, 0xa0],
];
const classes: Readonly<Record<string, CharacterSet>> = {
  d: { ranges: digits },
  D: { ranges: digits, negated: true },
  w: { ranges: word },
  W: { ranges: word, negated: true },
  s: { ranges: space },
  S: { ranges: space, negated: true },
};
const controls: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, f: 12, v: 11, a: 7 };
const lastCharacter = 0x10ffff;
const maximumDepth = 100;

const isWord = (character: number): boolean =>
  character !== noCharacter && contains({ ranges: word }, character);
const assertions: Readonly<Record<string, (before: number, after: number) => boolean>> = {
  A: (before) => before === noCharacter,
  Z: (_, after) => after === noCharacter,
  b: (before, after) => isWord(before) !== isWord(after),
  B: (before, after) => isWord(before) === isWord(after),
};

class ExpressionReader {
  private readonly characters: readonly string[];
  private at = 0;
  private depth = 0;

  constructor(source: string) {
    this.characters = [...source];
  }

  read(): PatternNode {
    const node = this.readChoice();
    if (this.at < this.characters.length) this.fail("there is no '(' for this ')'");
    return node;
  }

  private readChoice(): PatternNode {
    this.depth += 1;
    if (this.depth > maximumDepth) this.fail('groups are nested too deeply');
    const parts = [this.readSequence()];
    while (this.take('|')) parts.push(this.readSequence());
    this.depth -= 1;
    const [only] = parts;
    return parts.length === 1 && only ? only : { type: 'choice', parts };
  }

  private readSequence(): PatternNode {
    const parts: PatternNode[] = [];
    while (this.at < this.characters.length && this.next !== '|' && this.next !== ')')
      parts.push(this.readRepeats(this.readItem()));
    return { type: 'sequence', parts };
  }

  private readRepeats(part: PatternNode): PatternNode {
    const bounds = this.readBounds();
    if (!bounds) return part;
    if (part.type === 'assertion') this.failAtRepetition();
    if (this.take('+')) this.fail('possessive repetition is not supported', this.at - 1);
    this.take('?'); // lazy or not: it matches the same texts
    if (this.readBounds()) this.fail('one repetition follows another', this.at - 1);
    return { type: 'repeat', part, ...bounds };
  }

  private readBounds(): { min: number; max?: number } | undefined {
    if (this.take('*')) return { min: 0 };
    if (this.take('+')) return { min: 1 };
    if (this.take('?')) return { min: 0, max: 1 };
    const found = /^\{(\d*)(,?)(\d*)\}/.exec(this.characters.slice(this.at, this.at + 24).join(''));
    if (!found || found[0] === '{}' || found[0] === '{,}') return undefined;
    this.at += found[0].length;
    const min = Number(found[1]);
    const max = found[2] === '' ? min : found[3] === '' ? undefined : Number(found[3]);
    if (max !== undefined && max < min) this.fail('the repetition ends before it begins', this.at - 1);
    return max === undefined ? { min } : { min, max };
  }

  private readItem(): PatternNode {
    const character = this.characters[this.at++] ?? '';
    if (character === '(') return this.readGroup();
    if (character === '[') return { type: 'set', set: this.readClass() };
    if (character === '.') return { type: 'set', set: { ranges: [[10, 10]], negated: true } };
    if (character === '^') return { type: 'assertion', holds: (before) => before === noCharacter };
    if (character === '$') return { type: 'assertion', holds: (_, after) => after === noCharacter };
    if ('*+?'.includes(character)) this.failAtRepetition();
    if (character !== '\\') return single(codeOf(character));
    const name = this.next;
    const holds = Object.hasOwn(assertions, name) ? assertions[name] : undefined;
    if (holds) {
      this.at += 1;
      return { type: 'assertion', holds };
    }
    return { type: 'set', set: this.readEscape() };
  }

  private readGroup(): PatternNode {
    if (this.take('?')) {
      const named = /^P<[A-Za-z_]\w*>/.exec(this.characters.slice(this.at, this.at + 64).join(''));
      if (named) this.at += named[0].length;
      else if (!this.take(':')) this.fail('look-around, flags and back references are not supported');
    }
    const inside = this.readChoice();
    if (!this.take(')')) this.fail("a ')' is missing");
    return inside;
  }

  private readClass(): CharacterSet {
    const start = this.at - 1;
    const negated = this.take('^');
    const ranges: (readonly [number, number])[] = [];
    for (let first = true; first || this.next !== ']'; first = false) {
      if (this.at >= this.characters.length) this.fail("a ']' is missing", start);
      const from = this.readClassItem();
      const only = from.length === 1 && from[0]?.[0] === from[0]?.[1] ? from[0] : undefined;
      if (this.next !== '-' || this.characters[this.at + 1] === ']') {
        ranges.push(...from);
        continue;
      }
      this.at += 1;
      const [to, another] = this.readClassItem();
      if (!only || !to || another || to[0] !== to[1]) this.fail('a range takes two characters');
      else if (to[0] < only[0]) this.fail('the range ends before it begins');
      else ranges.push([only[0], to[0]]);
    }
    this.at += 1;
    return { ranges, negated };
  }

  private readClassItem(): CharacterSet['ranges'] {
    const character = this.characters[this.at++];
    if (character === undefined) return this.fail("a ']' is missing");
    if (character !== '\\') return [[codeOf(character), codeOf(character)]];
    if (this.take('b')) return [[8, 8]];
    const { ranges, negated } = this.readEscape();
    return negated ? complement(ranges) : ranges;
  }

  private readEscape(): CharacterSet {
    const name = this.characters[this.at++];
    if (name === undefined) return this.fail('the expression ends in a backslash');
    if (Object.hasOwn(classes, name)) return classes[name] ?? { ranges: [] };
    const control = Object.hasOwn(controls, name) ? controls[name] : undefined;
    if (control !== undefined) return { ranges: [[control, control]] };
    const length = { x: 2, u: 4, U: 8 }[name];
    if (length !== undefined) {
      const hex = this.characters.slice(this.at, this.at + length).join('');
      const code = Number.parseInt(hex, 16);
      if (!/^[\da-f]+$/i.test(hex) || hex.length < length || code > lastCharacter)
        this.fail(`\\${name} takes ${length} hexadecimal digits`);
      this.at += length;
      return { ranges: [[code, code]] };
    }
    if (/[A-Za-z0-9]/.test(name)) this.fail(`\\${name} is not supported`, this.at - 2);
    return { ranges: [[codeOf(name), codeOf(name)]] };
  }

  private get next(): string {
    return this.characters[this.at] ?? '';
  }

  private take(character: string): boolean {
    if (this.next !== character) return false;
    this.at += 1;
    return true;
  }

  private fail(why: string, at = this.at): never {
    throw new Error(`'${this.characters.join('')}', character ${at + 1}: ${why}`);
  }

  private failAtRepetition(): never {
    this.fail('there is nothing to repeat', this.at - 1);
  }
}

function single(code: number): PatternNode {
  return { type: 'set', set: { ranges: [[code, code]] } };
}

function codeOf(character: string): number {
  return character.codePointAt(0) ?? 0;
}

function complement(ranges: CharacterSet['ranges']): CharacterSet['ranges'] {
  const gaps: (readonly [number, number])[] = [];
  let next = 0;
  for (const [first, last] of [...ranges].sort(([one], [other]) => one - other)) {
    if (first > next) gaps.push([next, first - 1]);
    next = Math.max(next, last + 1);
  }
  return [...gaps, [next, lastCharacter]];
}
