import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { debianTools, ensureDebian } from '../tools/debian.ts';
import { type LanguageServer, startLanguageServer } from '../tools/languageServer.ts';

/** The disk beside the manifest, made by qemu-img, read by the built language server. */
const root = mkdtempSync(join(tmpdir(), 'cloud-images-disks-'));
let server: LanguageServer;

before(async () => {
  ensureDebian(debianTools['qemu-img'] ?? [], 'qemu-img');
  for (const folder of ['exports', 'mapped', 'outside', 'project']) mkdirSync(join(root, folder));
  create('exports/web.vhd', '1G', 'force_size=on');
  create('exports/large.vhd', '41G', 'force_size=on');
  create('exports/forty.vhd', '40G');
  writeFileSync(join(root, 'exports', 'text.vhd'), 'not a disk\n');
  copyFileSync(join(root, 'exports', 'web.vhd'), join(root, 'mapped', 'other.vhd'));
  writeFileSync(join(root, '.cloud-images.json'), JSON.stringify({ containers: { images: 'mapped' } }));
  server = await startLanguageServer({ root });
});
after(async () => {
  await server.close();
  rmSync(root, { recursive: true });
});

const expected: [string, string[]][] = [
  ['exports/web.vhd', ['import/creator']],
  ['exports/large.vhd', ['import/virtual-size', 'import/creator']],
  ['exports/forty.vhd', ['import/virtual-size', 'import/creator']],
  ['exports/text.vhd', ['import/not-vhd']],
  ['images/other.vhd', ['import/creator']],
  ['exports/none.vhd', ['import/unchecked']],
  ['exports/../exports/text.vhd', ['import/object']],
  ['exports/./text.vhd', ['import/object']],
  ['exports//text.vhd', ['import/unchecked']],
  ['exports/../../outside/x', ['import/object']],
  ['../text.vhd', ['import/object']],
  ['web.vhd', ['import/object']],
];
for (const [disk, codes] of expected) {
  test(`${disk}: ${codes.join(', ')}`, async () => {
    const document = server.open(
      join(root, 'project', `${disk.replaceAll(/\W/g, '_')}.image-import.yaml`),
      manifest(disk),
    );
    assert.deepEqual(
      (await document.diagnostics()).map(({ code }) => code),
      codes,
    );
  });
}

test('a disk that a repair may cure is offered to be repaired, to clients with our commands alone', async () => {
  const text = `name: X\n---\n${manifest('exports/web.vhd')}`;
  const offers = async (commands: boolean): Promise<unknown[]> => {
    const client = await startLanguageServer({ root, commands });
    const document = client.open(join(root, 'repair.image-import.yaml'), text);
    const [problem] = await document.diagnostics();
    assert.equal(problem?.code, 'import/creator');
    const actions = await document.actions(problem.range);
    await client.close();
    return actions.flatMap(({ command, diagnostics }) =>
      command?.command === 'cloudImages.repairDisk'
        ? [[command.arguments, diagnostics?.map(({ code }) => code)]]
        : [],
    );
  };
  const { href } = pathToFileURL(join(root, 'repair.image-import.yaml'));
  assert.deepEqual(await offers(true), [[[href, 1], ['import/creator']]]);
  assert.deepEqual(await offers(false), []);
});

test("a size over the limit is said in the task's words, with both sizes", async () => {
  const document = server.open(join(root, 'sizes.image-import.yaml'), manifest('exports/forty.vhd'));
  const [problem] = await document.diagnostics();
  assert.match(problem?.message ?? '', /42,951,106,560 bytes\); the limit is 40 GB \(42,949,672,960 bytes\)/);
  assert.match(problem?.message ?? '', /The task fails: 413: /);
});

test('hover shows what the disk is, and completion which disks there are', async () => {
  const text = manifest('exports/web.vhd');
  const document = server.open(join(root, 'hover.image-import.yaml'), text);
  assert.match(
    JSON.stringify((await document.hover(text.indexOf('web.vhd')))?.contents),
    /dynamic VHD.*virtual size: 1 GB.*creator: `qem2`/,
  );
  await document.change(text.replace('exports/web.vhd', 'e'));
  const labels = (await document.complete(text.indexOf('exports/') + 1)).map(({ label }) => label);
  assert.deepEqual(labels, [
    'exports/forty.vhd',
    'exports/large.vhd',
    'exports/text.vhd',
    'exports/web.vhd',
    'images/other.vhd',
    'mapped/other.vhd',
  ]);
});

