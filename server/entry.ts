import { realpathSync } from 'node:fs';
import { createRequire, enableCompileCache, flushCompileCache } from 'node:module';
import { join } from 'node:path';

/** Early, since editors kill their servers; not at once, so that what the first work needed is in it too. */
const delay = 2000;

/**
 * Loads a bundle that stands beside this one with the code that V8 compiled at an earlier start, which is kept in
 * dist/cache (facts/language-servers.md §1.7). In a folder that cannot be written to, all is compiled each time.
 */
export function loadCompiled<T>(bundle: string): T {
  enableCompileCache(join(import.meta.dirname, 'cache'));
  const loaded: T = createRequire(import.meta.filename)(bundle);
  setTimeout(flushCompileCache, delay).unref();
  return loaded;
}

/** Whether a file is what Node was started with, bundled or not. */
export function isEntry(file: string): boolean {
  const [, entry] = process.argv;
  return entry !== undefined && realpathSync(entry) === file;
}
