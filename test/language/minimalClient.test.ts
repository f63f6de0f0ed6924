import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type {
  CodeAction,
  Diagnostic,
  Position,
  Range,
  TextEdit,
  WorkspaceEdit,
} from 'vscode-languageserver/node';
import { type LanguageServer, startLanguageServer } from '../tools/languageServer.ts';

/** A client with nothing: no pull, no snippets, no resolving, no requests from the server; positions are bytes of UTF-8. */
const root = mkdtempSync(join(tmpdir(), 'cloud-images-minimal-'));
let server: LanguageServer;

before(async () => {
  writeFileSync(join(root, 'closed.image.yaml'), 'name: "größe 🚀"\n"größe": x\ntags: ["größe 🚀 eins"]\n');
  server = await startLanguageServer({ root, pull: false, commands: false, positionEncodings: ['utf-8'] });
});
after(async () => {
  await server.close();
  rmSync(root, { recursive: true });
});

/** By the protocol's own definition: bytes from the start of the line. */
function offsetOf(text: string, { line, character }: Position): number {
  const lines = text.split('\n');
  return (
    Buffer.byteLength(
      lines
        .slice(0, line)
        .map((one) => `${one}\n`)
        .join(''),
    ) + character
  );
}

function at(text: string, { start, end }: Range): string {
  return Buffer.from(text).subarray(offsetOf(text, start), offsetOf(text, end)).toString();
}

function positionOf(text: string, word: string): Position {
  const before = text.slice(0, text.indexOf(word)).split('\n');
  return { line: before.length - 1, character: Buffer.byteLength(before.at(-1) ?? '') };
}

function applied(text: string, edits: readonly TextEdit[]): string {
  let bytes = Buffer.from(text);
  for (const { range, newText } of [...edits].sort(
    (a, b) => offsetOf(text, b.range.start) - offsetOf(text, a.range.start),
  ))
    bytes = Buffer.concat([
      bytes.subarray(0, offsetOf(text, range.start)),
      Buffer.from(newText),
      bytes.subarray(offsetOf(text, range.end)),
    ]);
  return bytes.toString();
}

const text = 'name: "größe 🚀"\n"größe": x\ntags: ["größe 🚀 eins", b c]\n';

test('findings are pushed, their places count in bytes, and follow edits that do too', async () => {
  const pushes: { version: number; diagnostics: Diagnostic[] }[] = [];
  let next: () => void = () => undefined;
  server.connection.onNotification(
    'textDocument/publishDiagnostics',
    (push: { version: number; diagnostics: Diagnostic[] }) => {
      pushes.push(push);
      next();
    },
  );
  const pushed = (version: number) =>
    new Promise<Diagnostic[]>((resolve) => {
      next = () => {
        const found = pushes.find((push) => push.version === version);
        if (found) resolve(found.diagnostics);
      };
      next();
    });
  const uri = server.open(join(root, 'a.image.yaml'), text).uri;
  const first = await pushed(1);
  assert.deepEqual(
    first.map(({ code, range }) => [code, at(text, range)]),
    [
      ['tag/url-safe', '"größe 🚀 eins"'],
      ['tag/url-safe', 'b c'],
    ],
  );
  const start = positionOf(text, 'b c');
  await server.connection.sendNotification('textDocument/didChange', {
    textDocument: { uri, version: 2 },
    contentChanges: [
      { range: { start, end: { ...start, character: start.character + 3 } }, text: 'ä ö 🚀, c' },
      { range: { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } }, text: '# ü\n' },
    ],
  });
  const changed = `# ü\n${text.replace('b c', 'ä ö 🚀, c')}`;
  assert.deepEqual(
    (await pushed(2)).map(({ range }) => at(changed, range)),
    ['"größe 🚀 eins"', 'ä ö 🚀'],
  );
});

test('quick fixes have their edits at once, in bytes', async () => {
  const document = server.open(join(root, 'b.image.yaml'), text);
  const position = positionOf(text, 'b c');
  const actions = await server.connection.sendRequest<CodeAction[]>('textDocument/codeAction', {
    textDocument: { uri: document.uri },
    range: { start: position, end: position },
    context: { diagnostics: [] },
  });
  assert.ok(actions.length > 0 && actions.every(({ edit, command }) => edit && !command));
  const [fix] = actions.filter(({ title }) => title === "Change to 'b_c'");
  const [change] = fix?.edit?.documentChanges ?? [];
  assert.ok(change && 'edits' in change);
  assert.equal(applied(text, change.edits as TextEdit[]), text.replace('b c', 'b_c'));
});

test('hover, completion, tokens and rename count in bytes, in closed files as well', async () => {
  const document = server.open(join(root, 'c.image.yaml'), text);
  const textDocument = { uri: document.uri };
  const ask = <Result>(method: string, parameters: object) =>
    server.connection.sendRequest<Result>(`textDocument/${method}`, { textDocument, ...parameters });
  const hover = await ask<{ range: Range }>('hover', { position: positionOf(text, 'größe 🚀 eins') });
  assert.equal(at(text, hover.range), '"größe 🚀 eins"');
  const items = await ask<{ label: string; textEdit: TextEdit; insertTextFormat?: number }[]>('completion', {
    position: positionOf(text, ', b c'),
  });
  assert.ok(items.every(({ insertTextFormat }) => insertTextFormat === undefined));
  const { data } = await ask<{ data: number[] }>('semanticTokens/full', {});
  const words: string[] = [];
  let [line, character] = [0, 0];
  for (let index = 0; index < data.length; index += 5) {
    const [down = 0, right = 0, length = 0] = data.slice(index, index + 3);
    character = down > 0 ? right : character + right;
    line += down;
    words.push(at(text, { start: { line, character }, end: { line, character: character + length } }));
  }
  assert.deepEqual(words, ['größe', 'größe 🚀 eins', 'b c']);
  const { documentChanges } = await ask<WorkspaceEdit>('rename', {
    position: positionOf(text, 'größe 🚀 eins'),
    newName: 'zwölf',
  });
  const texts = new Map(
    (documentChanges ?? []).flatMap((change) => {
      if (!('edits' in change)) return [];
      const { uri } = change.textDocument;
      const path = fileURLToPath(uri);
      const before = path.endsWith('closed.image.yaml') ? readFileSync(path, 'utf8') : text;
      return [[uri, applied(before, change.edits as TextEdit[])] as const];
    }),
  );
  assert.equal(texts.get(document.uri), text.replace('größe 🚀 eins', 'zwölf'));
  const closed = [...texts].find(([uri]) => uri.endsWith('closed.image.yaml'))?.[1];
  assert.equal(closed, 'name: "größe 🚀"\n"größe": x\ntags: ["zwölf"]\n');
  const references = await ask<{ uri: string; range: Range }[]>('references', {
    position: positionOf(text, 'größe 🚀 eins'),
    context: { includeDeclaration: true },
  });
  const found = references.find(({ uri }) => uri.endsWith('closed.image.yaml'));
  assert.equal(
    found && at(readFileSync(join(root, 'closed.image.yaml'), 'utf8'), found.range),
    'größe 🚀 eins',
  );
});

test('a client that also has UTF-16 gets it, as does one that says nothing', async () => {
  for (const positionEncodings of [['utf-8', 'utf-16'], ['utf-32'], undefined]) {
    const other = await startLanguageServer({ root, ...(positionEncodings ? { positionEncodings } : {}) });
    const document = other.open(join(root, 'd.image.yaml'), text);
    const [first] = await document.diagnostics();
    assert.equal(first && text.slice(...document.offsetOf(first.range)), '"größe 🚀 eins"');
    await other.close();
  }
});
