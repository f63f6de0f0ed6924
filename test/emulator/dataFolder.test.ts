import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { loadSqlite } from '../../server/emulator/store/sqlite.ts';
import { logIn, type Running, removeFolder, start as startOne, temporaryFolder } from './harness.ts';

const cli = join(import.meta.dirname, '..', '..', 'server', 'cli.ts');
const object = '/dfw/object-store/v1/100001/exports/precious';

const started: Running[] = [];
after(() => {
  for (const { process } of started) process.kill('SIGKILL');
});

async function start(data: string, ...args: string[]): Promise<Running> {
  const emulator = await startOne(data, ...args);
  started.push(emulator);
  return emulator;
}

/** Every file and link below a folder with its bytes: what must not change. */
function picture(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  return Object.fromEntries(
    entries
      .filter((entry) => !entry.isDirectory())
      .map((entry): [string, string] => {
        const path = join(entry.parentPath, entry.name);
        return [path, entry.isFile() ? createHash('md5').update(readFileSync(path)).digest('hex') : 'link'];
      })
      .sort(),
  );
}

/** Runs a command that does not get as far as serving. */
function run(data: string, ...more: string[]): { status: number | null; text: string } {
  const { status, stderr, stdout } = spawnSync(
    process.execPath,
    [cli, 'emulator', '--data', data, '--seed', 'empty', ...more],
    { encoding: 'utf8', timeout: 30_000 },
  );
  return { status, text: stdout + stderr };
}

function check(data: string): { status: number | null; text: string } {
  const parameters = [cli, 'emulator', '--check', '--data', data];
  const { status, stderr, stdout } = spawnSync(process.execPath, parameters, { encoding: 'utf8' });
  return { status, text: stdout + stderr };
}

/** It is refused with one sentence or two in one line, without a stack, and left as it was. */
function refused(data: string, pattern: RegExp, of = data): void {
  const before = picture(of);
  const { status, text } = run(data);
  assert.equal(status, 1, text);
  assert.match(text, pattern);
  assert.equal(text.trim().split('\n').length, 1, text);
  assert.deepEqual(picture(of), before);
}

/** A folder whose emulator was killed: an object in it, all of its records in the log. */
async function killed(...args: string[]): Promise<string> {
  const data = temporaryFolder();
  const emulator = await start(data, '--seed', 'empty', ...args);
  const owner = await logIn(emulator.url, 'owner');
  assert.equal((await owner.ask('PUT', object.replace('/precious', ''))).status, 201);
  assert.equal((await owner.ask('PUT', object, Buffer.from('precious'))).status, 201);
  await emulator.end('SIGKILL');
  return data;
}

async function readsObject(data: string): Promise<void> {
  const emulator = await start(data);
  const owner = await logIn(emulator.url, 'owner');
  assert.equal((await owner.ask('GET', object)).text, 'precious');
  await emulator.end();
}

test("a folder that holds other people's files is refused and left as it was", () => {
  const folder = temporaryFolder();
  const data = join(folder, 'x');
  mkdirSync(join(data, 'blobs'), { recursive: true });
  mkdirSync(join(data, 'incoming'));
  writeFileSync(join(data, 'blobs', 'precious.img'), 'p');
  writeFileSync(join(data, 'incoming', 'mail.txt'), 'p');
  refused(
    data,
    /neither empty nor the data folder of an emulator: it holds blobs\/precious\.img, incoming\/mail\.txt/,
  );
  assert.equal(run(data, '--recover').status, 1, 'nor is it moved aside');
  assert.ok(existsSync(join(data, 'blobs', 'precious.img')));
  writeFileSync(join(folder, 'thesis.odt'), 'p');
  refused(folder, /holds thesis\.odt/);
  removeFolder(folder);
});

