import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatAge } from '../../client/ui/units.ts';
import { AgingRows } from '../../client/views/agingRows.ts';

const start = Date.parse('2026-01-01T12:00:00Z');
const row = (ago: number) => ({ made: new Date(start - ago * 1000).toISOString() });

test('while a tree is seen, the rows whose age reads differently are drawn again, and no others', (context) => {
  context.mock.timers.enable({ apis: ['setInterval', 'Date'], now: start });
  const describe = ({ made }: ReturnType<typeof row>): string => formatAge(made, Date.now());
  const drawn: unknown[] = [];
  const aging = new AgingRows(describe, (one) => drawn.push(one));
  const [fresh, old] = [row(10), row(3 * 86_400)];
  aging.note('fresh', fresh, describe(fresh));
  aging.note('old', old, describe(old));
  const watching = aging.watch();
  assert.deepEqual(drawn, []);
  context.mock.timers.tick(60_000);
  assert.deepEqual(drawn, [fresh], 'just now → 1 minute ago');
  context.mock.timers.tick(30_000);
  assert.deepEqual(drawn, [fresh], 'still 1 minute ago');
  watching.dispose();
  context.mock.timers.tick(3_600_000);
  assert.deepEqual(drawn, [fresh], 'out of sight');
  aging.watch();
  assert.deepEqual(drawn, [fresh, fresh], 'at once when it comes into sight again');
  aging.clear();
  context.mock.timers.tick(3_600_000);
  assert.equal(drawn.length, 2, 'rows of a tree that is built again are forgotten');
});
