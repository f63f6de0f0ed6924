/** The sessions of the clients (test/clients) against a real cloud. */
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import type { Addresses } from './services/place.ts';

const folder = join(import.meta.dirname, '..', 'clients');

/** Runs those whose file names contain one of the words, or all; answers how many failed. */
export async function runSessions(addresses: Addresses, words: readonly string[]): Promise<number> {
  process.env['TEST_CLOUD'] = JSON.stringify(addresses);
  const files = globSync(join(folder, '*.{test,slow}.ts'))
    .filter((file) => words.length === 0 || words.some((word) => file.slice(folder.length).includes(word)))
    .filter((file) => !file.endsWith('neovim.test.ts')) // a client of the language server
    .sort();
  const counts = { passed: 0, skipped: 0, failed: 0 };
  const began = Date.now();
  const stream = run({ files, concurrency: 1, timeout: 600_000 }); // one cloud, which each session empties
  stream.on('test:pass', ({ details, skip }) => {
    if (details.type !== 'suite') counts[skip === undefined ? 'passed' : 'skipped']++;
  });
  stream.on('test:fail', ({ details }) => {
    if (details.type !== 'suite') counts.failed++;
  });
  const report = stream.compose(new spec());
  report.pipe(process.stdout);
  await new Promise((resolve) => report.once('end', resolve));
  const seconds = ((Date.now() - began) / 1000).toFixed(0);
  console.log(
    `\nclients: ${counts.passed} sessions passed, ${counts.failed} failed, ${counts.skipped} are of the emulator only; ${seconds} s`,
  );
  return counts.failed;
}
