/**
 * `npm run test:clients`: the real clients against the emulator, those of Debian installed where they are missing. Words
 * on the command line choose files by their names. Ends with the steps that passed of those tried, a client and profile a line.
 */
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

process.env['INSTALL_CLIENTS'] = '1';
const chosen = process.argv.slice(2);
const files = globSync(join(import.meta.dirname, '*.{test,slow}.ts'))
  .filter((file) => chosen.length === 0 || chosen.some((word) => file.includes(word)))
  .sort();
const figures: string[] = [];
const stream = run({ files });
stream.on('test:fail', () => {
  process.exitCode = 1;
});
stream.on('test:diagnostic', ({ message }) => {
  if (message.startsWith('steps ')) figures.push(message.slice('steps '.length));
});
const report = stream.compose(new spec());
report.pipe(process.stdout);
await new Promise((resolve) => report.once('end', resolve));
console.log(`\nSteps passed of steps tried\n${figures.sort().join('\n')}`);
