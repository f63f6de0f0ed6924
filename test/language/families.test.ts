import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type LanguageServer, startLanguageServer } from '../tools/languageServer.ts';

const root = mkdtempSync(join(tmpdir(), 'cloud-images-families-'));
const id = '7b8abc3f-5fd2-4d02-9e9a-16d43fc7128e';
let server: LanguageServer;
before(async () => {
  server = await startLanguageServer({
    root,
    requests: {
      'cloudImages/liveImage': (asked: { id?: string }) =>
        asked.id === id
          ? { image: { id, name: 'web', status: 'active', min_disk: 40, 'com.rackspace__1__options': '1' } }
          : { none: true },
    },
  });
});
after(async () => {
  await server.close();
  rmSync(root, { recursive: true });
});

let serial = 0;
/** Rules and first lines of what is found in a manifest of this name; hints only where they are asked for. */
async function found(name: string, text: string, hints = false): Promise<[unknown, number][]> {
  const document = server.open(join(root, `${serial++}.${name}`), text);
  const problems = (await document.diagnostics()).filter(({ severity }) => hints || severity !== 4);
  return problems.map(({ code, range }) => [code, range.start.line]);
}

test('an export is judged by the live image that it names', async () => {
  const text = `type: export\ninput:\n  image_uuid: ${id}\n  receiving_swift_container: exports\n`;
  assert.deepEqual(await found('image-export.yaml', text), [
    ['export/licence', 2],
    ['export/unchecked', 3],
  ]);
  assert.deepEqual(
    await found('image-export.yaml', text.replace(id, 'ca5e7f11-5d57-4dd7-8ace-03ab647fe6c6')),
    [['export/image', 2]],
  );
});

test('what is missing in a body is said once, in the words of the service', async () => {
  assert.deepEqual(await found('image-export.yaml', 'type: export\n'), [['export/shape', 0]]);
  assert.deepEqual(await found('server-image.json', '{ "server": {} }'), [['server-image/shape', 0]]);
  assert.deepEqual(await found('server-image.json', '{ "createImage": {} }'), [['server-image/name', 0]]);
  assert.deepEqual(await found('server.yaml', 'server: {}\n'), [
    ['server/name', 0],
    ['server/image-ref', 0],
    ['server/flavor-ref', 0],
  ]);
  assert.deepEqual(await found('server.yaml', 'server: web\n'), [['server/shape', 0]]);
});

test('a server is judged by its flavor and the live image, in JSON as in YAML', async () => {
  const body = { server: { name: 'web', imageRef: `https://x/images/${id}`, flavorRef: 'general1-1' } };
  assert.deepEqual(await found('server.json', JSON.stringify(body, null, 1)), [['server/disk', 4]]);
  assert.deepEqual(
    await found('server.json', JSON.stringify(body, null, 1).replace('general1-1', 'general1-2')),
    [],
  );
});

test('documents after one that makes an image mean that image', async () => {
  const text = [
    'createImage: { name: web }\nserver: { roles: [domain_controller] }\n',
    'server: { name: web, flavorRef: general1-2 }\n',
  ].join('---\n');
  assert.deepEqual(await found('server-image.yaml', text), [
    ['server-image/domain-controller', 1],
    ['server/domain-controller', 3],
  ]);
  const exported = [
    'type: import\ninput: { import_from: exports/none.vhd, image_properties: { name: web } }\n',
    'type: export\ninput: { receiving_swift_container: exports }\n',
    'server: { name: web, flavorRef: general1-2 }\n',
  ].join('---\n');
  assert.deepEqual(await found('image-import.yaml', exported), [
    ['import/unchecked', 1],
    ['export/unchecked', 4],
    ['server/vm-mode', 6],
    ['server/agent', 6],
  ]);
});

test('words of the new kinds are completed and explained', async () => {
  const labels = async (name: string, text: string, line: number, character: number) => {
    const document = server.open(join(root, `${serial++}.${name}`), text);
    const { uri } = document;
    const answer = (await server.connection.sendRequest('textDocument/completion', {
      textDocument: { uri },
      position: { line, character },
    })) as { label: string }[] | { items: { label: string }[] };
    return (Array.isArray(answer) ? answer : answer.items).map(({ label }) => label);
  };
  assert.ok((await labels('image-export.yaml', 'type: export\ninput:\n  im\n', 2, 4)).includes('image_uuid'));
  assert.ok((await labels('server-image.yaml', 'server:\n  boo\n', 1, 5)).includes('boot_volume'));
  assert.ok((await labels('server.yaml', 'server:\n  fl\n', 1, 4)).includes('flavorRef'));
  assert.ok((await labels('server.yaml', 'server:\n  OS-DCF:diskConfig: \n', 1, 21)).includes('MANUAL'));
});
