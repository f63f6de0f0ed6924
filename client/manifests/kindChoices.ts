import { posix } from 'node:path';
import { kindByName, nameParts } from '../../server/manifests/kinds.ts';
import type { Kind } from '../../server/rules/facts.ts';

/** A way to say of which kind a file is. */
export type Way =
  | { readonly by: 'name'; readonly name: string }
  | { readonly by: 'glob'; readonly glob: string };

/**
 * By another name; or, where the name says nothing yet, by a pattern for the file or for all of its kind in its folder.
 * `path` is relative to the folder of `.cloud-images.json`, with slashes.
 */
export function listKindChoices(path: string, kind: Kind): Way[] {
  const { dir, base, ext } = posix.parse(path);
  const own = kindByName(base);
  const stem = base.slice(0, -ext.length - (own ? nameParts[own].length + 1 : 0));
  const ways: Way[] = own === kind ? [] : [{ by: 'name', name: `${stem}.${nameParts[kind]}${ext}` }];
  if (own) return ways;
  const here = dir === '' ? '' : `${literal(dir)}/`;
  // A pattern without a slash means a name in any folder.
  const globs = [`${here || './'}${literal(base)}`, `${here || './'}*${ext}`];
  return [...ways, ...globs.map((glob): Way => ({ by: 'glob', glob }))];
}

/** Writes a path as a pattern. Patterns have no escape, so a special character becomes `?`. */
function literal(path: string): string {
  return path.replace(/[*?{}]/g, '?');
}
