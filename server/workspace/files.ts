/** The files of a workspace, so that nothing here depends on a platform. Paths are absolute, in the platform's form. */
export interface FileSystem {
  readonly path: PathRules;
  /**
   * Reads a regular file of at most so many bytes. Throws UnreadableFile for what is none or has more, and what the
   * system says where there is nothing to read.
   */
  readBytes(path: string, maximumBytes: number): Promise<Uint8Array>;
  /** Undefined where there is nothing, or it cannot be looked at. */
  status(path: string): Promise<FileStatus | undefined>;
  /** The entries of a folder; none where it cannot be read. */
  list(folder: string): Promise<readonly FolderEntry[]>;
  /** The path with its links followed; undefined where there is nothing. */
  realPath(path: string): Promise<string | undefined>;
}

/** A platform's rules for paths; `node:path` and its halves are of this shape. */
export interface PathRules {
  readonly sep: string;
  join(...parts: string[]): string;
  dirname(path: string): string;
  basename(path: string): string;
  relative(from: string, to: string): string;
  resolve(...parts: string[]): string;
  isAbsolute(path: string): boolean;
}

export interface FileStatus {
  readonly size: number;
  readonly mtimeMs: number;
  isFile(): boolean;
  isDirectory(): boolean;
}

export interface FolderEntry {
  readonly name: string;
  isFile(): boolean;
  isDirectory(): boolean;
}

/** A file that is there and cannot be a text of ours. */
export class UnreadableFile extends Error {}

/** A pipe, a device or a folder where a file is needed. */
export function notRegular(path: string): UnreadableFile {
  return new UnreadableFile(`${path} is not a regular file.`);
}
