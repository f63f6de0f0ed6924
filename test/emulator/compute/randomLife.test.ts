import { test } from 'node:test';
import { runRandomLives } from './randomLife.ts';

test('random lives of servers are those of a model', async () => {
  await runRandomLives(1, 80);
});
