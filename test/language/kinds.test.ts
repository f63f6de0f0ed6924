import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { type LanguageServer, startLanguageServer } from '../tools/languageServer.ts';

/** Of which kind a document is: by the name of its file, else by the settings, else by its shape; and how that is said. */
const root = mkdtempSync(join(tmpdir(), 'cloud-images-kinds-'));
let server: LanguageServer;

before(async () => {
  mkdirSync(join(root, 'deploy', 'inner'), { recursive: true });
  const manifests = {
    'patches/*.yaml': 'patch',
    '**/tasks/*.{json,yml}': 'import',
    'golden-?.yaml': 'image',
  };
  writeFileSync(join(root, '.cloud-images.json'), JSON.stringify({ manifests }));
  writeFileSync(
    join(root, 'deploy', 'inner', '.cloud-images.json'),
    JSON.stringify({ manifests: { 'golden-?.yaml': 'patch' } }),
  );
  writeFileSync(join(root, 'deploy', 'golden-b.yaml'), 'name: b\ntags: [team blue]\n');
  writeFileSync(join(root, 'deploy', 'other.yaml'), 'name: c\ntags: [team blue]\n');
  server = await startLanguageServer({ root, settings: { manifests: { 'golden-9.yaml': 'server' } } });
});
after(async () => {
  await server.close();
  rmSync(root, { recursive: true });
});

async function titleOf(name: string, text: string): Promise<string | undefined> {
  return (await server.open(join(root, name), text).lenses()).at(-1)?.command?.title;
}

const taken: [name: string, text: string, title: string][] = [
  ['k.image.yaml', 'name: web\n', 'Image, by the name of the file'],
  ['k.image.yaml', '[{ remove: /x }]\n', 'Image, by the name of the file'],
  ['patches/a.yaml', 'name: web\n', "Image patch, by 'patches/*.yaml' of .cloud-images.json"],
  ['patches/a.image.yaml', 'name: web\n', 'Image, by the name of the file'],
  ['patches/sub/a.yaml', 'name: web\n', 'Image, by its shape'],
  ['a/b/tasks/a.json', '{}', "Import task, by '**/tasks/*.{json,yml}' of .cloud-images.json"],
  ['tasks/a.yml', 'x: 1\n', "Import task, by '**/tasks/*.{json,yml}' of .cloud-images.json"],
  ['tasks/a.yaml', 'x: 1\n', 'Image, by its shape'],
  ['deploy/golden-1.yaml', 'x: 1\n', "Image, by 'golden-?.yaml' of .cloud-images.json"],
  ['deploy/golden-12.yaml', '[{ remove: /x }]\n', 'Image patch, by its shape'],
  ['deploy/inner/golden-1.yaml', 'x: 1\n', "Image patch, by 'golden-?.yaml' of .cloud-images.json"],
  ['deploy/golden-9.yaml', 'x: 1\n', "Server, by 'golden-9.yaml' of cloudImages.manifests"],
  ['m.yaml', 'words\n', 'No kind of manifest: neither the name of the file nor the shape says'],
];
for (const [name, text, title] of taken) {
  test(`${name} with ${JSON.stringify(text)}: ${title}`, async () =>
    assert.equal(await titleOf(name, text), title));
}

test('in a file of several documents each is known by its shape, whatever name and settings say', async () => {
  const document = server.open(
    join(root, 'patches', 'two.yaml'),
    'name: web\ntags: []\nx: y\n---\n[{ remove: /x }]\n---\n[]\n',
  );
  assert.deepEqual(
    (await document.lenses())
      .filter(({ command }) => command?.command === 'cloudImages.chooseKind')
      .map(({ command }) => command?.title),
    [
      'Image, by its shape',
      'Image patch, by its shape',
      "Image patch, by 'patches/*.yaml' of .cloud-images.json",
    ],
  );
});

test('only the schema of that kind counts', async () => {
  const document = server.open(join(root, 'patches', 'b.yaml'), 'name: web\n');
  assert.deepEqual(
    (await document.diagnostics()).map(({ code }) => code),
    ['patch/shape'],
  );
});

