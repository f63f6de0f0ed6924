import type { PathRules } from './files.ts';

/** An object, by the parts of `container/object`. */
export interface DiskPlace {
  readonly container: string;
  readonly object: string;
}

/** The folders in which a manifest's disks lie on this machine. */
export interface DiskFolders {
  /** The manifest's own path. */
  readonly path: string;
  /** The workspace folder. */
  readonly root: string | undefined;
  /** Container → absolute folder, as settings say. */
  readonly containers: ReadonlyMap<string, string>;
}

/** Splits `container/object`; undefined for what names no object. */
export function parseImportFrom(importFrom: string): DiskPlace | undefined {
  const slash = importFrom.indexOf('/');
  const place = { container: importFrom.slice(0, slash), object: importFrom.slice(slash + 1) };
  return slash < 1 || place.object === '' || /^\.{1,2}$/.test(place.container) ? undefined : place;
}

/**
 * The paths at which the disk of `container/object` may lie: in the container's folder by the settings, else in a folder of
 * its name in the workspace, or beside the manifest. Each part of the name is a name in one folder: what a file system
 * would read in another way (`..`, an empty part, on Windows `D:`, a backslash, a device) names no file.
 */
export function diskPaths(
  importFrom: string,
  { path, root, containers }: DiskFolders,
  paths: PathRules,
): string[] {
  const place = parseImportFrom(importFrom);
  if (!place) return [];
  const { container, object } = place;
  const names = object.split('/');
  if (!names.every((name) => isFileName(name, paths))) return [];
  const mapped = containers.get(container);
  if (mapped !== undefined) return [paths.join(mapped, ...names)];
  if (!isFileName(container, paths)) return [];
  return foldersBeside(path, root, paths).map((folder) => paths.join(folder, container, ...names));
}

/** The folders in which a container's folder is looked for where no setting names one. */
export function foldersBeside(path: string, root: string | undefined, paths: PathRules): string[] {
  const beside = paths.dirname(path);
  return root && root !== beside ? [root, beside] : [beside];
}

/** Makes the folders that settings give to containers absolute; what is no text says nothing. */
export function containerFolders(
  said: Readonly<Record<string, unknown>>,
  base: string,
  paths: PathRules,
): [container: string, folder: string][] {
  return Object.entries(said).flatMap(([container, folder]): [string, string][] =>
    typeof folder === 'string' ? [[container, paths.resolve(base, folder)]] : [],
  );
}

/** Tells whether a path is a folder, or lies in it. */
export function isInside(path: string, folder: string, paths: PathRules): boolean {
  const inside = paths.relative(folder, path);
  return inside !== '..' && !inside.startsWith(`..${paths.sep}`) && !paths.isAbsolute(inside);
}

const windowsDevice = /^(?:con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)(?:\.|$)/i;

function isFileName(name: string, { sep }: PathRules): boolean {
  if (name === '' || name === '.' || name === '..' || name.includes('\0')) return false;
  // Windows reads each of these as another place, another stream, or another name.
  return sep !== '\\' || !(/[\\/:*?"<>|]|[. ]$/.test(name) || windowsDevice.test(name));
}
