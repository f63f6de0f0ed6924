import * as vscode from 'vscode';
import type { Profile } from '../../server/rules/profile/profile.ts';
import { profiles } from '../../server/rules/profile/table.ts';
import { showRule } from '../commands/manifests/openRule.ts';
import { report } from '../commands/report.ts';
import type { Context } from '../context.ts';
import { type OpenPage, openPage } from '../pictures/openPage.ts';
import { type DiskTarget, findTarget } from './diskTarget.ts';
import type { DiskView, FromPage, ToPage } from './protocol.ts';
import { type Judges, readDisk } from './readDisk.ts';
import { refuseRepair, repairFile, undoRepairOf } from './repairFile.ts';

/** The viewer's name in package.json. */
export const diskEditor = 'cloudImages.disk';

/** Shows a disk in a panel, and follows its changes while it is seen. */
export function showDisk(context: Context, uri: vscode.Uri, panel: vscode.WebviewPanel): void {
  const viewer = new Viewer(context, uri, panel);
  panel.onDidDispose(() => viewer.dispose());
}

class Viewer {
  readonly #context: Context;
  readonly #uri: vscode.Uri;
  readonly #panel: vscode.WebviewPanel;
  readonly #page: OpenPage<ToPage>;
  readonly #target: DiskTarget;
  readonly #listening: vscode.Disposable;
  readonly #ended = new AbortController();
  /** What is followed while the page is seen; one that is shown again loads anew, and asks for everything. */
  #following: vscode.Disposable | undefined;
  /** Counts readings: only the last one is shown. */
  #readings = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(context: Context, uri: vscode.Uri, panel: vscode.WebviewPanel) {
    this.#context = context;
    this.#uri = uri;
    this.#panel = panel;
    this.#target = findTarget(context, uri);
    this.#page = openPage<ToPage, FromPage>(panel.webview, {
      pictures: context.pictures,
      room: 'diskViewer',
      title: this.#target.name,
      log: context.log,
      loaded: () => void this.#read(),
      receive: (message) => void this.#act(message).catch((error) => report(context, message.kind, error)),
    });
    this.#listening = vscode.Disposable.from(
      this.#page,
      panel.onDidChangeViewState(() => this.#follow()),
    );
    this.#follow();
  }

  dispose(): void {
    this.#ended.abort();
    this.#rest();
    this.#listening.dispose();
  }

  #follow(): void {
    if (!this.#panel.visible) {
      this.#rest();
      return;
    }
    const change = (): void => {
      clearTimeout(this.#timer);
      // Once the changes have come to rest.
      this.#timer = setTimeout(() => void this.#read(), 150);
    };
    this.#following ??= vscode.Disposable.from(
      this.#target.follow(change),
      this.#context.source.onDidChangeState(change),
    );
  }

  #rest(): void {
    this.#readings++;
    clearTimeout(this.#timer);
    this.#following?.dispose();
    this.#following = undefined;
  }

  async #read(): Promise<void> {
    const reading = ++this.#readings;
    for await (const view of this.#look()) {
      // It is not seen any more, or a later reading has begun.
      if (reading !== this.#readings) return;
      this.#page.post({ kind: 'disk', view });
    }
  }

  async *#look(): AsyncGenerator<DiskView> {
    let opened: Awaited<ReturnType<DiskTarget['open']>> | undefined;
    try {
      opened = await this.#target.open(this.#ended.signal);
      yield* readDisk(opened, this.#judges(), Date.now());
    } catch (error) {
      const [summary, problem] = this.#target.explain(error);
      yield { name: this.#target.name, summary, problem, verdicts: [], facts: [], damage: [] };
    } finally {
      opened?.close?.();
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
    const { path } = this.#target;
    switch (message.kind) {
      case 'repair':
        if (path !== undefined) await repairFile(this.#context, path);
        return this.#read();
      case 'undo':
        if (path !== undefined) await undoRepairOf(this.#context, path);
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
