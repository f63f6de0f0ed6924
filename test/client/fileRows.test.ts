import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LiveTask } from '../../client/cloud/taskCollection.ts';
import {
  type FileNode,
  findParent,
  identifyFile,
  makeEntryNode,
  makeSegmentNodes,
  type ObjectNode,
  omitSegments,
} from '../../client/views/files/fileNode.ts';
import { taskRow } from '../../client/views/tasks/taskRow.ts';
import { findMissingNumbers } from '../../server/cloud/services/largeObjects.ts';

const object = (name: string, large?: ObjectNode['large']): ObjectNode => ({
  ...{ kind: 'object', container: 'c', name, bytes: 1, etag: 'e', modified: '' },
  ...(large ? { large } : {}),
});

test('missing segment numbers are found, counted from 0 or from 1, and none among other names', () => {
  const cases: [names: string[], missing: number[]][] = [
    [[], []],
    [['00001', '00002'], []],
    [['00000000', '00000001'], []],
    [['00002'], [1]],
    [
      ['00000', '00002', '00005'],
      [1, 3, 4],
    ],
    [['1', 'b'], []],
    [['1700000000.1'], []],
  ];
  for (const [names, missing] of cases) assert.deepEqual(findMissingNumbers(names), missing, names.join());
  assert.equal(findMissingNumbers(['99999999']).length, 1000);
});

test('a gap is shown where a segment is missing', () => {
  const of = object('x', { dynamic: 'c/x-' });
  const segments = ['x-00002', 'x-00005'].map((name) => ({ container: 'c', name, bytes: 1, etag: 'e' }));
  const rows = makeSegmentNodes(of, { segments, missing: [1, 3, 4], lost: new Map() });
  assert.deepEqual(
    rows.map((row) => (row.kind === 'gap' ? row.missing : row.kind === 'segment' ? row.name : '')),
    [1, 'x-00002', 3, 4, 'x-00005'],
  );
  assert.equal(new Set(rows.map(identifyFile)).size, rows.length);
});

test('the segments of a large object are shown below it, and nowhere else in its container', () => {
  const large = object('x', { dynamic: 'c/x-' });
  const elsewhere = object('y', { dynamic: 'd/y-' });
  const rows = [large, object('x-00001'), object('x1'), elsewhere, object('y-00001')];
  assert.deepEqual(
    omitSegments('c', rows).map((row) => (row.kind === 'object' ? row.name : '')),
    ['x', 'x1', 'y', 'y-00001'],
  );
  const whole = object('z', { dynamic: 'c/' });
  assert.equal(omitSegments('c', [whole, object('a')]).length, 2);
});

test('no two rows are one to the editor, whatever names objects have', () => {
  const large = object('x', 'static');
  const folder = makeEntryNode('c', { folder: 'a/' });
  const rows: FileNode[] = [
    ...[folder, object('a/'), object('a'), large, object('x//large'), object('/more'), object('/failed')],
    ...([
      { kind: 'container', name: 'c' },
      { kind: 'container', name: 'folder' },
    ] as const),
    { kind: 'more', in: { kind: 'container', name: 'c' }, shown: 1 },
    { kind: 'failed', in: { kind: 'container', name: 'c' }, reason: '' },
    { kind: 'segment', of: large, container: 'c', name: '1', bytes: 1, etag: '' },
    { kind: 'gap', of: large, missing: 1 },
  ];
  assert.deepEqual(rows.map(identifyFile).toSorted(), [...new Set(rows.map(identifyFile))].toSorted());
});

test('a row knows its parent', () => {
  const folder = makeEntryNode('c', { folder: 'a/b/' });
  assert.deepEqual(findParent(folder), { kind: 'folder', container: 'c', prefix: 'a/' });
  assert.deepEqual(findParent(object('a/x')), { kind: 'folder', container: 'c', prefix: 'a/' });
  assert.deepEqual(findParent(object('x')), { kind: 'container', name: 'c' });
  assert.equal(findParent({ kind: 'container', name: 'c' }), undefined);
});

test('the row of a task gives its subject, progress, failure and duration', () => {
  const task: LiveTask = {
    id: 't',
    type: 'import',
    status: 'processing',
    createdAt: '2026-01-01T00:00:00Z',
    updatedAt: '2026-01-01T00:03:00Z',
    input: { import_from: 'exports/web.vhd' },
    progress: 0.429,
  };
  const now = Date.parse('2026-01-01T01:00:00Z');
  assert.deepEqual(taskRow(task, now), {
    label: 'Import exports/web.vhd',
    parts: ['processing 42 %', '1 hour ago'],
    state: 'task',
  });
  const { progress: _, ...ended } = task;
  assert.deepEqual(taskRow({ ...ended, status: 'failure', message: '396: no VHD' }, now), {
    label: 'Import exports/web.vhd',
    parts: ['failure', '396: no VHD', '1 hour ago', 'took 3 min'],
    state: 'task:failed',
  });
  const exported = { ...ended, type: 'export', status: 'success', input: { image_uuid: 'a' } } as const;
  const result = { export_location: 'exports/a.vhd' };
  assert.deepEqual(taskRow({ ...exported, result }, now, 'Web'), {
    label: 'Export Web',
    parts: ['success', '1 hour ago', 'took 3 min'],
    state: 'task:exported',
  });
});
