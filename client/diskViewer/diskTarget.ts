import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { findGaps, openStored } from '../../server/cloud/stored/storedDisk.ts';
import { readStored } from '../../server/cloud/stored/storedObject.ts';
import { fileSource } from '../../server/disks/fileSource.ts';
import type { Context } from '../context.ts';
import { describeError, endSentence } from '../ui/errors.ts';
import { isObjectOf, objectScheme, parseObjectUri } from './objectUri.ts';
import type { LookedAt } from './readDisk.ts';

/** What a viewer shows: a file of this machine, or an object of the connected cloud. */
export interface DiskTarget {
  readonly name: string;
  /** Of a file of this machine. */
  readonly path?: string;
  follow(change: () => void): vscode.Disposable;
  /** Opens it, until `signal` ends. Throws where it cannot be read. */
  open(signal: AbortSignal): Promise<LookedAt & { close?(): void }>;
  /** Says in two sentences why it could not be read, and what to do. */
  explain(error: unknown): readonly [summary: string, remedy: string];
}

export function findTarget(context: Context, uri: vscode.Uri): DiskTarget {
  if (uri.scheme === objectScheme) return openObject(context, uri);
  const name = basename(uri.path);
  if (uri.scheme === 'file') return openFile(uri, name);
  return {
    name,
    follow: () => vscode.Disposable.from(),
    open: () => Promise.reject(new Error(t('Save it to a folder, and open it there.'))),
    explain: (error) => [t('It is not a file of this machine.'), describeError(error)],
  };
}

function openFile(uri: vscode.Uri, name: string): DiskTarget {
  const path = uri.fsPath;
  return {
    name,
    path,
    follow: (change) => {
      const folder = vscode.Uri.joinPath(uri, '..');
      const watchers = [name, `${name}.undo`].map((file) => {
        // In a pattern, brackets and braces are more than themselves.
        const pattern = new vscode.RelativePattern(folder, file.replace(/[*?[\]{}]/g, '?'));
        return vscode.workspace.createFileSystemWatcher(pattern);
      });
      return vscode.Disposable.from(
        ...watchers.flatMap((watcher) => [
          watcher,
          watcher.onDidChange(change),
          watcher.onDidCreate(change),
          watcher.onDidDelete(change),
        ]),
      );
    },
    open: async () => {
      const found: { readonly size: number; readonly blocks?: number; isFile(): boolean } = statSync(path);
      if (!found.isFile()) throw new Error(t('It is not a file.'));
      const { size, blocks } = found;
      const source = fileSource(path);
      const stored = blocks === undefined || size === 0 ? {} : { stored: blocks * 512 };
      return { name, source, path, ...stored, close: () => source.close() };
    },
    explain: (error) => {
      const code = error instanceof Error && 'code' in error ? String(error.code) : '';
      return (
        failures[sameFailure[code] ?? code] ?? [t('It cannot be read.'), endSentence(describeError(error))]
      );
    },
  };
}

const sameFailure: Readonly<Record<string, string>> = { EPERM: 'EACCES', ENOTDIR: 'ENOENT' };

const failures: Readonly<Record<string, readonly [summary: string, remedy: string]>> = {
  ENOENT: [t('The file is gone.'), t('When it is there again, it is shown again.')],
  EACCES: [t('The file may not be read.'), t('Change its permissions, or open it as its owner.')],
  EBUSY: [t('The file is in use by another program.'), t('End that first.')],
};

/** An object is read by ranges: of a disk only its tables and the boot sectors. */
function openObject({ source }: Context, uri: vscode.Uri): DiskTarget {
  const place = parseObjectUri(uri);
  const { cloudId, region, account, container, name } = place;
  const connect = () => {
    const { connection } = source;
    if (!connection || !isObjectOf(place, connection))
      throw new Error(
        t`Show the cloud, region and account again from which it was opened: ${cloudId}, ${region}, ${account}.`,
      );
    return connection.cloud.objects;
  };
  return {
    name: basename(name),
    follow: (change) =>
      vscode.Disposable.from(
        source.watch('container'),
        source.onDidReport((report) => {
          // Of a large object, a segment may have changed.
          const isIt = report.kind === 'reset' || report.kind === 'container' || report.kind === 'object';
          if (isIt) change();
        }),
      ),
    open: async (signal) => {
      const objects = connect();
      const stored = await readStored(objects, { container, name });
      if (stored.form === 'gone') throw new Error(t`There is no object ${container}/${name} any more.`);
      const lost = findGaps(stored);
      return {
        name: basename(name),
        source: openStored(objects, stored, signal),
        isFar: true,
        lost,
        place: `${container}/${name}`,
      };
    },
    explain: (error) => [t('It cannot be read.'), endSentence(describeError(error))],
  };
}
