import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const dist = join(import.meta.dirname, '..', '..', 'dist');

/** What ships: the minified bundles and the package. */
export function printSizes(): void {
  const { status, stderr } = spawnSync('npm', ['run', '--silent', 'package'], {
    encoding: 'utf8',
    cwd: join(dist, '..'),
    shell: process.platform === 'win32',
  });
  if (status !== 0) {
    console.log(`npm run package failed: ${stderr}`);
    return;
  }
  console.log('Bundles, minified (KB, and gzip)');
  for (const name of [
    'extension',
    'server',
    'languageServer',
    'emulator',
    'emulatorService',
    'disks',
    'cli',
  ]) {
    const bytes = readFileSync(join(dist, `${name}.js`));
    console.log(`${`${name}.js`.padEnd(24)}${kilobytes(bytes.length)}${kilobytes(gzipSync(bytes).length)}`);
  }
  console.log(
    `${'cloud-images.vsix'.padEnd(24)}${kilobytes(statSync(join(dist, 'cloud-images.vsix')).size)}`,
  );
}

function kilobytes(bytes: number): string {
  return (bytes / 1024).toFixed(0).padStart(10);
}