test('in a folder of ours, only what the store has named is removed, and the rest is named', async () => {
  const data = temporaryFolder();
  await (await start(data, '--seed', 'empty')).end();
  const ours = [
    `blobs/${'a'.repeat(64)}`,
    `blobs/${'b'.repeat(128)}`,
    'incoming/0b5d4d4e-6f0e-4a7e-9d5e-0123456789ab',
    'incoming/0b5d4d4e-6f0e-4a7e-9d5e-0123456789ab-segment0',
  ];
  const others = ['blobs/precious.img', `blobs/${'c'.repeat(63)}`, 'incoming/mail.txt'];
  for (const name of [...ours, ...others]) writeFileSync(join(data, name), 'x');
  mkdirSync(join(data, 'incoming', '0b5d4d4e-6f0e-4a7e-9d5e-0123456789ac'));
  symlinkSync(join(data, 'blobs', 'precious.img'), join(data, 'blobs', 'd'.repeat(64)));
  const emulator = await start(data);
  const names = ['blobs', 'incoming'].flatMap((folder) =>
    readdirSync(join(data, folder)).map((name) => `${folder}/${name}`),
  );
  const left = [...others, 'incoming/0b5d4d4e-6f0e-4a7e-9d5e-0123456789ac', `blobs/${'d'.repeat(64)}`];
  assert.deepEqual(names.sort(), left.sort());
  assert.match(
    emulator.log(),
    /left unanswered: 2 unfinished files, 2 files that no record names \(4 bytes\)/,
  );
  for (const name of left) assert.match(emulator.log(), new RegExp(`Left alone .*${name}`));
  await emulator.end();
  removeFolder(data);
});

test('a link in place of a folder or file of the store is not followed', async () => {
  const data = temporaryFolder();
  const elsewhere = temporaryFolder();
  writeFileSync(join(elsewhere, '0b5d4d4e-6f0e-4a7e-9d5e-0123456789ab'), 'x');
  await (await start(data, '--seed', 'empty')).end();
  for (const name of ['incoming', 'blobs', 'emulator.db']) {
    renameSync(join(data, name), join(data, `${name}.kept`));
    symlinkSync(name === 'emulator.db' ? join(data, `${name}.kept`) : elsewhere, join(data, name));
    refused(data, new RegExp(`${name.replace('.', '\\.')} is a link`));
    rmSync(join(data, name));
    renameSync(join(data, `${name}.kept`), join(data, name));
  }
  assert.deepEqual(readdirSync(elsewhere), ['0b5d4d4e-6f0e-4a7e-9d5e-0123456789ab']);
  const link = join(elsewhere, 'link');
  symlinkSync(data, link);
  await (await start(link)).end(); // who names a link means the folder behind it
  removeFolder(data);
  removeFolder(elsewhere);
});

for (const [what, spoil, pattern] of [
  [
    'database is missing',
    (data: string) => rmSync(join(data, 'emulator.db')),
    /emulator\.db is missing, while/,
  ],
  [
    'database is empty',
    (data: string) => truncateSync(join(data, 'emulator.db')),
    /emulator\.db is empty, while/,
  ],
  [
    'database and its log are missing',
    (data: string) => {
      for (const name of ['emulator.db', 'emulator.db-wal']) rmSync(join(data, name));
    },
    /content \(1 files of 8 bytes\) and emulator\.db is missing/,
  ],
  ['log is missing', (data: string) => rmSync(join(data, 'emulator.db-wal')), /emulator\.db-wal is gone/],
  ['log is empty', (data: string) => truncateSync(join(data, 'emulator.db-wal')), /emulator\.db-wal is gone/],
  [
    'database holds random bytes',
    (data: string) => {
      const size = statSync(join(data, 'emulator.db')).size;
      writeFileSync(join(data, 'emulator.db'), Buffer.alloc(size, 'random'));
    },
    /emulator\.db is no database/,
  ],
  [
    'database is damaged behind its beginning',
    (data: string) => {
      rmSync(join(data, 'emulator.db-wal'));
      const bytes = readFileSync(join(data, 'emulator.db'));
      bytes.fill(0xa5, 100);
      writeFileSync(join(data, 'emulator.db'), bytes);
    },
    /emulator\.db is damaged/,
  ],
] as const)
  test(`a folder whose ${what} is refused, and --recover moves it aside and loses nothing`, async () => {
    const data = await killed();
    spoil(data);
    refused(data, pattern);
    const checked = check(data);
    assert.equal(checked.status, 1, checked.text);
    assert.match(checked.text, pattern);
    assert.doesNotMatch(checked.text, /^ {4}at /m);

    const before = Object.values(picture(data)).sort();
    const emulator = await start(data, '--recover', '--seed', 'empty');
    const [aside = ''] = readdirSync(data).filter((name) => name.startsWith('set-aside-'));
    assert.match(emulator.log(), new RegExp(`Moved what was in .* to .*${aside}`));
    assert.deepEqual(Object.values(picture(join(data, aside))).sort(), before);
    const owner = await logIn(emulator.url, 'owner');
    assert.equal((await owner.ask('GET', object)).status, 404);
    assert.equal((await owner.ask('PUT', object.replace('/precious', ''))).status, 201);
    await emulator.end();
    await (await start(data, '--recover')).end();
    assert.equal(readdirSync(data).filter((name) => name.startsWith('set-aside-')).length, 1, 'only once');
    removeFolder(data);
  });

