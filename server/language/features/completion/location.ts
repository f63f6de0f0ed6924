import { getLocation } from 'jsonc-parser';
import { type FlowPlace, flowPlace } from './flowLocation.ts';

/** The place of the cursor in a text that is being typed, so may not parse. */
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
  const start = inside ? previousNode.offset : wordStart(text, offset);
  const end = inside ? previousNode.offset + previousNode.length : offset;
  return {
    path: isAtPropertyKey ? path.slice(0, -1) : path,
    onKey: isAtPropertyKey,
    start,
    end,
    siblings: new Set(),
  };
}

/** Finds the start of the word before a place. */
function wordStart(text: string, offset: number): number {
  let start = offset;
  while (start > 0 && /[\w.-]/.test(text[start - 1] ?? '')) start--;
  return start;
}

/** The levels that a line of block style opens: the columns of its dashes, then its key. */
interface Line {
  readonly dashes: readonly number[];
  /** The start of the content behind the dashes. */
  readonly column: number;
  readonly key: string | undefined;
}

/** How many lines above the cursor the bracket may stand that it is in. */
const flowLines = 40;

/** By indentation and brackets alone: it works on half-typed lines, in every document of a file, and under any error. */
function locateYaml(text: string, offset: number): Location {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  const end = offset + (/^[\w.~/-]*/.exec(text.slice(offset, offset + 300))?.[0].length ?? 0);
  const flow = locateFlow(text, lineStart, offset);
  if (flow) return { ...flow, end };
  const own = readLine(text.slice(lineStart, offset));
  const rest = text.slice(lineStart + own.column, offset);
  const { path, siblings } = pathTo(text, lineStart, own);
  const [opening, key, value] = /^("[^"]*"|'[^']*'|[^\s:#'"]+(?::[^\s:#'"]+)*):\s+(.*)$/.exec(rest) ?? [];
  if (opening === undefined || key === undefined || value === undefined)
    return { path, onKey: true, start: offset - rest.length, end, siblings };
  return { path: [...path, unquote(key)], onKey: false, start: offset - value.length, end, siblings };
}

function locateFlow(text: string, lineStart: number, offset: number): Omit<Location, 'end'> | undefined {
  let found: (FlowPlace & { readonly lineStart: number; readonly own: Line }) | undefined;
  let start = lineStart;
  for (let lines = 0; lines < flowLines; lines++) {
    const line = text.slice(start, Math.min(lineEnd(text, start), offset));
    if (/^(---|\.\.\.)(\s|$)/.test(line)) break;
    const own = readLine(line);
    const place = flowPlace(text, start + own.column, offset);
    if (place && place.depth > (found?.depth ?? 0)) found = { ...place, lineStart: start, own };
    if (start === 0) break;
    start = text.lastIndexOf('\n', start - 2) + 1;
  }
  if (!found) return undefined;
  const { path } = pathTo(text, found.lineStart, found.own);
  return {
    path: [...path, ...found.path],
    onKey: found.onKey,
    start: found.start,
    siblings: found.siblings,
  };
}

/** The lines of the document above an offset, nearest first; of those that begin further right than `margin()` 0, none. */
function* linesAbove(text: string, from: number, margin: () => number): Generator<Line, void> {
  for (let end = from; end > 0; ) {
    const start = text.lastIndexOf('\n', end - 2) + 1;
    // In a long list nearly every line is such a one.
    if (margin() === 0 && (text[start] === ' ' || (text[start] === '-' && text[start + 1] === ' '))) {
      end = start;
      continue;
    }
    const line = text.slice(start, end).replace(/\r?\n$/, '');
    if (/^(---|\.\.\.)(\s|$)/.test(line)) return;
    if (line.trim() !== '' && !/^\s*#/.test(line)) yield readLine(line);
    end = start;
  }
}

function lineEnd(text: string, start: number): number {
  const end = text.indexOf('\n', start);
  return end === -1 ? text.length : end;
}

function readLine(line: string): Line {
  const dashes: number[] = [];
  let column = /^\s*/.exec(line)?.[0].length ?? 0;
  while (/^-(\s|$)/.test(line.slice(column))) {
    dashes.push(column);
    column += /^-\s*/.exec(line.slice(column))?.[0].length ?? 1;
  }
  const key = /^("[^"]*"|'[^']*'|[^\s:#]+(?::[^\s:#]+)*):(\s|$)/.exec(line.slice(column))?.[1];
  return { dashes, column, key: key === undefined ? undefined : unquote(key) };
}

/** Climbs from the cursor's line to the root: each key that stands further left, and each dash, is one step up. */
function pathTo(text: string, from: number, own: Line): { path: (string | number)[]; siblings: Set<string> } {
  const path: (string | number)[] = own.dashes.map(() => 0);
  const siblings = new Set<string>();
  let left = own.dashes[0] ?? own.column;
  let atDash = own.dashes.length > 0;
  const margin = () => (left === 0 && atDash ? 0 : 1);
  for (const { dashes, column, key } of linesAbove(text, from, margin)) {
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
