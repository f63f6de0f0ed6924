import { statSync } from 'node:fs';
import { basename } from 'node:path';
import * as vscode from 'vscode';
import { type FileSource, fileSource } from '../../server/disks/fileSource.ts';
import type { Profile } from '../../server/rules/profile/profile.ts';
import { profiles } from '../../server/rules/profile/table.ts';
import { showRule } from '../commands/manifests/openRule.ts';
import { report } from '../commands/report.ts';
import type { Context } from '../context.ts';
import { type OpenPage, openPage } from '../pictures/openPage.ts';
import { describeError } from '../ui/errors.ts';
import type { DiskView, FromPage, ToPage } from './protocol.ts';
import { type Judges, readDisk } from './readDisk.ts';
import { refuseRepair, repairFile, undoRepairOf } from './repairFile.ts';

/** The viewer's name in package.json. */
export const diskEditor = 'cloudImages.disk';

/** Shows a disk's file in a panel, and follows its changes while it is seen. */
export function showDisk(context: Context, uri: vscode.Uri, panel: vscode.WebviewPanel): void {
  const viewer = new Viewer(context, uri, panel);
  panel.onDidDispose(() => viewer.dispose());
}

class Viewer {
  readonly #context: Context;
  readonly #uri: vscode.Uri;
  readonly #panel: vscode.WebviewPanel;
  readonly #page: OpenPage<ToPage>;
  readonly #following: vscode.Disposable;
  /** Counts readings: only the last one is shown. */
  #readings = 0;
  #isStale = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(context: Context, uri: vscode.Uri, panel: vscode.WebviewPanel) {
    this.#context = context;
    this.#uri = uri;
    this.#panel = panel;
    this.#page = openPage<ToPage, FromPage>(panel.webview, {
      pictures: context.pictures,
      room: 'diskViewer',
      title: basename(uri.path),
      log: context.log,
      loaded: () => void this.#read(),
      receive: (message) => void this.#act(message).catch((error) => report(context, message.kind, error)),
    });
    this.#following = vscode.Disposable.from(
      this.#page,
      ...this.#watch(),
      context.source.onDidChangeState(() => this.#change()),
      panel.onDidChangeViewState(() => this.#isStale && this.#change()),
    );
  }

  dispose(): void {
    this.#readings++;
    clearTimeout(this.#timer);
    this.#following.dispose();
  }

  /** Follows the file, and what is kept of its repair. */
  #watch(): vscode.Disposable[] {
    const folder = vscode.Uri.joinPath(this.#uri, '..');
    return ['', '.undo'].flatMap((kind) => {
      // In a pattern, brackets and braces are more than themselves.
      const name = `${basename(this.#uri.path)}${kind}`.replace(/[*?[\]{}]/g, '?');
      const watcher = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(folder, name));
      const change = (): void => this.#change();
      return [watcher, watcher.onDidChange(change), watcher.onDidCreate(change), watcher.onDidDelete(change)];
    });
  }

  /** Reads again when the changes have come to rest; of a page that is hidden, when it is seen. */
  #change(): void {
    this.#isStale = !this.#panel.visible;
    if (this.#isStale) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#read(), 150);
  }

  async #read(): Promise<void> {
    const reading = ++this.#readings;
    this.#isStale = false;
    for await (const view of this.#look()) {
      if (!this.#panel.visible) this.#isStale = true;
      // It is not seen, a later reading has begun, or the panel is gone.
      if (this.#isStale || reading !== this.#readings) return;
      this.#page.post({ kind: 'disk', view });
    }
  }

  async *#look(): AsyncGenerator<DiskView> {
    const name = basename(this.#uri.path);
    if (this.#uri.scheme !== 'file')
      return yield failed(
        name,
        'It is not a file of this machine.',
        'Save it to a folder, and open it there.',
      );
    const path = this.#uri.fsPath;
    let source: FileSource | undefined;
    try {
      const { size, blocks } = checkFile(path);
      source = fileSource(path);
      const stored = blocks === undefined || size === 0 ? {} : { stored: blocks * 512 };
      yield* readDisk({ name, source, path, ...stored }, this.#judges(), Date.now());
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : '';
      const [summary, remedy] = failures[sameFailure[code] ?? code] ?? [
        'It cannot be read.',
        describeError(error),
      ];
      yield failed(name, summary, remedy);
    } finally {
      source?.close();
    }
  }

  /** The profiles that `cloud-images disk` asks; that of the connected cloud with the cloud's own limits. */
  #judges(): Judges {
    const { connection } = this.#context.source;
    const refused = refuseRepair();
    const asked = new Map<string, Profile>(Object.entries(profiles));
    if (connection) asked.set(connection.profile.name, connection.profile);
    return {
      profiles: [...asked].map(([name, profile]) => ({ label: labels[name] ?? name, profile })),
      limit: (connection?.profile ?? profiles.rackspace).limits.importVirtualBytes,
      ...(refused ? { refused } : {}),
    };
  }

  async #act(message: FromPage): Promise<void> {
    const path = this.#uri.fsPath;
    switch (message.kind) {
      case 'repair':
        await repairFile(this.#context, path);
        return this.#read();
      case 'undo':
        await undoRepairOf(this.#context, path);
        return this.#read();
      case 'readAgain':
        return this.#read();
      case 'openRule':
        return showRule(this.#context, message.rule);
      case 'openText':
        return void vscode.commands.executeCommand('vscode.openWith', this.#uri, 'default');
      case 'openDisk':
        return void vscode.commands.executeCommand(
          'vscode.openWith',
          vscode.Uri.file(message.path),
          diskEditor,
        );
    }
  }
}

const labels: Readonly<Record<string, string>> = { rackspace: 'Rackspace', openstack: 'OpenStack' };

function checkFile(path: string): ReturnType<typeof statSync> & { readonly blocks?: number } {
  const found = statSync(path);
  if (!found.isFile()) throw new Error('It is not a file.');
  return found;
}

function failed(name: string, summary: string, problem: string): DiskView {
  return { name, summary, problem, verdicts: [], facts: [], damage: [] };
}

const sameFailure: Readonly<Record<string, string>> = { EPERM: 'EACCES', ENOTDIR: 'ENOENT' };

const failures: Readonly<Record<string, readonly [summary: string, remedy: string]>> = {
  ENOENT: ['The file is gone.', 'When it is there again, it is shown again.'],
  EACCES: ['The file may not be read.', 'Change its permissions, or open it as its owner.'],
  EBUSY: ['The file is in use by another program.', 'End that first.'],
};
