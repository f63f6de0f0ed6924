/**
 * npm's `prepare`: builds what is used where npm installs this repository from git, as pre-commit does. Without the tools
 * that build, as after `npm ci --omit=dev`, it does nothing.
 */
import { existsSync } from 'node:fs';

if (existsSync('node_modules/esbuild')) {
  process.argv.push('--production');
  await import('../esbuild.mjs');
}
