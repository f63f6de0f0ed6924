import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { cliIn } from '../commands/cli.ts';
import { temporaryFolder } from '../emulator/harness.ts';

/** Texts of a workspace that would take minutes, were each of their findings to walk along all of the text. */
const numbers = (count: number): number[] => Array.from({ length: count }, (_, at) => at);
const texts: Readonly<Record<string, string>> = {
  'tags.image.json': JSON.stringify({ name: 'a', tags: numbers(100_000).map((at) => `t ${at}`) }),
  'twins.image.json': JSON.stringify({ name: 'a', tags: numbers(20_000).map(() => 'a b') }),
  'long-tag.image.json': JSON.stringify({ name: 'a', tags: [`a b${'_'.repeat(300_000)}x`] }),
  'properties.image.json': JSON.stringify(
    Object.fromEntries([['name', 'a'], ...numbers(50_000).map((at) => [`k é${at}`, at])]),
  ),
  'members.image.json': JSON.stringify({ name: 'a', members: numbers(100_000).map((at) => `m${at}`) }),
  'comments.image.json': `{"name":"a",${'/* x */'.repeat(60_000)}"team":"b"}`,
};

for (const [name, text] of Object.entries(texts))
  test(`${name} is judged in seconds`, async () => {
    const cli = cliIn(join(temporaryFolder(), 'large'));
    cli.write(name, text);
    const begun = performance.now();
    const { code } = await cli.run(['lint', '--format', 'json', name]);
    const seconds = (performance.now() - begun) / 1000;
    assert.ok(code === 0 || code === 1);
    assert.ok(seconds < 60, `${seconds} s`);
  });
