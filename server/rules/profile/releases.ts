/** Releases of OpenStack, oldest first. */
export const releases = [
  'zed',
  '2023.1',
  '2023.2',
  '2024.1',
  '2024.2',
  '2025.1',
  '2025.2',
  '2026.1',
  '2026.2',
] as const;

export type Release = (typeof releases)[number];

/** The release that the emulator and our measurements of the real services have. */
export const defaultRelease: Release = 'zed';

export function isRelease(name: string): name is Release {
  return releases.some((release) => release === name);
}

/** Tells whether a cloud of a release has what came with another. */
export function hasReached(release: Release, since: Release): boolean {
  return releases.indexOf(release) >= releases.indexOf(since);
}
