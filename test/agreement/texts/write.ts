/** Writes data as a person may have written it, and tells where each part of it stands. */
import { isObject, type Json, type JsonObject } from '../../../server/rules/json.ts';
import type { Random } from '../../fuzz/random.ts';

export type Format = 'yaml' | 'json' | 'jsonc';

/** Offsets of a member with its key, or of an item. */
export interface Place {
  readonly start: number;
  readonly end: number;
}

export interface WrittenFile {
  readonly text: string;
  /** By document and JSON Pointer: `0/tags`. The document itself is `0`. */
  readonly places: ReadonlyMap<string, Place>;
}

/** A document; `twice`: a key of its mapping that is written a second time, at its end. */
export interface Content {
  readonly data: Json;
  readonly twice?: string;
}

interface State {
  readonly random: Random;
  readonly format: Format;
  readonly put: (text: string) => void;
  readonly at: () => number;
  readonly places: Map<string, Place>;
  /** Names of anchors of this document, by the JSON of what they mark. */
  anchors: Map<string, string>;
  named: number;
}

/** JSON holds one document. */
export function writeFile(documents: readonly Content[], format: Format, random: Random): WrittenFile {
  let text = random.once(25) ? '\ufeff' : '';
  const isWindows = random.once(8);
  const state: State = {
    random,
    format,
    put: (more) => {
      text += isWindows ? more.replaceAll('\n', '\r\n') : more;
    },
    at: () => text.length,
    places: new Map(),
    anchors: new Map(),
    named: 0,
  };
  for (const [index, content] of documents.entries()) {
    const start = text.length;
    if (format !== 'yaml') {
      comment(state, 4);
      writeJson(content.data, String(index), '', state, content.twice);
      state.put(random.once(6) ? '' : '\n');
    } else writeDocument(content, index, state);
    state.places.set(String(index), { start, end: text.length });
  }
  return { text, places: state.places };
}

function comment({ random, format, put }: State, cases: number): void {
  if (!random.once(cases)) return;
  if (format === 'yaml') put('# as agreed with the web team\n');
  else if (format === 'jsonc') put(random.once(2) ? '// as agreed\n' : '/* as agreed */\n');
}

function writeDocument({ data, twice }: Content, index: number, state: State): void {
  const { random, put } = state;
  state.anchors = new Map();
  if (index > 0 || random.once(4)) put(random.once(6) ? '--- # next\n' : '---\n');
  comment(state, 4);
  const pointer = String(index);
  if (isBlock(data) && !random.once(6)) block(data, pointer, 0, state, twice);
  else {
    flow(data, pointer, state, twice);
    put('\n');
  }
}

function isBlock(value: Json): value is JsonObject | Json[] {
  return Array.isArray(value) ? value.length > 0 : isObject(value) && Object.keys(value).length > 0;
}

/** Its first line goes on where the text is; the others are indented to the column. */
function block(
  value: JsonObject | Json[],
  pointer: string,
  column: number,
  state: State,
  twice?: string,
): void {
  const { random, put, at, places } = state;
  const pad = ' '.repeat(column);
  const entries: [string | undefined, string, Json][] = Array.isArray(value)
    ? value.map((item, index) => [undefined, `${pointer}/${index}`, item])
    : Object.entries(value).map(([key, item]) => [key, `${pointer}/${escapeToken(key)}`, item]);
  if (twice !== undefined) entries.push([twice, `${pointer}/${escapeToken(twice)} again`, 'again']);
  for (const [number, [key, own, item]] of entries.entries()) {
    if (number > 0) {
      if (random.once(12)) put(random.once(2) ? '\n' : `${pad}# see the handbook\n`);
      put(pad);
    }
    const start = at();
    if (key === undefined) {
      put('-');
      if (isBlock(item) && !random.once(3)) {
        put(' ');
        block(item, own, column + 2, state);
        places.set(own, { start, end: at() });
        continue;
      }
    } else put(`${word(key, state, true)}:`);
    behind(item, own, column, state, key === undefined);
    places.set(own, { start, end: at() });
  }
}

