import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { WorkspaceDiagnosticReport } from 'vscode-languageserver/node';
import { cliIn } from '../commands/cli.ts';
import { makeDisk } from '../tools/disks.ts';
import { type Options, startLanguageServer } from '../tools/languageServer.ts';

/** What a stranger's workspace holds must neither hang nor fill who opens it, and chooses nothing outside of itself. */
const folder = mkdtempSync(join(tmpdir(), 'cloud-images-hostile-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const manifest = 'name: web\ntags: ["a b"]\n';

function workspace(name: string, files: Readonly<Record<string, string>> = {}) {
  const cli = cliIn(join(folder, name));
  for (const [file, text] of Object.entries({ 'web.image.yaml': manifest, ...files })) {
    mkdirSync(join(cli.workspace, file, '..'), { recursive: true });
    writeFileSync(join(cli.workspace, file), text);
  }
  return { ...cli, path: (file: string) => join(cli.workspace, file) };
}

/** The findings in the open manifest, and for how many files the workspace has a report. */
async function judge(root: string, options: Options = {}): Promise<{ codes: unknown[]; files: number }> {
  const server = await startLanguageServer({ root, ...options });
  const document = server.open(join(root, 'web.image.yaml'), manifest);
  const codes = (await document.diagnostics()).map(({ code }) => code);
  const report = await server.connection.sendRequest<WorkspaceDiagnosticReport>('workspace/diagnostic', {
    previousResultIds: [],
  });
  await server.close();
  return { codes, files: report.items.length };
}

const odd: [name: string, make: (path: string) => void][] = [
  ['a pipe', (path) => void execFileSync('mkfifo', [path])],
  ['a device without end', (path) => symlinkSync('/dev/zero', path)],
  ['a folder', (path) => mkdirSync(path)],
  ['a file of 2 GB', (path) => void execFileSync('truncate', ['-s', '2G', path])],
  ['a link to itself', (path) => symlinkSync(path, path)],
];
for (const [name, make] of odd) {
  test(`${name} as settings, as a manifest and beside one is passed over`, async () => {
    const { run, workspace: root, path } = workspace(name.replaceAll(' ', '-'));
    writeFileSync(path('patched.image-patch.yaml'), '- { op: replace, path: /name, value: x }\n');
    for (const file of ['patched.image.yaml', 'other.image.yaml', 'x.image-import.json']) make(path(file));
    assert.deepEqual(await judge(root), { codes: ['tag/url-safe'], files: 1 });
    const linted = await run(['lint', 'web.image.yaml', 'patched.image-patch.yaml']);
    assert.equal(linted.code, 0, linted.stderr);
    const direct = await run(['lint', 'other.image.yaml']);
    assert.equal(direct.code, 1, direct.stderr);

    make(path('.cloud-images.json'));
    assert.deepEqual((await judge(root)).codes, ['tag/url-safe']);
    const { code, stderr } = await run(['lint', 'web.image.yaml']);
    if (code === 0)
      assert.match(name, /link to itself/); // as if there were none
    else assert.match(stderr, /\.cloud-images\.json (is not a regular file|has 2147483648 bytes)/);
    const rehearsed = await run(['rehearse', 'other.image.yaml']);
    assert.equal(rehearsed.code, 1, rehearsed.stdout);
  });
}

const hostilePatterns = {
  manifests: { [`${'*a'.repeat(25)}.yaml`]: 'image', [`${'**/'.repeat(60)}x.yaml`]: 'patch' },
  emulator: {
    propertyProtection: [
      { match: '(a+)+$x', create: ['@'], read: ['@'], update: ['@'], delete: ['@'] },
      { match: '.*', create: ['@'], read: ['@'], update: ['@'], delete: ['@'] },
    ],
  },
};

test('patterns that backtrack for ever elsewhere are answered by editor, lint, rehearsal and plan', async () => {
  const many = Object.fromEntries(
    Array.from({ length: 20 }, (_, at) => [`${'a'.repeat(200)}b${at}.yaml`, `name: ${'a'.repeat(60)}\n`]),
  );
  const { run, workspace: root } = workspace('patterns', {
    ...many,
    '.cloud-images.json': JSON.stringify({ profile: 'openstack', ...hostilePatterns }),
    'new.image.yaml': `name: web\n${'a'.repeat(200)}: x\n`,
  });
  const found = await judge(root);
  assert.deepEqual(found, { codes: ['tag/url-safe'], files: 1 });
  const linted = await run(['lint']);
  assert.equal(linted.code, 0, linted.stdout + linted.stderr);
  assert.equal((await run(['lint', '*a'.repeat(25)])).code, 1);
  const { code, stdout, stderr } = await run(['rehearse', 'new.image.yaml']);
  assert.equal(code, 0, stdout + stderr);
});

test('a pattern of a property protection that cannot be used is said with its place', async () => {
  const protection = [{ match: 'x(?=y)', create: [], read: [], update: [], delete: [] }];
  const { run } = workspace('lookahead', {
    '.cloud-images.json': JSON.stringify({ emulator: { propertyProtection: protection } }),
  });
  const { code, stderr } = await run(['lint']);
  assert.equal(code, 1);
  assert.match(stderr, /'x\(\?=y\)', character 4: look-around, flags and back references are not supported/);
});

test('what is no settings file is named, and not quoted', async () => {
  const { run, workspace: root } = workspace('secret', { 'secret.txt': 'root:x:0:0:hunter2\n' });
  symlinkSync(join(root, 'secret.txt'), join(root, '.cloud-images.json'));
  const { code, stdout, stderr } = await run(['lint']);
  assert.equal(code, 1);
  assert.match(stderr, /\.cloud-images\.json is not used: line 1 is not valid JSON/);
  assert.doesNotMatch(stdout + stderr, /root|hunter2/);
});

test('a workspace that is not trusted has no disk outside of itself read', async (t) => {
  const outside = join(folder, 'outside');
  mkdirSync(outside);
  makeDisk(join(outside, 'large.vhd'), '41-gib');
  mkdirSync(join(folder, 'named'));
  makeDisk(join(folder, 'named', 'large.vhd'), '41-gib');
  const { workspace: root, path } = workspace('untrusted', {
    '.cloud-images.json': JSON.stringify({
      containers: { away: outside, up: '../../outside', own: 'disks' },
    }),
  });
  mkdirSync(path('disks'));
  makeDisk(path('disks/large.vhd'), '41-gib');
  symlinkSync(outside, path('linked'));
  mkdirSync(path('half'));
  symlinkSync(join(outside, 'large.vhd'), path('half/large.vhd'));
  const judged = async (trusted: boolean | undefined, settings?: object) => {
    const server = await startLanguageServer({
      root,
      ...(trusted === undefined ? {} : { trusted }),
      ...(settings ? { settings } : {}),
    });
    const found: Record<string, boolean> = {};
    t.after(() => server.close());
    for (const container of ['away', 'up', 'linked', 'half', 'own', 'mine']) {
      const text = `type: import\ninput:\n  import_from: ${container}/large.vhd\n  image_properties: { name: x }\n`;
      const document = server.open(path(`${container}.image-import.yaml`), text);
      const codes = (await document.diagnostics()).map(({ code }) => code);
      found[container] = codes.includes('import/virtual-size');
      assert.equal(codes.includes('import/unchecked'), !found[container]);
      const links = await document.ask<unknown[] | null>('textDocument/documentLink');
      assert.equal((links ?? []).length > 0, found[container], `${container}: a link tells that it is there`);
      await document.change(text.replace(`${container}/large.vhd`, container[0] ?? ''));
      const offered = (await document.complete(text.indexOf('import_from: ') + 14)).map(({ label }) => label);
      const isLink = container === 'linked' || container === 'half'; // those are not offered
      assert.equal(offered.includes(`${container}/large.vhd`), found[container] && !isLink, container);
    }
    return found;
  };
  const all = { away: true, up: true, linked: true, half: true, own: true, mine: false };
  const none = { away: false, up: false, linked: false, half: false, own: true, mine: false };
  assert.deepEqual(await judged(false), none);
  assert.deepEqual(await judged(true), all);
  assert.deepEqual(await judged(undefined), all, 'an editor without a notion of trust');
  const settings = { containers: { mine: join(folder, 'named') } };
  assert.deepEqual(await judged(false, settings), { ...none, mine: true }, "the person's own settings count");
});
