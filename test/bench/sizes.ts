import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { record } from './results.ts';

const dist = join(import.meta.dirname, '..', '..', 'dist');

/** What ships: the minified files of more than 10 KB, and the package. */
export function benchSizes(): void {
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
  for (const name of readdirSync(dist).filter((file) => file.endsWith('.js'))) {
    const bytes = readFileSync(join(dist, name));
    if (bytes.length > 10_240)
      console.log(`${name.padEnd(24)}${kilobytes(bytes.length)}${kilobytes(gzipSync(bytes).length)}`);
  }
  const { size } = statSync(join(dist, 'cloud-images.vsix'));
  console.log(`${'cloud-images.vsix'.padEnd(24)}${kilobytes(size)}`);
  record({ what: '.vsix', value: size / 2 ** 20, unit: 'MiB', most: 1.5 });
}

function kilobytes(bytes: number): string {
  return (bytes / 1024).toFixed(0).padStart(10);
}
