import { getLocation } from 'jsonc-parser';

/** Where the cursor is in a text that is being typed, so may not parse. */
export interface Location {
  /** Tokens of the object or list that the cursor is in; for a value, with its own key or index last. */
  readonly path: readonly (string | number)[];
  readonly onKey: boolean;
  /** The word to be replaced. */
  readonly start: number;
  readonly end: number;
  /** Keys written beside the cursor already. */
  readonly siblings: ReadonlySet<string>;
}

export function locate(text: string, offset: number, format: 'yaml' | 'json'): Location {
  return format === 'json' ? locateJson(text, offset) : locateYaml(text, offset);
}

function locateJson(text: string, offset: number): Location {
  const { path, isAtPropertyKey, previousNode } = getLocation(text, offset);
  const inside =
    previousNode && offset >= previousNode.offset && offset <= previousNode.offset + previousNode.length;
  const start = inside
    ? previousNode.offset
    : offset - (/[\w.-]*$/.exec(text.slice(0, offset))?.[0].length ?? 0);
  const end = inside ? previousNode.offset + previousNode.length : offset;
  return {
    path: isAtPropertyKey ? path.slice(0, -1) : path,
    onKey: isAtPropertyKey,
    start,
    end,
    siblings: new Set(),
  };
}

/** What a line of block style opens: the columns of its dashes, then its key. */
interface Line {
  readonly dashes: readonly number[];
  /** Where the content behind the dashes begins. */
  readonly column: number;
  readonly key: string | undefined;
}

/** By indentation alone: it works on half-typed lines, in every document of a file, and under any error. */
function locateYaml(text: string, offset: number): Location {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  const before = text.slice(lineStart, offset);
  const own = readLine(before);
  const rest = before.slice(own.column);
  const { path, siblings } = pathTo(linesAbove(text.slice(0, lineStart)), own);
  const end = offset + (/^[\w.~/-]*/.exec(text.slice(offset))?.[0].length ?? 0);
  const [, key, value] = /^("[^"]*"|'[^']*'|[^\s:#'"]+):\s+(.*)$/.exec(rest) ?? [];
  if (key === undefined || value === undefined)
    return { path, onKey: true, start: offset - rest.length, end, siblings };
  const word = /[^\s,[{]*$/.exec(value)?.[0] ?? '';
  const inList = /\[[^\]]*$/.test(value);
  return {
    path: [...path, unquote(key), ...(inList ? [0] : [])],
    onKey: false,
    start: offset - word.length,
    end,
    siblings,
  };
}

/** The lines of the document above, nearest first. */
function linesAbove(text: string): Line[] {
  const lines: Line[] = [];
  for (const line of text.split(/\r?\n/).slice(0, -1).reverse()) {
    if (/^(---|\.\.\.)(\s|$)/.test(line)) break;
    if (line.trim() !== '' && !/^\s*#/.test(line)) lines.push(readLine(line));
  }
  return lines;
}

function readLine(line: string): Line {
  const dashes: number[] = [];
  let column = /^\s*/.exec(line)?.[0].length ?? 0;
  while (/^-(\s|$)/.test(line.slice(column))) {
    dashes.push(column);
    column += /^-\s*/.exec(line.slice(column))?.[0].length ?? 1;
  }
  const key = /^("[^"]*"|'[^']*'|[^\s:#]+):(\s|$)/.exec(line.slice(column))?.[1];
  return { dashes, column, key: key === undefined ? undefined : unquote(key) };
}

/** Climbs from the cursor's line to the root: each key that stands further left, and each dash, is one step up. */
function pathTo(lines: readonly Line[], own: Line): { path: (string | number)[]; siblings: Set<string> } {
  const path: (string | number)[] = own.dashes.map(() => 0);
  const siblings = new Set<string>();
  let left = own.dashes[0] ?? own.column;
  let atDash = own.dashes.length > 0;
  for (const { dashes, column, key } of lines) {
    if (key !== undefined && (column < left || (atDash && column === left))) {
      path.unshift(key);
      left = column;
      atDash = false;
    } else if (key !== undefined && column === left && path.length === 0) {
      siblings.add(key);
    }
    if (column < left || (atDash && column > left)) continue;
    for (const dash of [...dashes].reverse()) {
      if (dash >= left || column > left) continue;
      path.unshift(0);
      left = dash;
      atDash = true;
    }
  }
  return { path, siblings };
}

function unquote(key: string): string {
  return key.replace(/^(['"])(.*)\1$/, '$2');
}
