import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { ExchangeLog } from '../../../server/cloud/http/exchanges.ts';
import type { EmulatorRequest } from '../../../server/cloud/services/emulatorControl.ts';
import type { CloudSource } from '../../cloud/cloudSource.ts';
import { describeError } from '../../ui/errors.ts';
import { describeRequest, forbidsReplay, mergeRequests, type RequestRow } from './requestRow.ts';

/** The scheme of requests as documents to be read. */
export const requestScheme = 'cloud-request';

/** Milliseconds between two looks at what others ask, while the view is seen. */
const interval = 1000;
/** Milliseconds in which what this window asks is drawn once. */
const pause = 200;

interface Needs {
  readonly source: CloudSource;
  readonly exchanges: ExchangeLog;
  readonly log: vscode.LogOutputChannel;
}

/** The view *Requests*: what this window asks of clouds since it was first seen, and what everybody asks the emulator. */
export class RequestsView implements vscode.TreeDataProvider<RequestRow>, vscode.TextDocumentContentProvider {
  readonly #context: Needs;
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #subscriptions: vscode.Disposable[] = [];
  #filter = '';
  /** What everybody asked; undefined where the cloud does not tell. */
  #told: readonly EmulatorRequest[] | undefined;
  #clearedAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #drawing: NodeJS.Timeout | undefined;
  /** What documents of requests show, until they are closed. */
  readonly #texts = new Map<string, string>();

  constructor(context: Needs) {
    this.#context = context;
    this.#subscriptions.push(
      vscode.workspace.registerTextDocumentContentProvider(requestScheme, this),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.#texts.delete(uri.toString())),
    );
  }

  keep(uri: vscode.Uri, text: string): void {
    this.#texts.set(uri.toString(), text);
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.#texts.get(uri.toString()) ?? t('This request is no longer kept.\n');
  }

  get filter(): string {
    return this.#filter;
  }

  /** Words, or a class of statuses such as `4xx`; empty for all. */
  setFilter(filter: string): void {
    this.#filter = filter.trim();
    void vscode.commands.executeCommand('setContext', 'cloudImages.requestsFiltered', this.#filter !== '');
    this.#changed.fire(undefined);
  }

  /** Forgets what has been asked so far. */
  clear(): void {
    this.#clearedAt = Date.now();
    this.#context.exchanges.clear();
    this.#changed.fire(undefined);
  }

  getChildren(row?: RequestRow): RequestRow[] {
    if (row) return [];
    const rows = mergeRequests(this.#context.exchanges.entries(), this.#told, this.#filter);
    return rows.filter(({ time }) => time > this.#clearedAt);
  }

  getTreeItem(row: RequestRow): vscode.TreeItem {
    return requestItem(row, this.#context.source);
  }

  /** Follows whether the view is seen: it records from then on, and looks at others' requests only meanwhile. */
  follow(tree: vscode.TreeView<RequestRow>): void {
    const react = (): void => {
      if (!tree.visible) {
        this.#rest();
        return;
      }
      this.#watch();
      this.#changed.fire(undefined); // it has recorded while it was hidden
    };
    this.#subscriptions.push(
      tree.onDidChangeVisibility(react),
      this.#context.exchanges.onDidChange(() => this.#draw(tree)),
      this.#context.source.onDidChangeState(() => tree.visible && this.#changed.fire(undefined)),
    );
    react();
  }

  dispose(): void {
    this.#rest();
    clearTimeout(this.#drawing);
    for (const one of this.#subscriptions) one.dispose();
    this.#changed.dispose();
  }

  #draw({ visible }: vscode.TreeView<RequestRow>): void {
    if (!visible || this.#drawing) return;
    this.#drawing = setTimeout(() => {
      this.#drawing = undefined;
      this.#changed.fire(undefined);
    }, pause);
  }

  #watch(): void {
    this.#context.exchanges.record();
    const look = (): void => {
      this.#looking ??= this.#look().finally(() => {
        this.#looking = undefined;
      });
    };
    this.#timer ??= setInterval(look, interval);
    look();
  }

  #rest(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #look(): Promise<void> {
    try {
      const told = await this.#context.source.readRequests();
      // Its own question is among them.
      const others = told?.filter(({ path }) => !path.startsWith('/emulator'));
      const isSame = others?.at(-1)?.id === this.#told?.at(-1)?.id;
      this.#told = others;
      if (!isSame) this.#changed.fire(undefined);
    } catch (error) {
      this.#context.log.debug(`The emulator's requests cannot be read: ${describeError(error)}`);
    }
  }
}

export function requestItem(
  row: RequestRow,
  source: { readonly isSandbox: boolean; readonly label: string },
): vscode.TreeItem {
  const { label, description, spoken } = describeRequest(row);
  const reason = forbidsReplay(row, source);
  const item = new vscode.TreeItem(label);
  item.id = row.id;
  item.description = description;
  item.tooltip = [label, description, ...(reason === undefined ? [] : [t`Replay: ${reason}`])].join('\n');
  item.iconPath = chooseIcon(row.status);
  item.contextValue = `request${isRefused(row) ? ' refused' : ''}${reason === undefined ? ' can:replay' : ''}`;
  item.accessibilityInformation = { label: spoken };
  item.command = { command: 'cloudImages.requests.open', title: t('Open Request'), arguments: [row] };
  return item;
}

export function isRefused({ status }: Pick<RequestRow, 'status'>): boolean {
  return status === 0 || status >= 400;
}

function chooseIcon(status: number): vscode.ThemeIcon {
  if (status === 0 || status >= 500)
    return new vscode.ThemeIcon('error', new vscode.ThemeColor('list.errorForeground'));
  if (status >= 400) return new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'));
  return new vscode.ThemeIcon('pass');
}
