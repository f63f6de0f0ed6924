/** Mappings, lists and what stands in them, in block and flow style. */
import { isObject, type Json, type JsonObject } from '../../../../server/rules/json.ts';
import { type Merge, mergeInto } from './merges.ts';
import { longText, scalar, word } from './scalars.ts';
import { entriesOf, isBlock, placeAll, type YamlState } from './state.ts';

/** Its first line goes on where the text is; the others are indented to the column. */
export function block(value: JsonObject | Json[], pointer: string, column: number, state: YamlState): void {
  const { random, put, at, places } = state;
  const pad = ' '.repeat(column);
  const merge = mergeInto(value, state);
  const entries = entriesOf(merge?.own ?? value, pointer, state.twice);
  const mergeAt = merge ? random.below(entries.length + 1) : -1;
  for (let number = 0; number < entries.length + (merge ? 1 : 0); number++) {
    if (number > 0) {
      between(pad, state);
      put(pad);
    }
    if (merge && number === mergeAt) {
      writeMerge(merge, pointer, column, state);
      put('\n');
      continue;
    }
    const entry = entries[merge && number > mergeAt ? number - 1 : number];
    if (!entry) continue;
    const { key, own, item } = entry;
    const start = at();
    if (key === undefined) {
      put('-');
      if (isBlock(item) && !random.once(3)) {
        const gap = random.once(6) ? 3 : 1;
        put(' '.repeat(gap));
        block(item, own, column + 1 + gap, state);
        places.set(own, { start, end: at() });
        continue;
      }
    } else writeKey(key, pad, state);
    behind(item, own, column, state, key === undefined);
    places.set(own, { start, end: at() });
  }
}

/** Blank lines and comments between two members. */
function between(pad: string, state: YamlState): void {
  const { random, put } = state;
  if (!state.isKept && random.once(12))
    put(state.isBlockText ? '\n' : random.pick(['\n', '\n', '  \n', '\t\n']));
  if (random.once(12))
    put(
      `${random.pick([pad, '', state.isBlockText ? '' : `${pad}  `])}${random.pick(['# see the handbook', '#', '# - a: b', '#: {'])}\n`,
    );
}

function writeKey(key: string, pad: string, state: YamlState): void {
  const { random, put, anchors } = state;
  const known = anchors.get(JSON.stringify(key));
  if (known !== undefined && random.once(3)) {
    put(random.once(4) ? `? *${known}\n${pad}:` : `*${known} :`);
    return;
  }
  let written = word(key, state, true);
  if (random.once(30)) {
    const name = newName(state);
    written = `&${name} ${written}`;
    anchors.set(JSON.stringify(key), name);
  }
  put(
    random.once(15)
      ? `? ${written}${random.once(3) ? ' # key' : ''}\n${pad}:`
      : `${written}${random.once(25) ? random.pick([' ', '\t']) : ''}:`,
  );
}

function newName(state: YamlState): string {
  const number = state.named++;
  return state.random.pick([`a${number}`, `a-${number}`, `größe${number}`, `a.${number}/x`]);
}

/** `<<` with what it brings in: an alias, a mapping that is written there, or a list of both. */
function writeMerge({ sources, brought }: Merge, pointer: string, column: number, state: YamlState): void {
  const { random, put, at, places } = state;
  const start = at();
  const isListed = sources.length > 1 || random.once(4);
  put(isListed ? '<<: [' : '<<: ');
  for (const [number, source] of sources.entries()) {
    if (number > 0) put(', ');
    if ('name' in source) put(`*${source.name}`);
    else flow(source.data, `${pointer} merged`, column, state);
  }
  put(isListed ? ' ]' : '');
  const place = { start, end: at() };
  for (const { own, item } of entriesOf(brought, pointer, undefined)) {
    placeAll(item, own, place, places);
    // What is written there has places of its own, but for what another source has before it.
    const there = own.replace(pointer, `${pointer} merged`);
    for (const [key, found] of places)
      if (key === there || key.startsWith(`${there}/`)) places.set(own + key.slice(there.length), found);
  }
}

