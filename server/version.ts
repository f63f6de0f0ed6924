import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The product's version: that of the nearest package.json above which is ours, so that the bundle need not hold it. */
export function productVersion(folder: string = import.meta.dirname): string {
  const { name, version } = read(join(folder, 'package.json'));
  if (name === 'cloud-images' && version !== undefined) return version;
  const above = dirname(folder);
  return above === folder ? '0.0.0' : productVersion(above);
}

function read(file: string): { name?: string; version?: string } {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    throw error;
  }
}
