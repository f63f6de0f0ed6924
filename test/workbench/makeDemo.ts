import { readdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { makeDemo } from './demo.ts';
import { describeFailure } from './describeFailure.ts';

/** `npm run demo -- FOLDER`: the demo workspace in a folder that is new or empty. */
const [folder] = process.argv.slice(2);
const there = folder === undefined ? [] : await readdir(folder).catch(() => []);
if (folder === undefined || there.length > 0) {
  const why =
    folder === undefined ? 'Name the folder' : `${folder} holds other files already. Name a new folder`;
  console.error(`${why}: npm run demo -- FOLDER`);
  process.exitCode = 1;
} else {
  try {
    console.log(`The demo workspace is in ${await makeDemo(resolve(folder))}.`);
  } catch (error) {
    console.error(`The demo cannot be made there: ${describeFailure(error)}`);
    process.exitCode = 1;
  }
}
