/** The place of the cursor within `{…}` or `[…]` of YAML, which may break off anywhere. */
export interface FlowPlace {
  /** From the block line's content on, with its own key first where it has one. */
  readonly path: readonly (string | number)[];
  readonly onKey: boolean;
  /** The start of the word that is being typed. */
  readonly start: number;
  readonly siblings: ReadonlySet<string>;
  readonly depth: number;
}

interface Level {
  readonly list: boolean;
  index: number;
  key: string | undefined;
  readonly keys: Set<string>;
}

/** Reads from the content of a block line to the cursor; undefined where the cursor is in no bracket. */
export function flowPlace(text: string, from: number, offset: number): FlowPlace | undefined {
  const levels: Level[] = [];
  let blockKey: string | undefined;
  let word = offset;
  for (let at = from; at < offset; ) {
    const character = text[at] ?? '';
    const level = levels.at(-1);
    if (/\s/.test(character)) at++;
    else if (character === '#' && /\s/.test(text[at - 1] ?? ' ')) at = endOfLine(text, at, offset);
    else if (character === '{' || character === '[') {
      levels.push({ list: character === '[', index: 0, key: undefined, keys: new Set() });
      at++;
    } else if (level && (character === '}' || character === ']')) {
      levels.pop();
      at++;
    } else if (level && character === ',') {
      level.index++;
      level.key = undefined;
      at++;
    } else {
      const end = endOfScalar(text, at, offset, levels.length > 0);
      const colon = /^\s*:(?=\s|$)/.exec(text.slice(end, Math.min(end + 80, offset)))?.[0];
      if (end >= offset && colon === undefined) word = at;
      else if (colon !== undefined) {
        const key = unquote(text.slice(at, end));
        if (!level) blockKey ??= key;
        else if (!level.list) {
          level.key = key;
          level.keys.add(key);
        }
      }
      at = end + (colon?.length ?? 0);
    }
  }
  const inner = levels.at(-1);
  if (!inner) return undefined;
  const path = levels.flatMap(({ list, index, key }): (string | number)[] =>
    list ? [index] : key === undefined ? [] : [key],
  );
  return {
    path: blockKey === undefined ? path : [blockKey, ...path],
    onKey: !inner.list && inner.key === undefined,
    start: word,
    siblings: inner.keys,
    depth: levels.length,
  };
}

function endOfScalar(text: string, at: number, offset: number, inFlow: boolean): number {
  const quote = text[at];
  if (quote === '"' || quote === "'") {
    let end = at + 1;
    while (end < offset && text[end] !== quote) end += quote === '"' && text[end] === '\\' ? 2 : 1;
    return Math.min(end + 1, offset);
  }
  let end = at + 1;
  while (end < offset && !endsPlain(text, end, inFlow)) end++;
  return end;
}

function endsPlain(text: string, at: number, inFlow: boolean): boolean {
  const character = text[at] ?? '';
  if (character === '\n') return true;
  if (character === ':') return /\s/.test(text[at + 1] ?? ' ');
  if (character === '#') return /\s/.test(text[at - 1] ?? '');
  return inFlow && /[,[\]{}]/.test(character);
}

function endOfLine(text: string, at: number, offset: number): number {
  const end = text.indexOf('\n', at);
  return end === -1 ? offset : Math.min(end, offset);
}

function unquote(key: string): string {
  return key.trim().replace(/^(['"])(.*)\1$/, '$2');
}