/** What stands behind a colon or a dash, with the end of its line. */
function behind(value: Json, pointer: string, column: number, state: YamlState, isItem: boolean): void {
  const { random, put, at, places, anchors } = state;
  state.isKept = false;
  state.isBlockText = false;
  const key = JSON.stringify(value);
  const known = anchors.get(key);
  const isShared = state.twice === undefined;
  if (known !== undefined && isShared && random.once(2)) {
    const start = at();
    put(` *${known}${lineEnd(state)}`);
    placeAll(value, pointer, { start, end: at() }, places);
    return;
  }
  if (value === null && random.once(4)) {
    put(lineEnd(state));
    state.isBlockText = true; // other readers take no tab there either
    return;
  }
  // Behind a dash other readers take no tab.
  const gap = random.once(15) ? random.pick(isItem ? ['  '] : ['\t', '  ', ' \t']) : ' ';
  const name = isShared && random.once(isObject(value) ? 3 : 12) ? newName(state) : undefined;
  const tag = collectionTag(value, state);
  const properties = [...(name === undefined ? [] : [`&${name}`]), ...(tag ? [tag] : [])];
  if (properties.length > 0) put(` ${(random.once(2) ? properties : properties.reverse()).join(' ')}`);
  // Behind a dash, an anchor of a mapping in the same line would be that of its first key.
  if (isBlock(value) && !random.once(3)) {
    put(random.once(8) ? ' # these\n' : '\n');
    const isLevel = Array.isArray(value) && !isItem && random.once(3);
    const inner = column + (isLevel ? 0 : random.pick([1, 2, 2, 2, 4]));
    put(' '.repeat(inner));
    block(value, pointer, inner, state);
  } else inline(value, pointer, column, gap, state);
  if (name === undefined) return;
  anchors.set(key, name);
  if (isObject(value)) state.bases.push({ name, data: value });
}

function collectionTag(value: Json, { random, handle }: YamlState): string | undefined {
  if (!isBlock(value) || !random.once(25)) return undefined;
  return `${handle}${Array.isArray(value) ? 'seq' : 'map'}`;
}

function inline(value: Json, pointer: string, column: number, gap: string, state: YamlState): void {
  const { random, put } = state;
  put(gap);
  if (isBlock(value)) flow(value, pointer, column, state);
  else {
    const long = typeof value === 'string' && random.once(3) ? longText(value, column, state) : undefined;
    put(long?.text ?? scalar(value, state, false));
    state.isKept = long?.keeps === true;
    state.isBlockText = long?.ends === true;
    if (long?.ends) return;
  }
  put(lineEnd(state));
}

function lineEnd({ random }: YamlState): string {
  return random.once(12) ? random.pick([' # so\n', '  # so: x\n', '\t# so\n', ' \n', '\t\n']) : '\n';
}

export function flow(value: Json, pointer: string, column: number, state: YamlState): void {
  const { random, put, at, places } = state;
  if (!Array.isArray(value) && !isObject(value)) {
    put(scalar(value, state, true));
    return;
  }
  const isList = Array.isArray(value);
  const merge = mergeInto(value, state);
  const entries = entriesOf(merge?.own ?? value, pointer, state.twice);
  const pad = ' '.repeat(column + 2);
  const gap = random.once(5) ? `\n${pad}` : random.once(3) ? ' ' : '';
  const afterComma = (): string =>
    random.once(25) ? ` # and\n${pad}` : gap || random.pick([' ', ' ', '\t']);
  put(isList ? '[' : '{');
  put(gap);
  if (merge) {
    writeMerge(merge, pointer, column, state);
    if (entries.length > 0) put(`,${afterComma()}`);
  }
  for (const [number, { key, own, item }] of entries.entries()) {
    if (number > 0) put(`,${afterComma()}`);
    const start = at();
    flowMember(key, item, own, column, state);
    places.set(own, { start, end: at() });
  }
  if (entries.length > 0 && random.once(10)) put(',');
  put(`${gap}${isList ? ']' : '}'}`);
}

function flowMember(
  key: string | undefined,
  item: Json,
  own: string,
  column: number,
  state: YamlState,
): void {
  const { random, put, at, places, anchors } = state;
  if (key !== undefined) {
    const written = word(key, state, true);
    if (item === null && random.once(3)) {
      put(random.once(2) ? written : `${written}:${random.once(2) ? ' ' : ''}`);
      return;
    }
    const isAdjacent = /^"/.test(written) && random.once(4);
    put(`${random.once(20) ? '? ' : ''}${written}${isAdjacent ? ':' : ': '}`);
  }
  const known = state.twice === undefined ? anchors.get(JSON.stringify(item)) : undefined;
  if (known === undefined || !random.once(2)) {
    flow(item, own, column + 2, state);
    return;
  }
  const start = at();
  put(`*${known} `);
  placeAll(item, own, { start, end: at() }, places);
}
