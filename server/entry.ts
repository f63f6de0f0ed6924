import { existsSync, realpathSync } from 'node:fs';
import * as modules from 'node:module';
import { dirname, join } from 'node:path';
import { system } from './system.ts';

/** Milliseconds: early, since editors kill their servers; not at once, so that what the first work needed is in it too. */
const delay = 2000;

/**
 * Loads a bundle that stands beside this one with the code that V8 compiled at an earlier start, which is kept in
 * dist/cache. Where that folder cannot be written to, and on Node 20, which has no such cache, all is compiled each time.
 */
export async function loadCompiled<T>(bundle: string): Promise<T> {
  const { enableCompileCache, flushCompileCache } = modules as Partial<typeof modules>;
  enableCompileCache?.(join(import.meta.dirname, 'cache'));
  const loaded: T = await import(bundle);
  if (flushCompileCache) setTimeout(flushCompileCache, delay).unref();
  return loaded;
}

/** Tells whether a file is what Node was started with, bundled or not. */
export function isEntry(file: string): boolean {
  const [, entry] = process.argv;
  return entry !== undefined && realpathSync(entry) === file;
}

/**
 * The Node that can run the emulator: this one where it has `node:sqlite`, else the one that CLOUD_IMAGES_NODE names or that
 * the package `node` of npm brought. Throws with how to get one.
 */
export function emulatorNode(): string {
  if (modules.isBuiltin('node:sqlite')) return process.execPath;
  const named = process.env['CLOUD_IMAGES_NODE'];
  const path = named ?? findBrought();
  if (path !== undefined && existsSync(path)) return path;
  throw new Error(
    `The emulator needs Node 22.13 or newer, and this is ${process.versions.node}. ${named === undefined ? 'Install a newer Node, let npm bring one (npx -p node@24 -p cloud-images cloud-images …, or npm install node@24), or set CLOUD_IMAGES_NODE to one.' : `CLOUD_IMAGES_NODE names ${named}, which is not there.`}`,
  );
}

/** The program of the package `node`, which npm puts beside this package or above it. */
function findBrought(): string | undefined {
  try {
    const description = modules.createRequire(import.meta.url).resolve('node/package.json');
    return join(dirname(description), 'bin', system.program('node'));
  } catch {
    return undefined;
  }
}
