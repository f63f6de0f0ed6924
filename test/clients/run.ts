/** `npm run test:clients`: the real OpenStack command-line clients against the emulator. */
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';

const files = globSync(join(import.meta.dirname, '*.{test,slow}.ts'));
const { status } = spawnSync(process.execPath, ['--test', ...files], { stdio: 'inherit' });
process.exitCode = status ?? 1;
