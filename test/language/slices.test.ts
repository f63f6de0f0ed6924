import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { FoldingRange } from 'vscode-languageserver/node';
import {
  type LanguageServer,
  type Options,
  type Problem,
  startLanguageServer,
} from '../tools/languageServer.ts';

const images = (count: number) =>
  Array.from({ length: count }, (_, at) => `- name: web-${at}\n  tags: [a b]\n`);
const documents = (count: number) =>
  images(count).map((image) => image.replace('- ', '---\n').replaceAll('\n  ', '\n'));

async function start(t: TestContext, options?: Options): Promise<LanguageServer> {
  const server = await startLanguageServer(options);
  t.after(() => server.close());
  return server;
}

const pulling: Options = { capabilities: { workspace: { diagnostics: { refreshSupport: true } } } };

for (const [form, make] of [
  ['a list', images],
  ['documents', documents],
] as const) {
  test(`${form}: the findings of a long text's beginning come first, and the client is asked for the rest`, async (t) => {
    const text = make(3000).join('');
    let asked = 0;
    const refreshed = Promise.withResolvers<void>();
    const server = await start(t, {
      ...pulling,
      requests: {
        'workspace/diagnostic/refresh': () => {
          asked++;
          refreshed.resolve();
          return null;
        },
      },
    });
    const document = server.open('/slices.image.yaml', text);
    const first = await document.diagnostics();
    assert.ok(first.length > 10 && first.length < 1000, `${first.length}`);
    await refreshed.promise;
    const all = await document.diagnostics();
    assert.equal(all.length, 3000);
    assert.deepEqual(all.slice(0, first.length), first);
    const folds = await document.ask<FoldingRange[]>('textDocument/foldingRange');
    assert.ok(Math.max(...folds.map(({ endLine }) => endLine)) >= text.split('\n').length - 4);
    assert.deepEqual([asked, await document.diagnostics()], [1, all]); // nothing is left to ask for
  });

  test(`${form}: an edit while the rest is read counts for all answers after it`, async (t) => {
    const server = await start(t, pulling);
    const parts = make(3000);
    const document = server.open('/slices.image.yaml', parts.join(''));
    await document.diagnostics();
    const edited = [parts[0]?.replace('a b', 'ab'), ...parts.slice(1, 2000), ...parts.slice(2001)].join('');
    const lenses = document.lenses(); // asked for the version before, answered by the present one
    await document.change(edited);
    await lenses;
    const fresh = await start(t);
    const expected = await fresh.open('/slices.image.yaml', edited).diagnostics();
    assert.equal(expected.length, 2998);
    assert.deepEqual(await document.diagnostics(), expected);
  });
}

test('without pull the first findings are published, then all, both with the version they are of', async (t) => {
  const server = await start(t, { pull: false });
  const reports: { version: number; diagnostics: Problem[] }[] = [];
  const both = new Promise<void>((resolve) =>
    server.connection.onNotification('textDocument/publishDiagnostics', (report) => {
      if (reports.push(report) === 2) resolve();
    }),
  );
  server.open('/slices.image.yaml', images(3000).join(''));
  await both;
  const [first, all] = reports;
  assert.deepEqual([first?.version, all?.version, all?.diagnostics.length], [1, 1, 3000]);
  assert.deepEqual(all?.diagnostics.slice(0, first?.diagnostics.length), first?.diagnostics);
});

test('a client that cannot be asked to pull again gets all findings at once, and a text closed midway none', async (t) => {
  const server = await start(t);
  assert.equal((await server.open('/slices.image.yaml', images(3000).join('')).diagnostics()).length, 3000);
  const other = server.open('/closed.image.yaml', images(3000).join(''));
  const pulled = other.diagnostics();
  await other.close();
  assert.deepEqual(await pulled, []);
});

test('where what follows could change a finding, or a comment speaks of the file, nothing is said before all is read', async (t) => {
  const server = await start(t, pulling);
  const ignored = `# cloud-images-ignore-file tag/url-safe\n${images(3000).join('')}`;
  const all = await server.open('/ignored.image.yaml', ignored).diagnostics();
  assert.ok(all.length === 0 || all.length >= 3000, `${all.length}`);
  const imported = `---\ntype: import\ninput: {import_from: c/o.vhd, image_properties: {name: a}}\n${documents(3000).join('')}`;
  const found = await server.open('/many.image.yaml', imported).diagnostics();
  assert.ok(found.length >= 3000, `${found.length}`);
});
