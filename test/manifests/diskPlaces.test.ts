import assert from 'node:assert/strict';
import { posix, win32 } from 'node:path';
import { test } from 'node:test';
import { containerFolders, diskPaths, isInside, parseImportFrom } from '../../server/workspace/diskPaths.ts';

test('container/object is read as Cloud Files reads it', () => {
  assert.deepEqual(parseImportFrom('exports/a/b.vhd'), { container: 'exports', object: 'a/b.vhd' });
  for (const none of ['', 'exports', '/b.vhd', 'exports/', '../b.vhd', './b.vhd'])
    assert.equal(parseImportFrom(none), undefined);
});

const onWindows = (importFrom: string, containers: Record<string, string> = {}): string[] =>
  diskPaths(
    importFrom,
    { path: 'C:\\work\\m\\web.yaml', root: 'C:\\work', containers: new Map(Object.entries(containers)) },
    win32,
  );
const onPosix = (importFrom: string, containers: Record<string, string> = {}): string[] =>
  diskPaths(
    importFrom,
    { path: '/work/m/web.yaml', root: '/work', containers: new Map(Object.entries(containers)) },
    posix,
  );

test('a disk lies in its container’s folder', () => {
  assert.deepEqual(onPosix('ex/a/b.vhd'), ['/work/ex/a/b.vhd', '/work/m/ex/a/b.vhd']);
  assert.deepEqual(onPosix('ex/a.vhd', { ex: '/disks' }), ['/disks/a.vhd']);
  assert.deepEqual(onWindows('ex/a/b.vhd'), ['C:\\work\\ex\\a\\b.vhd', 'C:\\work\\m\\ex\\a\\b.vhd']);
  assert.deepEqual(onWindows('ex/a.vhd', { ex: 'D:\\disks' }), ['D:\\disks\\a.vhd']);
});

test('what a file system reads in another way names no file', () => {
  for (const name of [
    'ex/../a',
    'ex/a/../../b',
    'ex/./a',
    'ex//a',
    'ex/a/',
    'ex/..',
    './a',
    '../a',
    'ex/a\0b',
  ]) {
    assert.deepEqual(onPosix(name), [], name);
    assert.deepEqual(onPosix(name, { ex: '/disks', '.': '/disks', '..': '/disks' }), [], name);
    assert.deepEqual(onWindows(name), [], name);
  }
});

test('on Windows no name leads to another machine, drive, stream or device', () => {
  for (const name of [
    'c///evil.example/share/x.vhd',
    'c/\\\\evil.example\\share\\x.vhd',
    'c/D:/x.vhd',
    'c/D:x.vhd',
    'c/x.vhd:stream',
    'c/..\\..\\x.vhd',
    'c/CON',
    'c/nul.vhd',
    'c/COM1.vhd',
    'c/x.vhd.',
    'c/x.vhd ',
    'c/x?.vhd',
    'D:/x.vhd',
    '\\\\evil.example/x.vhd',
    '..\\../x.vhd',
    'con/x.vhd',
  ]) {
    assert.deepEqual(onWindows(name), [], name);
    assert.deepEqual(onWindows(name, { c: 'C:\\disks' }), [], name);
  }
  // Of these a POSIX file system has ordinary names.
  assert.deepEqual(onPosix('c/D:x.vhd'), ['/work/c/D:x.vhd', '/work/m/c/D:x.vhd']);
});

test('folders of settings are absolute, and what is no text says nothing', () => {
  assert.deepEqual(containerFolders({ a: 'x', b: '/y', c: 7, d: null }, '/work', posix), [
    ['a', '/work/x'],
    ['b', '/y'],
  ]);
  assert.deepEqual(containerFolders({ a: 'D:\\x' }, 'C:\\work', win32), [['a', 'D:\\x']]);
});

test('inside is what lies in a folder, by whole names', () => {
  for (const [path, folder, inside] of [
    ['/work/a', '/work', true],
    ['/work', '/work', true],
    ['/workshop', '/work', false],
    ['/work/..a', '/work', true],
    ['/other', '/work', false],
  ] as const)
    assert.equal(isInside(path, folder, posix), inside, path);
  assert.equal(isInside('D:\\x', 'C:\\work', win32), false);
  assert.equal(isInside('\\\\evil\\share', 'C:\\work', win32), false);
});
