/** Documents of YAML with what stands around them. */
import type { Json } from '../../../../server/rules/json.ts';
import { block, flow } from './nodes.ts';
import { isBlock, type Writer, type YamlState } from './state.ts';

/** A document; `twice`: the pointer of a member that is written a second time. */
export interface Content {
  readonly data: Json;
  readonly twice?: string;
}

export function writeDocuments(documents: readonly Content[], writer: Writer): void {
  const { random, put, at, places } = writer;
  let isOld = false;
  for (const [index, content] of documents.entries()) {
    const start = at();
    isOld = writeDocument(content, index, isOld, writer);
    places.set(String(index), { start, end: at() });
  }
  if (random.once(20))
    put(random.pick(['---\n', '...\n', '...\n---\n# nothing\n', '--- # the end', '# the end']));
}

/** What says nothing, before a document. */
const nothing = ['---\n', '---\n# nothing yet\n', '---\n\n---\n', '--- # nothing\n...\n'];

/** Tells whether it is YAML 1.1, by which what it says holds for the next document, too, if that says nothing. */
function writeDocument({ data, twice }: Content, index: number, wasOld: boolean, writer: Writer): boolean {
  const { random, put } = writer;
  if (index === 0) comment(writer, 8);
  const isEmptyBefore = random.once(15);
  if (isEmptyBefore) put(random.pick(nothing));
  const directive = random.once(12)
    ? random.pick(['%YAML 1.2\n', '%YAML 1.2\n', '%YAML 1.1\n', '%TAG !e! tag:yaml.org,2002:\n'])
    : '';
  if (directive && (index > 0 || isEmptyBefore)) put('...\n');
  put(directive);
  if (index > 0 || isEmptyBefore || directive || random.once(4))
    put(random.pick(['---\n', '---\n', '---\n', '--- # next\n', '---  \n']));
  comment(writer, 4);
  const state: YamlState = {
    ...writer,
    anchors: new Map(),
    bases: [],
    handle: directive.startsWith('%TAG') ? '!e!' : '!!',
    isOld: directive === '' ? wasOld : directive === '%YAML 1.1\n',
    ...(twice === undefined ? {} : { twice: `${index}${twice}` }),
    named: 0,
    isKept: false,
    isBlockText: false,
  };
  const pointer = String(index);
  if (isBlock(data) && !random.once(6)) {
    const column = random.once(15) ? 2 : 0;
    put(' '.repeat(column));
    block(data, pointer, column, state);
  } else {
    flow(data, pointer, 0, state);
    put('\n');
  }
  if (random.once(30)) put('...\n');
  return state.isOld;
}

function comment({ random, put }: Writer, cases: number): void {
  if (random.once(cases)) put(random.pick(['# as agreed with the web team\n', '\n', '   # so\n\n']));
}
