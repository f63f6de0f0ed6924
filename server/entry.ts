import { existsSync, realpathSync } from 'node:fs';
import * as modules from 'node:module';
import { join } from 'node:path';
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
 * `npm ci` brought. Throws with how to get one.
 */
export function emulatorNode(): string {
  if (modules.isBuiltin('node:sqlite')) return process.execPath;
  const named = process.env['CLOUD_IMAGES_NODE'];
  const brought = join(import.meta.dirname, '..', 'node_modules', 'node', 'bin', system.program('node'));
  const path = named ?? brought;
  if (existsSync(path)) return path;
  throw new Error(
    `The emulator needs Node 22.13 or newer, and this is ${process.versions.node}. ${named === undefined ? 'Install a newer Node, or set CLOUD_IMAGES_NODE to one.' : `CLOUD_IMAGES_NODE names ${named}, which is not there.`}`,
  );
}