test('the lens has the command that changes the kind, only for a client that has it', async () => {
  const document = server.open(join(root, 'l.yaml'), 'type: import\n');
  assert.deepEqual(
    (await document.lenses()).map(({ command }) => [command?.title, command?.command, command?.arguments]),
    [
      ['Import', 'cloudImages.import', [document.uri, 0]],
      ['Import task, by its shape', 'cloudImages.chooseKind', [document.uri]],
    ],
  );
  const bare = await startLanguageServer({ root, commands: false });
  const plain = bare.open(join(root, 'l.yaml'), 'type: import\n');
  assert.deepEqual(
    (await plain.lenses()).map(({ command }) => [command?.title, command?.command]),
    [['Import task, by its shape', '']],
  );
  await bare.close();
});

test('the lens of an import knows that the image is in the cloud already, and asks again when that changes', async () => {
  const images: Record<string, unknown> = {};
  const asked = Promise.withResolvers<void>();
  const own = await startLanguageServer({
    root,
    capabilities: { workspace: { codeLens: { refreshSupport: true } } },
    requests: {
      'cloudImages/liveImage': ({ name = '' }: { name?: string }) => images[name] ?? { none: true },
      'workspace/codeLens/refresh': () => {
        asked.resolve();
        return null;
      },
    },
  });
  const body = (name: string): string =>
    `type: import\ninput:\n  import_from: exports/x.vhd\n  image_properties:\n    name: ${name}\n`;
  const document = own.open(
    join(root, 'again.image-import.yaml'),
    ['new', 'web', 'twice'].map(body).join('---\n'),
  );
  const titles = async () =>
    (await document.lenses())
      .filter(({ command }) => command?.command === 'cloudImages.import')
      .map(({ command }) => command?.title);
  assert.deepEqual(await titles(), ['Import', 'Import', 'Import']);
  const id = '8c3b2b5c-7d11-4a3c-9b44-0d7c6f1a2e10';
  images['web'] = { image: { id, name: 'web' } };
  images['twice'] = { sameName: [id, id.replace('8c', '9d')] };
  await own.connection.sendNotification('cloudImages/imagesChanged', {});
  await asked.promise;
  assert.deepEqual(await titles(), ['Import', 'Import Again', 'Import Again']);
  await own.close();
});

test('what can be done with a document stands above it; an opened live image is saved, not applied', async () => {
  const verbs = async (path: string, text: string) =>
    (await server.open(path, text).lenses())
      .filter(({ command }) => command?.arguments?.[1] === 0)
      .map(({ command }) => [command?.title, command?.command]);
  const body = 'type: export\ninput:\n  receiving_swift_container: exports\n';
  assert.deepEqual(await verbs(join(root, 'e.image-export.yaml'), body), [
    ['Plan', 'cloudImages.plan'],
    ['Export', 'cloudImages.export'],
  ]);
  assert.deepEqual(await verbs(join(root, 's.server.yaml'), 'server:\n  name: web\n'), [
    ['Plan', 'cloudImages.plan'],
    ['Apply', 'cloudImages.apply'],
  ]);
  assert.deepEqual(await verbs('cloud-image:/DFW/a/web.image.json', '{ "name": "web" }'), []);
});

test('closed files that only the settings make manifests are judged and searched, until the settings change', async () => {
  const report = (): Promise<{ items: { uri: string; items: { code: string }[] }[] }> =>
    server.connection.sendRequest('workspace/diagnostic', { previousResultIds: [] });
  const judged = async () =>
    (await report()).items
      .filter(({ items }) => items.length > 0)
      .map(({ uri }) => uri.slice(uri.lastIndexOf('/') + 1));
  assert.deepEqual(await judged(), ['golden-b.yaml']);
  const document = server.open(join(root, 'x.image.yaml'), 'tags: [team blue]\n');
  const references: { uri: string }[] = await document.ask('textDocument/references', {
    position: document.positionOf(8),
    context: { includeDeclaration: true },
  });
  assert.ok(references.some(({ uri }) => uri.endsWith('/golden-b.yaml')));
  assert.ok(!references.some(({ uri }) => uri.endsWith('/other.yaml')));
  writeFileSync(
    join(root, '.cloud-images.json'),
    JSON.stringify({ manifests: { 'deploy/*.yaml': 'image' } }),
  );
  await server.connection.sendNotification('workspace/didChangeWatchedFiles', {
    changes: [{ uri: pathToFileURL(join(root, '.cloud-images.json')).href, type: 2 }],
  });
  assert.deepEqual((await judged()).sort(), ['golden-b.yaml', 'other.yaml']);
});