test('a disk that is written anew is read anew', async () => {
  const document = server.open(join(root, 'anew.image-import.yaml'), manifest('mapped/anew.vhd'));
  writeFileSync(join(root, 'mapped', 'anew.vhd'), 'text');
  await server.connection.sendNotification('workspace/didChangeWatchedFiles', { changes: [] });
  assert.deepEqual(
    (await document.diagnostics()).map(({ code }) => code),
    ['import/not-vhd'],
  );
  create('mapped/anew.vhd', '2G', 'force_size=on');
  await server.connection.sendNotification('workspace/didChangeWatchedFiles', { changes: [] });
  assert.deepEqual(
    (await document.diagnostics()).map(({ code }) => code),
    ['import/creator'],
  );
});

function create(path: string, size: string, option?: string): void {
  execFileSync('qemu-img', [
    'create',
    '-q',
    '-f',
    'vpc',
    ...(option ? ['-o', option] : []),
    join(root, path),
    size,
  ]);
}

function manifest(disk: string): string {
  return `type: import\ninput:\n  import_from: ${disk}\n  image_properties:\n    name: web\n`;
}

test('a repair is offered for what it cures alone, and the advice works as pasted', async () => {
  const offered = async (disk: string): Promise<[unknown, boolean][]> => {
    const document = server.open(join(root, 'cured.image-import.yaml'), manifest(disk));
    const actions = await document.actions({
      start: { line: 0, character: 0 },
      end: { line: 9, character: 0 },
    });
    const cured = actions.find(({ title }) => title === 'Repair the disk…')?.diagnostics ?? [];
    const found = (await document.diagnostics()).map(({ code, message }): [unknown, boolean] => {
      const isCured = cured.some((one) => one.code === code);
      const path = join(root, disk.replace(/^images/, 'mapped'));
      assert.equal(message.includes(`cloud-images disk ${path} --repair`), isCured, message);
      return [code, isCured];
    });
    await document.close();
    return found;
  };
  assert.deepEqual(await offered('exports/large.vhd'), [
    ['import/virtual-size', false],
    ['import/creator', true],
  ]);
  assert.deepEqual(await offered('exports/forty.vhd'), [
    ['import/virtual-size', true],
    ['import/creator', true],
  ]);
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', join(root, 'exports/q.vhd'), '1G']);
  const document = server.open(join(root, 'q.image-import.yaml'), manifest('exports/q.vhd'));
  const [problem] = await document.diagnostics();
  const path = join(root, 'exports/q.vhd');
  const command = problem?.message.split('\n')[0]?.replace(/^.*Convert it: /, '') ?? '';
  assert.ok(command.startsWith(`mv ${path} ${path}.qcow2 && qemu-img convert `), command);
  const cli = `${process.execPath} ${join(import.meta.dirname, '..', '..', 'dist', 'cli.js')}`;
  execFileSync('sh', ['-c', command.replace('&& cloud-images', `&& ${cli}`)]);
  await server.connection.sendNotification('workspace/didChangeWatchedFiles', { changes: [] });
  assert.deepEqual(await document.diagnostics(), []);
  await document.close();
});

for (const [ending, magic, advice] of [
  ['gz', [0x1f, 0x8b, 8, 0], 'gunzip'],
  ['bz2', Array.from(Buffer.from('BZh91AY&SY')), 'bunzip2'],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0], 'unxz'],
  ['zst', [0x28, 0xb5, 0x2f, 0xfd], 'unzstd --rm'],
  ['zip', [0x50, 0x4b, 3, 4], 'unzip'],
] as const)
  test(`what is packed as ${ending} is to be unpacked first, and never converted as it is`, async () => {
    writeFileSync(
      join(root, 'exports', `${ending}.vhd`),
      Buffer.concat([Buffer.from(magic), Buffer.alloc(2000)]),
    );
    const document = server.open(
      join(root, `${ending}.image-import.yaml`),
      manifest(`exports/${ending}.vhd`),
    );
    const [problem] = await document.diagnostics();
    assert.equal(problem?.code, 'import/not-vhd');
    const path = join(root, 'exports', `${ending}.vhd`);
    assert.ok(
      problem.message.includes(`mv ${path} ${path}.${ending} && ${advice} ${path}.${ending}`),
      problem.message,
    );
    assert.doesNotMatch(problem.message, /qemu-img/);
    await document.close();
  });