test('a database of another data folder is refused: the content here is not its own', async () => {
  const [data, other] = [await killed(), temporaryFolder()];
  await readsObject(data);
  await (await start(other, '--seed', 'empty')).end();
  copyFileSync(join(other, 'emulator.db'), join(data, 'emulator.db'));
  refused(data, /that of another data folder/);
  // Without the id, as version 0.1.0 left it, no record names any of the content.
  rmSync(join(data, 'emulator.id'));
  refused(data, /emulator\.db has a record of none of it/);
  removeFolder(data);
  removeFolder(other);
});

test('a database of before is refused where it does not know what came since, and taken where nothing did', async () => {
  const data = await killed();
  await readsObject(data); // and ends in order
  const before = readFileSync(join(data, 'emulator.db'));
  await readsObject(data);
  writeFileSync(join(data, 'emulator.db'), before);
  await readsObject(data);

  const emulator = await start(data);
  const owner = await logIn(emulator.url, 'owner');
  assert.equal((await owner.ask('PUT', `${object}-too`, Buffer.from('later'))).status, 201);
  await emulator.end();
  const now = readFileSync(join(data, 'emulator.db'));
  writeFileSync(join(data, 'emulator.db'), before);
  refused(data, /emulator\.db is one of before: .* it has no record of 1 of 2 content files/);
  writeFileSync(join(data, 'emulator.db'), now);
  await readsObject(data);
  removeFolder(data);
});

test('a folder that was killed at any moment opens as it was, and one of version 0.1.0 too', async () => {
  const data = await killed();
  await readsObject(data);
  // 0.1.0 knew no id, no mark of being open, no damaged content and no versions of objects.
  const { DatabaseSync } = loadSqlite();
  const database = new DatabaseSync(join(data, 'emulator.db'));
  database.exec(`DELETE FROM meta WHERE name IN ('folder', 'running'); DROP TABLE damaged_blobs;
    ALTER TABLE jobs DROP COLUMN queue; ALTER TABLE transfers DROP COLUMN downloaded;
    ALTER TABLE file_accounts DROP COLUMN created; ALTER TABLE containers DROP COLUMN modified;
    DROP TABLE object_versions; DROP INDEX objects_by_version; ALTER TABLE objects DROP COLUMN version;
    PRAGMA application_id = 0; PRAGMA user_version = 7`);
  database.close();
  for (const name of ['emulator.id', 'emulator.reserve']) rmSync(join(data, name));
  chmodSync(join(data, 'emulator.db'), 0o644);
  await readsObject(data);
  removeFolder(data);

  // A first start that was killed before it had entered anything.
  const young = temporaryFolder();
  const { DatabaseSync: Database } = loadSqlite();
  const empty = new Database(join(young, 'emulator.db'));
  empty.exec('PRAGMA journal_mode = WAL');
  empty.close();
  const firstPage = readFileSync(join(young, 'emulator.db'));
  await (await start(young, '--seed', 'empty')).end();
  removeFolder(young);

  // And one that was killed while SQLite wrote that page: its journal says that there was none before.
  mkdirSync(young);
  writeFileSync(join(young, 'emulator.db'), firstPage);
  const journal = Buffer.alloc(512);
  journal.write('d9d505f920a163d7', 'hex');
  journal.writeUInt32BE(512, 20);
  journal.writeUInt32BE(4096, 24);
  writeFileSync(join(young, 'emulator.db-journal'), journal);
  await (await start(young, '--seed', 'empty')).end();
  removeFolder(young);
});

