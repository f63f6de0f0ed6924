import type { DiskReader } from '../workspace/disks.ts';
import type { FileSystem } from '../workspace/files.ts';

/** The machine that the language service runs on. */
export interface Platform {
  readonly files: FileSystem;
  readonly readDisk: DiskReader;
  /** The path of a file that this process can open; undefined for any other URI. */
  toPath(uri: string): string | undefined;
  toUri(path: string): string;
  /** Gives back what is no longer held: left to itself, V8 keeps it until something needs it. */
  releaseMemory(): void;
}