/** What stands behind a colon or a dash, with the end of its line. */
function behind(value: Json, pointer: string, column: number, state: State, isItem: boolean): void {
  const { random, put, anchors } = state;
  const key = JSON.stringify(value);
  const known = anchors.get(key);
  if (known !== undefined && random.once(2)) {
    put(` *${known}\n`);
    return;
  }
  const isMarkable =
    typeof value === 'string' || (Array.isArray(value) && value.every((item) => typeof item === 'string'));
  if (isMarkable && random.once(12)) {
    const name = `a${state.named++}`;
    put(` &${name}`);
    anchors.set(key, name);
  }
  if (isBlock(value) && !random.once(3)) {
    put(random.once(8) ? ' # these\n' : '\n');
    const inner = column + (Array.isArray(value) && !isItem && random.once(3) ? 0 : 2);
    put(' '.repeat(inner));
    block(value, pointer, inner, state);
    return;
  }
  put(' ');
  if (isBlock(value)) flow(value, pointer, state);
  else if (typeof value === 'string' && isPlainText(value) && random.once(12)) {
    put(`${random.pick(['|-', '>-'])}\n${' '.repeat(column + 2)}${value}\n`);
    return; // a comment behind it would be its text
  } else put(scalar(value, state, false));
  put(random.once(12) ? ' # so\n' : '\n');
}

/** A text that any style keeps. */
function isPlainText(text: string): boolean {
  return /^[A-Za-z][\w.-]*$/.test(text);
}

function flow(value: Json, pointer: string, state: State, twice?: string): void {
  const { random, put, at, places } = state;
  if (!Array.isArray(value) && !isObject(value)) {
    put(scalar(value, state, true));
    return;
  }
  const isList = Array.isArray(value);
  const entries: [string, Json][] = isList
    ? value.map((item, index) => [String(index), item])
    : [...Object.entries(value), ...(twice === undefined ? [] : [[twice, 'again'] satisfies [string, Json]])];
  const gap = random.once(5) ? '\n      ' : random.once(3) ? ' ' : '';
  put(isList ? '[' : '{');
  for (const [number, [key, item]] of entries.entries()) {
    put(number > 0 ? `,${gap || ' '}` : gap);
    const own = `${pointer}/${escapeToken(key)}${number === entries.length - 1 && twice !== undefined ? ' again' : ''}`;
    const start = at();
    if (!isList) put(`${word(key, state, true)}: `);
    flow(item, own, state);
    places.set(own, { start, end: at() });
  }
  put(`${gap}${isList ? ']' : '}'}`);
}

function scalar(value: Json, state: State, isFlow: boolean): string {
  if (typeof value === 'string') return word(value, state, isFlow);
  return value === null && state.random.once(3) ? '~' : JSON.stringify(value);
}

/** A text of one line in a style that keeps it. */
function word(text: string, { random }: State, isFlow: boolean): string {
  const isPlain = isFlow
    ? /^[A-Za-z_/][\w./-]*$/.test(text)
    : /^[\p{L}_/](?:[\p{L}\p{N}\w./,-]| (?=[\p{L}\d]))*$/u.test(text);
  const reads = /^(?:true|false|null)$/i.test(text);
  const style = random.below(5);
  if (isPlain && !reads && style < 3) return text;
  if (style < 4 && text !== '' && /^[\u0020-\u007e\u00a1-\u02ff]*$/.test(text) && random.once(2))
    return `'${text.replaceAll("'", "''")}'`;
  return escaped(text);
}

function escaped(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\u00a0\u2028\u2029\ufeff\ufffe\uffff]/g,
    (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function writeJson(value: Json, pointer: string, pad: string, state: State, twice?: string): void {
  const { random, format, put, at, places } = state;
  if (!Array.isArray(value) && !isObject(value)) {
    put(typeof value === 'string' && random.once(2) ? escaped(value) : JSON.stringify(value));
    return;
  }
  const isList = Array.isArray(value);
  const entries: [string, Json][] = isList
    ? value.map((item, index) => [String(index), item])
    : [...Object.entries(value), ...(twice === undefined ? [] : [[twice, 'again'] satisfies [string, Json]])];
  const deeper = random.once(4) ? undefined : `${pad}  `;
  put(isList ? '[' : '{');
  for (const [number, [key, item]] of entries.entries()) {
    put(number > 0 ? ',' : '');
    put(deeper === undefined ? ' ' : `\n${deeper}`);
    if (format === 'jsonc' && deeper !== undefined && random.once(8)) put(`// as agreed\n${deeper}`);
    const own = `${pointer}/${escapeToken(key)}${number === entries.length - 1 && twice !== undefined ? ' again' : ''}`;
    const start = at();
    if (!isList) put(`${JSON.stringify(key)}: `);
    writeJson(item, own, deeper ?? pad, state);
    places.set(own, { start, end: at() });
  }
  if (format === 'jsonc' && entries.length > 0 && random.once(4)) put(',');
  put(deeper === undefined || entries.length === 0 ? ' ' : `\n${pad}`);
  put(isList ? ']' : '}');
}

function escapeToken(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
