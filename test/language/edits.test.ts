import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { changeBetween } from '../../server/manifests/incremental/textChange.ts';
import { changed, manifestBases } from '../fuzz/manifestCases.ts';
import { randomOf } from '../fuzz/random.ts';
import { type LanguageServer, startLanguageServer } from '../tools/languageServer.ts';

/** `EDITS=200000 node --test test/language/edits.test.ts` for the long proof. */
const edits = Number(process.env['EDITS'] ?? 2000);
const seed = Number(process.env['SEED'] ?? 1);
/** Edits between two comparisons, and between two new texts. */
const stretch = 20;
const lifetime = 400;
const longest = 30_000;

let edited: LanguageServer;
let fresh: LanguageServer;
before(async () => {
  [edited, fresh] = await Promise.all([startLanguageServer(), startLanguageServer()]);
});
after(() => Promise.all([edited.close(), fresh.close()]));

test('after any edits the diagnostics and the colours are those of a file just opened, and memory stays', {
  timeout: 3_600_000,
}, async () => {
  const bases = manifestBases();
  const coloured = bases.filter(({ path }) => /\.image(?:-patch)?\./.test(path));
  const memory: number[] = [];
  let colours = 0;
  for (let done = 0, file = 0; done < edits; file++) {
    const random = randomOf(seed, file);
    const base = random.pick(file % 2 === 0 ? coloured : bases);
    const text = random.once(3) && base.path.endsWith('yaml') ? fleet() + base.text : base.text;
    const uri = `file://${base.path.replace('/f.', `/f${file}.`)}`;
    await open(edited, uri, text);
    let document = TextDocument.create(uri, 'plaintext', 1, text);
    for (let own = 0; own < lifetime && done < edits; own += stretch) {
      for (let time = 0; time < stretch; time++, done++) {
        const next = changed(document.getText(), bases, random).slice(0, longest);
        document = await change(edited, document, next);
        if (random.once(2)) await shownOf(edited, uri); // so that edits are read one by one, and several at once
      }
      const [after, anew] = await Promise.all([
        shownOf(edited, uri),
        open(fresh, uri, document.getText()).then(() => shownOf(fresh, uri)),
      ]);
      await close(fresh, uri);
      colours += after.data.length;
      assert.deepEqual(after, anew, `seed ${seed}, file ${file}, ${JSON.stringify(document.getText())}`);
    }
    await close(edited, uri);
    memory.push(residentOf(edited));
  }
  const half = memory[memory.length >> 1] ?? 0;
  const end = memory.at(-1) ?? 0;
  console.log(
    `${edits} edits; resident at half ${half} MB, at the end ${end} MB, at most ${Math.max(...memory)} MB`,
  );
  assert.ok(colours > 0, 'no text had colours to compare');
  assert.ok(Math.max(...memory) < 500, `${Math.max(...memory)} MB`);
  if (edits >= 100_000) assert.ok(end < half + 50, `from ${half} MB to ${end} MB`);
});

function fleet(): string {
  return Array.from({ length: 40 }, (_, at) => `- name: web-${at}\n  tags: [a b, web_${at}]\n`).join('');
}

function open({ connection }: LanguageServer, uri: string, text: string): Promise<void> {
  const languageId = uri.endsWith('yaml') ? 'image-manifest' : 'image-manifest-json';
  return connection.sendNotification('textDocument/didOpen', {
    textDocument: { uri, languageId, version: 1, text },
  });
}

function close({ connection }: LanguageServer, uri: string): Promise<void> {
  return connection.sendNotification('textDocument/didClose', { textDocument: { uri } });
}

async function change(
  { connection }: LanguageServer,
  document: TextDocument,
  text: string,
): Promise<TextDocument> {
  const { uri, version } = document;
  const found = changeBetween(document.getText(), text);
  const range = found && { start: document.positionAt(found.start), end: document.positionAt(found.before) };
  // A position cannot stand within \r\n: then the whole text is sent.
  const exact =
    range && document.offsetAt(range.start) === found.start && document.offsetAt(range.end) === found.before;
  const event = exact ? { range, text: text.slice(found.start, found.after) } : { text };
  await connection.sendNotification('textDocument/didChange', {
    textDocument: { uri, version: version + 1 },
    contentChanges: [event],
  });
  return TextDocument.create(uri, 'plaintext', version + 1, text);
}

interface Shown {
  readonly items: unknown;
  readonly data: readonly number[];
}

/** What a document looks like: its findings, and its words with a meaning. */
async function shownOf({ connection }: LanguageServer, uri: string): Promise<Shown> {
  const asked = { textDocument: { uri } };
  const [{ items }, { data }] = await Promise.all([
    connection.sendRequest<Pick<Shown, 'items'>>('textDocument/diagnostic', asked),
    connection.sendRequest<Pick<Shown, 'data'>>('textDocument/semanticTokens/full', asked),
  ]);
  return { items, data };
}

/** Megabytes; 0 where the system does not say. */
function residentOf({ process: { pid } }: LanguageServer): number {
  if (process.platform !== 'linux') return 0;
  return Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024);
}
