import * as posix from 'path-browserify';
import type { Connection } from 'vscode-languageserver';
import { readDiskFacts } from '../disks/facts.ts';
import type { ByteSource } from '../disks/source.ts';
import { type FileStatus, type FileSystem, notRegular, UnreadableFile } from '../workspace/files.ts';
import type { Platform } from './platform.ts';
import {
  type BytesParams,
  type BytesResult,
  bytesMethod,
  type FileParams,
  type FileResult,
  type FolderResult,
  fileMethod,
  folderMethod,
} from './protocol.ts';

/** A web worker: its files are what the editor's file systems give it. Paths are those of the addresses of one file system. */
export function browserPlatform(connection: Connection, folder: string | undefined): Platform {
  const base = folder === undefined ? undefined : /^([^:/?#]+:(?:\/\/[^/?#]*)?)/.exec(folder)?.[1];
  const toUri = (path: string): string => `${base}${path.split('/').map(encodeURIComponent).join('/')}`;
  const look = (path: string): Promise<FileResult> =>
    connection.sendRequest<FileResult>(fileMethod, { uri: toUri(path) } satisfies FileParams);
  const read = (path: string, start: number, end: number): Promise<BytesResult> =>
    connection.sendRequest<BytesResult>(bytesMethod, { uri: toUri(path), start, end } satisfies BytesParams);

  async function status(path: string): Promise<FileStatus | undefined> {
    const found = await look(path);
    return 'none' in found
      ? undefined
      : {
          size: found.size,
          mtimeMs: found.mtime,
          isFile: () => found.kind === 'file',
          isDirectory: () => found.kind === 'directory',
        };
  }

  const files: FileSystem = {
    path: { ...posix, resolve: (...parts) => posix.resolve('/', ...parts) },
    status,
    readBytes: async (path, maximumBytes) => {
      const found = await status(path);
      if (!found) throw new Error(`There is no ${path}.`);
      if (!found.isFile()) throw notRegular(path);
      if (found.size > maximumBytes)
        throw new UnreadableFile(`${path} has ${found.size} bytes; at most ${maximumBytes} are read.`);
      const result = await read(path, 0, found.size);
      if ('unavailable' in result) throw new Error(result.unavailable);
      return result.bytes;
    },
    list: async (path) => {
      const entries = await connection.sendRequest<FolderResult>(folderMethod, { uri: toUri(path) });
      return entries.map(({ name, kind }) => ({
        name,
        isFile: () => kind === 'file',
        isDirectory: () => kind === 'directory',
      }));
    },
    realPath,
  };

  /** Where a link leads cannot be asked, so there is no real path of one, nor of what is below it. */
  async function realPath(path: string): Promise<string | undefined> {
    const found = await look(path);
    if ('none' in found || found.isLink) return undefined;
    const parent = posix.dirname(path);
    return parent === path || (await realPath(parent)) !== undefined ? path : undefined;
  }

  return {
    files,
    readDisk: async (name, path) => {
      const found = await status(path);
      if (!found) return undefined;
      const source: ByteSource = {
        size: found.size,
        read: async (start, length) => {
          const result = await read(path, start, Math.min(start + length, found.size));
          if ('unavailable' in result) throw new Error(result.unavailable);
          return result.bytes;
        },
      };
      return readDiskFacts(name, source, Date.now()).catch((error: unknown) => {
        connection.console.warn(`${path}: ${error instanceof Error ? error.message : String(error)}`);
        return undefined;
      });
    },
    toPath: (uri) => {
      if (base === undefined || !uri.startsWith(`${base}/`)) return undefined;
      try {
        return decodeURIComponent(uri.slice(base.length).replace(/[?#].*$/, ''));
      } catch (error) {
        if (error instanceof URIError) return undefined;
        throw error;
      }
    },
    toUri,
    releaseMemory: () => undefined, // a worker has no way to ask for it
  };
}
