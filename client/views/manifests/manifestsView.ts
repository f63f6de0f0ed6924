import * as vscode from 'vscode';
import { kinds } from '../../../server/manifests/kinds.ts';
import { projectName } from '../../../server/workspace/projectFile.ts';
import type { Workspace } from '../../../server/workspace/workspace.ts';
import type { Context } from '../../context.ts';
import { findManifests, patternOf } from '../../manifests/manifestFiles.ts';
import { readManifestText } from '../../manifests/manifestText.ts';
import { openFolders } from '../../manifests/workspace.ts';
import { RowCache } from '../rowCache.ts';
import { Visibility } from '../visibility.ts';
import { type FileNode, type ManifestNode, manifestItem } from './manifestItem.ts';
import { type Findings, groupByFolder, readDocuments } from './manifestRows.ts';

/** What compares manifests with the cloud. */
interface Drift {
  /** Names that differ from the live images; undefined where nothing was compared. */
  differing(manifest: vscode.Uri): readonly string[] | undefined;
  readonly onDidCompare: vscode.Event<vscode.Uri>;
}

type Needs = Pick<Context, 'source'>;

/** Milliseconds in which changes of files and findings are taken together. */
const pause = 200;

/** The tree *Manifests*: those of the workspace by folder, with what is found in them and what the cloud has otherwise. */
export class ManifestsView implements vscode.TreeDataProvider<ManifestNode> {
  readonly #context: Needs;
  readonly #drift: Drift;
  readonly #changed = new vscode.EventEmitter<ManifestNode | undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #rows = new RowCache<FileNode>();
  readonly #stale = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #following: vscode.Disposable | undefined;

  constructor(context: Needs, drift: Drift) {
    this.#context = context;
    this.#drift = drift;
  }

  /** Follows the workspace while the tree is seen. */
  follow(tree: vscode.TreeView<ManifestNode>): void {
    this.#following = vscode.Disposable.from(new Visibility(tree, () => this.#watch()));
  }

  async getChildren(node?: ManifestNode): Promise<ManifestNode[]> {
    if (node?.kind === 'folder') return [...node.files];
    if (node?.kind === 'manifest') {
      const { documents } = node;
      return documents.length > 1
        ? documents.map((document) => ({ kind: 'document', of: node, document }))
        : [];
    }
    if (node) return [];
    const workspace = openFolders(this.#context);
    const found = await findManifests(this.#context, kinds);
    const files = await Promise.all(found.map((uri) => this.#read(workspace, uri)));
    this.#rows.retain(new Set(found.map(String)));
    const folders = groupByFolder(files);
    const [only] = folders.values();
    if (folders.size === 1 && only) return only;
    return [...folders.values()].flatMap((rows): ManifestNode[] => {
      const [first] = rows;
      if (!first) return [];
      const uri = vscode.Uri.joinPath(first.uri, '..');
      return [{ kind: 'folder', uri, name: nameFolder(uri), files: rows }];
    });
  }

  getTreeItem(node: ManifestNode): vscode.TreeItem {
    return manifestItem(node);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#following?.dispose();
    this.#changed.dispose();
  }

  async #read(workspace: Workspace, uri: vscode.Uri): Promise<FileNode> {
    const told = await workspace.kindHint(uri.fsPath);
    const row: FileNode = {
      kind: 'manifest',
      uri,
      path: vscode.workspace.asRelativePath(uri),
      documents: readDocuments((await readManifestText(uri)) ?? '', uri.path, told),
      findings: countFindings(uri),
      drift: this.#drift.differing(uri),
    };
    return this.#rows.put(uri.toString(), row);
  }

  #watch(): vscode.Disposable {
    const watchers = [patternOf(kinds), `**/${projectName}`].map((pattern) =>
      vscode.workspace.createFileSystemWatcher(pattern),
    );
    this.#refresh();
    return vscode.Disposable.from(
      ...watchers,
      ...watchers.flatMap((one) => [
        one.onDidCreate(() => this.#refresh()),
        one.onDidDelete(() => this.#refresh()),
        one.onDidChange((uri) => this.#later(uri)),
      ]),
      vscode.workspace.onDidChangeWorkspaceFolders(() => this.#refresh()),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('cloudImages.manifests')) this.#refresh();
      }),
      vscode.languages.onDidChangeDiagnostics(({ uris }) => {
        for (const uri of uris) this.#later(uri);
      }),
      this.#drift.onDidCompare((uri) => this.#later(uri)),
    );
  }

  #refresh(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#stale.clear();
    this.#changed.fire(undefined);
  }

  /** Draws the rows that changed, a moment later. */
  #later(uri: vscode.Uri): void {
    if (!this.#rows.get(uri.toString())) return;
    this.#stale.add(uri.toString());
    this.#timer ??= setTimeout(() => void this.#refreshStale(), pause);
  }

  async #refreshStale(): Promise<void> {
    this.#timer = undefined;
    const stale = [...this.#stale].map((key) => vscode.Uri.parse(key));
    this.#stale.clear();
    const workspace = openFolders(this.#context);
    for (const uri of stale) {
      const opened = this.#rows.get(uri.toString())?.documents.length;
      const row = await this.#read(workspace, uri);
      // A row that begins or ends to hold documents has another id, which VS Code only learns from the row above it.
      if ((opened ?? 0) > 1 !== row.documents.length > 1) return this.#refresh();
      this.#changed.fire(row);
    }
  }
}

/** A folder of the workspace has its name; others their path in it. */
function nameFolder(uri: vscode.Uri): string {
  const root = vscode.workspace.workspaceFolders?.find((folder) => folder.uri.toString() === uri.toString());
  return root?.name ?? vscode.workspace.asRelativePath(uri);
}

function countFindings(uri: vscode.Uri): Findings {
  const { DiagnosticSeverity: severities } = vscode;
  const findings = { errors: 0, warnings: 0, advice: 0 };
  for (const { severity } of vscode.languages.getDiagnostics(uri)) {
    if (severity === severities.Error) findings.errors++;
    else if (severity === severities.Warning) findings.warnings++;
    else findings.advice++;
  }
  return findings;
}
