import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { kindByName } from '../../server/manifests/kinds.ts';
import type { Context } from '../context.ts';
import { type LiveManifest, listDriftNames, readLiveManifest, writeLiveText } from './liveManifests.ts';

/** The same path with this scheme is the manifest as it would be if it stated what is live. */
const scheme = 'cloud-image-drift';

interface Control {
  readonly source: vscode.SourceControl;
  readonly group: vscode.SourceControlResourceGroup;
}

/** Milliseconds in which changes of the cloud or of a text are taken together. */
const pause = 300;

/**
 * Marks what manifests say otherwise than the live images: a badge in the explorer, and quick diff beside the lines. Only files
 * that the editor shows are looked at. The source control is there only as long as a manifest differs, so that it is never empty.
 */
export class DriftMarks implements vscode.FileDecorationProvider, vscode.TextDocumentContentProvider {
  readonly #context: Context;
  readonly #decorated = new vscode.EventEmitter<vscode.Uri[]>();
  readonly onDidChangeFileDecorations = this.#decorated.event;
  readonly #rewritten = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.#rewritten.event;
  /** By the URI of each file that was asked for. */
  readonly #known = new Map<string, Promise<LiveManifest | undefined>>();
  readonly #stale = new Set<string>();
  /** Files that the editor asked about while no cloud was connected. */
  readonly #unanswered = new Set<string>();
  /** Those that describe a live image. */
  readonly #compared = new Map<string, LiveManifest>();
  readonly #looked = new vscode.EventEmitter<vscode.Uri>();
  /** When what `differing` answers for a manifest may be another. */
  readonly onDidCompare = this.#looked.event;
  #control: Control | undefined;
  #watching: { dispose(): void } | undefined;
  #timer: NodeJS.Timeout | undefined;
  readonly #subscriptions: vscode.Disposable;