test('of several that recover one folder at once, one moves it aside and serves, the others say that it is in use', async () => {
  const data = temporaryFolder();
  mkdirSync(join(data, 'blobs'));
  // So much that looking at it takes as long as others take to begin.
  const count = 5000;
  for (let at = 0; at < count; at += 1)
    writeFileSync(join(data, 'blobs', createHash('sha256').update(`${at}`).digest('hex')), `${at}`);
  const all = await Promise.allSettled(
    Array.from({ length: 6 }, () => start(data, '--recover', '--seed', 'empty')),
  );
  const serving = all.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  assert.equal(serving.length, 1);
  for (const one of all) if (one.status === 'rejected') assert.match(String(one.reason), /is in use by/);
  const asides = readdirSync(data).filter((name) => name.startsWith('set-aside-'));
  assert.equal(asides.length, 1);
  assert.equal(readdirSync(join(data, String(asides[0]), 'blobs')).length, count);
  assert.ok(existsSync(join(data, 'emulator.db')));
  await serving[0]?.end();
  assert.equal(check(data).status, 0);
  removeFolder(data);
});

test('a newer, foreign, read-only or impossible data folder is said in one sentence', async () => {
  const folder = temporaryFolder();
  const data = join(folder, 'data');
  await (await start(data, '--seed', 'empty')).end();
  const { DatabaseSync } = loadSqlite();
  const change = (file: string, sql: string) => {
    const database = new DatabaseSync(file);
    database.exec(sql);
    database.close();
  };
  change(join(data, 'emulator.db'), 'PRAGMA user_version = 1000');
  refused(data, /written by a later version of the emulator/);

  const foreign = join(folder, 'foreign');
  mkdirSync(foreign);
  change(join(foreign, 'emulator.db'), 'CREATE TABLE bookmarks (url TEXT)');
  refused(foreign, /is the database of another program/);

  const file = join(folder, 'file');
  writeFileSync(file, 'x');
  refused(file, /file is not a folder/, folder);
  refused(join(file, 'below'), /a part of its path is no folder/, folder);
  if (process.platform === 'linux') refused('/proc/none/data', /cannot be made there/, folder);
  removeFolder(folder);
});

const notOwner = process.platform === 'win32' && 'Windows has no modes';

test('records, lock and content are readable by nobody else, and what was wider is narrowed', {
  skip: notOwner,
}, async () => {
  const data = temporaryFolder();
  chmodSync(data, 0o755);
  const mode = (name: string) => (statSync(join(data, name)).mode & 0o777).toString(8);
  const first = await start(data, '--seed', 'empty');
  const files = ['emulator.db', 'emulator.db-wal', 'emulator.lock', 'emulator.id', 'emulator.reserve'];
  const modes = () => [mode('.'), mode('blobs'), mode('incoming'), ...files.map(mode)];
  const narrow = ['700', '700', '700', ...files.map(() => '600')];
  assert.deepEqual(modes(), narrow);
  await first.end('SIGKILL');
  for (const name of ['.', 'blobs', 'incoming', ...files]) chmodSync(join(data, name), 0o755);
  const second = await start(data);
  assert.deepEqual(modes(), narrow);
  assert.doesNotMatch(second.log(), /could not be narrowed/);
  await second.end();
  removeFolder(data);
});
