import { readdirSync } from 'node:fs';

/** Names that the store gives to files. Whatever is named otherwise is not ours, and stays. */

/** A finished content: the SHA-256 or SHA-512 of its bytes. */
export function isContentName(name: string): boolean {
  return /^([0-9a-f]{64}|[0-9a-f]{128})$/.test(name);
}

/** A content that is being made, and what disks are unpacked to beside it. */
export function isIncomingName(name: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(-(disk|segment)\d+)?$/.test(name);
}

/** Lists the regular files whose name is right, of a folder that may be missing. */
export function ownFiles(folder: string, isName: (name: string) => boolean): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile() && isName(entry.name))
      .map(({ name }) => name);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

/** How content is named: that of images by SHA-512, which Glance shows as `os_hash_value`, that of objects by SHA-256. */
export type HashName = 'sha256' | 'sha512';

/** Tells the hash by the length of a name: 64 digits or 128. */
export function readHashName(name: string): HashName {
  return name.length === 64 ? 'sha256' : 'sha512';
}