  constructor(context: Context) {
    this.#context = context;
    const files = vscode.workspace.createFileSystemWatcher('**/*.{yaml,yml,json,jsonc}');
    this.#subscriptions = vscode.Disposable.from(
      files,
      files.onDidCreate((uri) => this.#lookAgain([uri.toString()])),
      files.onDidChange((uri) => this.#lookAgain([uri.toString()])),
      files.onDidDelete((uri) => this.#forget(uri)),
      this.#decorated,
      this.#rewritten,
      this.#looked,
      vscode.window.registerFileDecorationProvider(this),
      vscode.workspace.registerTextDocumentContentProvider(scheme, this),
      vscode.Disposable.from(context.images.onDidChange(() => this.#lookAgain())),
      vscode.Disposable.from(context.source.onDidChangeState(() => this.#lookAgain())),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.#lookAgain()),
      vscode.workspace.onDidChangeTextDocument(({ document }) => {
        this.#lookAgain([document.uri.toString()]);
      }),
      vscode.workspace.onDidSaveTextDocument(({ uri }) => this.#lookAgain([uri.toString()])),
      vscode.window.onDidChangeVisibleTextEditors(() => this.#followEditors()),
    );
    this.#followEditors();
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#subscriptions.dispose();
    this.#control?.source.dispose();
    this.#watching?.dispose();
  }

  async provideFileDecoration(uri: vscode.Uri): Promise<vscode.FileDecoration | undefined> {
    if (!isCandidate(uri)) return undefined;
    if (!this.#context.source.connection) {
      this.#unanswered.add(uri.toString());
      return undefined;
    }
    const live = await this.#read(uri);
    const names = live ? listDriftNames(live) : [];
    if (names.length === 0) return undefined;
    const decoration = new vscode.FileDecoration(
      '≠',
      t`Differs from the live image: ${names.join(', ')}`,
      new vscode.ThemeColor('gitDecoration.modifiedResourceForeground'),
    );
    return decoration;
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const live = await this.#read(fileOf(uri));
    return live ? writeLiveText(live) : '';
  }

  /** Returns the names that a manifest states otherwise than the live images; undefined where it was compared with none. */
  differing(uri: vscode.Uri): readonly string[] | undefined {
    const live = this.#compared.get(uri.toString());
    return live && listDriftNames(live);
  }

  /** Shows a manifest beside what is live. Throws where it describes no live image. */
  async compare(uri: vscode.Uri): Promise<void> {
    await this.#context.source.connect();
    this.#known.delete(uri.toString());
    const file = vscode.workspace.asRelativePath(uri);
    if (!(await this.#read(uri)))
      throw new Error(t`${file} describes no image that is in the cloud. Plan it to see what it would do.`);
    await vscode.commands.executeCommand('vscode.diff', liveUri(uri), uri, t`${file} (cloud ↔ manifest)`);
  }

  #read(uri: vscode.Uri): Promise<LiveManifest | undefined> {
    const key = uri.toString();
    const reading = this.#known.get(key) ?? this.#look(uri);
    this.#known.set(key, reading);
    return reading;
  }

  async #look(uri: vscode.Uri): Promise<LiveManifest | undefined> {
    const live = await readLiveManifest(this.#context, uri);
    const key = uri.toString();
    if (live) this.#compared.set(key, live);
    else this.#compared.delete(key);
    this.#looked.fire(uri);
    this.#showControl();
    return live;
  }

  /** Looks at manifests in sight, whose lines are marked, and asks for reports of changes as long as there are any. */
  #followEditors(): void {
    const seen = vscode.window.visibleTextEditors
      .map(({ document }) => document.uri)
      .filter((uri) => isCandidate(uri));
    if (seen.length > 0) this.#watching ??= this.#context.images.watch();
    else {
      this.#watching?.dispose();
      this.#watching = undefined;
    }
    if (this.#context.source.connection) for (const uri of seen) void this.#read(uri);
  }

  /** Drops a file that is gone, whose text the editor may go on holding. */
  #forget(uri: vscode.Uri): void {
    const key = uri.toString();
    this.#known.delete(key);
    if (!this.#compared.delete(key)) return;
    this.#looked.fire(uri);
    this.#showControl();
  }

  /** Looks again at these files, of those that were looked at, or at all of them. */
  #lookAgain(keys: Iterable<string> = this.#known.keys()): void {
    for (const key of keys) if (this.#known.has(key)) this.#stale.add(key);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const { connection } = this.#context.source;
      const uris = [...this.#stale, ...(connection ? this.#unanswered : [])].map((key) =>
        vscode.Uri.parse(key),
      );
      if (connection) this.#unanswered.clear();
      for (const key of this.#stale) this.#known.delete(key);
      // Of those the editor asks only while it shows them.
      if (connection)
        for (const key of this.#stale) if (this.#compared.has(key)) void this.#read(vscode.Uri.parse(key));
      this.#stale.clear();
      if (!connection) {
        const compared = [...this.#compared.keys()];
        this.#compared.clear();
        for (const key of compared) this.#looked.fire(vscode.Uri.parse(key));
        this.#showControl();
      }
      this.#decorated.fire(uris);
      for (const uri of uris) this.#rewritten.fire(liveUri(uri));
      this.#followEditors();
    }, pause);
  }

  #showControl(): void {
    const differing = [...this.#compared].filter(([, live]) => listDriftNames(live).length > 0);
    if (differing.length === 0) {
      this.#control?.source.dispose();
      this.#control = undefined;
      return;
    }
    this.#control ??= this.#createControl();
    const states = differing.map(([key, live]) => toState(vscode.Uri.parse(key), live));
    const before = this.#control.group.resourceStates.map(({ resourceUri }) => resourceUri.toString());
    this.#control.group.resourceStates = states;
    if (states.every(({ resourceUri }) => before.includes(resourceUri.toString()))) return;
    // The editor asks each open file for what it is compared with when the provider is new to it.
    const provider: vscode.QuickDiffProvider = {
      provideOriginalResource: (uri) => (this.differing(uri)?.length ? liveUri(uri) : undefined),
    };
    const { source } = this.#control;
    (source as { quickDiffProvider?: vscode.QuickDiffProvider | undefined }).quickDiffProvider = undefined;
    source.quickDiffProvider = provider;
  }

  #createControl(): Control {
    const source = vscode.scm.createSourceControl('cloudImages', t('Live Images'));
    source.inputBox.visible = false;
    source.count = 0; // these are no changes to commit
    return { source, group: source.createResourceGroup('drift', t('Differ from the Cloud')) };
  }
}

/** Leaves out at once what is no manifest by the end of its name. */
function isCandidate(uri: vscode.Uri): boolean {
  return (
    uri.scheme === 'file' && (kindByName(uri.path) !== undefined || /\.(?:ya?ml|jsonc?)$/i.test(uri.path))
  );
}

function liveUri(uri: vscode.Uri): vscode.Uri {
  return uri.with({ scheme });
}

function fileOf(uri: vscode.Uri): vscode.Uri {
  return uri.with({ scheme: 'file' });
}

function toState(resourceUri: vscode.Uri, live: LiveManifest): vscode.SourceControlResourceState {
  return {
    resourceUri,
    decorations: { tooltip: t`Differs from the live image: ${listDriftNames(live).join(', ')}` },
    command: { command: 'cloudImages.compareManifest', title: t('Compare'), arguments: [resourceUri] },
  };
}
