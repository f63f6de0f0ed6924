import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { TextEdit } from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { Host } from '../../server/language/analysis/analysis.ts';
import { trackImages } from '../../server/language/analysis/images.ts';
import { openNamedFiles } from '../../server/language/lsp/namedFiles.ts';
import { readManifest } from '../../server/manifests/read.ts';
import { profiles } from '../../server/rules/profile/table.ts';
import { type LanguageServer, startLanguageServer } from '../tools/languageServer.ts';

/** What the editor says of the `source` and the `rotation` of an image manifest. */
const root = mkdtempSync(join(tmpdir(), 'cloud-images-sources-'));
let server: LanguageServer;
let files = 0;

before(async () => {
  mkdirSync(join(root, 'disks'));
  for (const name of ['web.qcow2', 'disks/db.raw.xz', 'notes.txt']) writeFileSync(join(root, name), 'x');
  writeFileSync(join(root, '.cloud-images.json'), '{"profile": "openstack"}');
  server = await startLanguageServer({ root });
});
after(async () => {
  await server.close();
  rmSync(root, { recursive: true });
});

const open = (text: string) => server.open(join(root, `web${files++}.image.yaml`), text);
const formats = 'name: web\ndisk_format: qcow2\ncontainer_format: bare\n';

async function complete(marked: string): Promise<{ labels: string[]; take(label: string): string }> {
  const text = marked.replace('|', '');
  const document = open(text);
  const items = await document.complete(marked.indexOf('|'));
  await document.close();
  return {
    labels: items.map(({ label }) => label),
    take: (label) => {
      const item = items.find((one) => one.label === label) ?? assert.fail(`${label} is not offered`);
      return TextDocument.applyEdits(TextDocument.create('', '', 0, text), [item.textEdit as TextEdit]);
    },
  };
}

test('members, methods and the files beside the manifest are completed', async () => {
  const members = await complete(`${formats}source:\n  |\n`);
  assert.deepEqual(members.labels.sort(), [
    'checksum',
    'compression',
    'file',
    'image',
    'method',
    'region',
    'stores',
    'url',
  ]);
  const methods = await complete(`${formats}source:\n  file: web.qcow2\n  method: gl|\n`);
  assert.match(methods.take('glance-direct'), /method: glance-direct\n/);
  const paths = await complete(`${formats}source:\n  file: |\n`);
  assert.deepEqual(paths.labels, ['disks/db.raw.xz', 'web.qcow2']);
  assert.match(paths.take('disks/db.raw.xz'), /file: disks\/db\.raw\.xz\n/);
  assert.ok((await complete('name: web\n|\n')).labels.includes('source'));
  const patch = server.open(join(root, 'web.image-patch.yaml'), '- op: add\n  path: \n');
  const offered = await patch.complete('- op: add\n  path: '.length);
  assert.equal(
    offered.some(({ label }) => label === '/source'),
    false,
  );
  assert.ok(offered.some(({ label }) => label === '/name'));
});

test('hovers say what members mean; a source that is a text is a property', async () => {
  const text = `${formats}source:\n  url: https://example.org/web.qcow2\nrotation:\n  keep: 2\n`;
  const document = open(text);
  const told = async (word: string): Promise<string> =>
    JSON.stringify((await document.hover(text.indexOf(word) + 1))?.contents);
  assert.match(await told('source'), /Where the bytes of the image come from/);
  assert.match(await told('url'), /Decompressed on the way/);
  assert.match(await told('keep'), /How many replaced images stay/);
});

test('a file that is not there is marked where it is written, until it is', async () => {
  const text = `${formats}source:\n  file: new.qcow2\n`;
  const document = open(text);
  const marked = async () =>
    (await document.diagnostics()).filter(({ code }) => code === 'source/file').map(({ message }) => message);
  assert.deepEqual(await marked(), [
    `There is no file ${join(root, 'new.qcow2')}. Write the path from the manifest's folder.`,
  ]);
  await document.close();
  writeFileSync(join(root, 'new.qcow2'), 'x');
  const again = open(text);
  assert.deepEqual(
    (await again.diagnostics()).filter(({ code }) => code === 'source/file'),
    [],
  );
});

test('of a thousand images the import beside is read once a key, and each file once a moment', async () => {
  let reads = 0;
  const host = {
    liveImage: async () => null,
    importBeside: async () => void reads++,
  } as unknown as Host;
  const text = Array.from({ length: 1000 }, (_, at) => `- name: web-${at}\n  min_disk: 1\n`).join('');
  const file = readManifest({ text, path: '/web.image.yaml' });
  const [document] = file.documents;
  assert.ok(document);
  const settings = {
    profile: profiles.openstack,
    isStrict: false,
    severities: {},
    manifests: [],
  };
  const { images = [] } = await trackImages(file, 'file:///web.image.yaml', settings, host).image(document);
  assert.deepEqual([images.length, reads], [1000, 1]);

  let now = 0;
  const { questions, forget } = openNamedFiles(
    (uri) => uri.slice('file://'.length),
    {
      missingFile: async (_, name) => `${name} ${now}`,
      sourceDisk: async () => undefined,
      testedManifests: async () => undefined,
    },
    () => now,
  );
  const ask = () => Promise.all(['a', 'b'].map((name) => questions.missingFile('file:///web.yaml', name)));
  assert.deepEqual(await ask(), ['a 0', 'b 0']);
  now = 499;
  assert.deepEqual(await ask(), ['a 0', 'b 0']);
  assert.equal(await questions.sourceDisk('file:///web.yaml', 'a'), undefined);
  now = 500;
  assert.deepEqual(await ask(), ['a 500', 'b 500']);
  now = 600;
  forget();
  assert.deepEqual(await ask(), ['a 600', 'b 600']);
});
