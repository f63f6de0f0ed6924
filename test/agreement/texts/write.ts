/** Writes data as a person may have written it, and tells where each part of it stands. */
import { isObject, type Json } from '../../../server/rules/json.ts';
import type { Random } from '../../fuzz/random.ts';
import { type Content, writeDocuments } from './yaml/document.ts';
import { escaped } from './yaml/scalars.ts';
import { entriesOf, type Place, type Writer } from './yaml/state.ts';

export type { Content, Place };

export type Format = 'yaml' | 'json' | 'jsonc';

export interface WrittenFile {
  readonly text: string;
  /** By document and JSON Pointer: `0/tags`. The document itself is `0`. */
  readonly places: ReadonlyMap<string, Place>;
}

interface JsonState extends Writer {
  readonly format: Format;
  readonly twice: string | undefined;
}

/** JSON holds one document. */
export function writeFile(documents: readonly Content[], format: Format, random: Random): WrittenFile {
  let text = random.once(25) ? '\ufeff' : '';
  const lineEnd = random.once(8) ? '\r\n' : format === 'yaml' && random.once(60) ? '\r' : '\n';
  const writer: Writer = {
    random,
    put: (more) => {
      text += lineEnd === '\n' ? more : more.replaceAll('\n', lineEnd);
    },
    at: () => text.length,
    places: new Map(),
  };
  if (format === 'yaml') writeDocuments(documents, writer);
  else
    for (const [index, { data, twice }] of documents.entries()) {
      const state: JsonState = {
        ...writer,
        format,
        twice: twice === undefined ? undefined : `${index}${twice}`,
      };
      const start = text.length;
      comment(state);
      writeJson(data, String(index), '', state);
      state.put(random.once(6) ? '' : '\n');
      writer.places.set(String(index), { start, end: text.length });
    }
  return { text, places: writer.places };
}

function comment({ random, format, put }: JsonState): void {
  if (format === 'jsonc' && random.once(4)) put(random.once(2) ? '// as agreed\n' : '/* as agreed */\n');
}

function writeJson(value: Json, pointer: string, pad: string, state: JsonState): void {
  const { random, format, put, at, places, twice } = state;
  if (!Array.isArray(value) && !isObject(value)) {
    put(typeof value === 'string' && random.once(2) ? escaped(value) : JSON.stringify(value));
    return;
  }
  const isList = Array.isArray(value);
  const entries = entriesOf(value, pointer, twice);
  const deeper = random.once(4) ? undefined : `${pad}  `;
  put(isList ? '[' : '{');
  for (const [number, { key, own, item }] of entries.entries()) {
    put(number > 0 ? ',' : '');
    put(deeper === undefined ? ' ' : `\n${deeper}`);
    if (format === 'jsonc' && deeper !== undefined && random.once(8)) put(`// as agreed\n${deeper}`);
    const start = at();
    if (key !== undefined) put(`${JSON.stringify(key)}: `);
    writeJson(item, own, deeper ?? pad, state);
    places.set(own, { start, end: at() });
  }
  if (format === 'jsonc' && entries.length > 0 && random.once(4)) put(',');
  put(deeper === undefined || entries.length === 0 ? ' ' : `\n${pad}`);
  put(isList ? ']' : '}');
}
