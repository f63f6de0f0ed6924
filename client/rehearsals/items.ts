import * as vscode from 'vscode';
import { kinds } from '../../server/manifests/kinds.ts';
import { projectName } from '../../server/workspace/projectFile.ts';
import type { Context } from '../context.ts';
import { findManifests, patternOf } from '../manifests/manifestFiles.ts';
import { readManifestText } from '../manifests/manifestText.ts';
import { openFolders } from '../manifests/workspace.ts';
import { documentParts, readDocuments } from '../views/manifests/manifestRows.ts';

/** Milliseconds in which changes of a file are taken together. */
const pause = 300;

/** The manifests of the workspace as tests: a file of one document is a test, a file of several has one for each. */
export class RehearsalItems {
  readonly #context: Pick<Context, 'source'>;
  readonly #controller: vscode.TestController;
  readonly #pending = new Map<string, NodeJS.Timeout>();
  #following: vscode.Disposable | undefined;

  constructor(context: Pick<Context, 'source'>, controller: vscode.TestController) {
    this.#context = context;
    this.#controller = controller;
  }

  /** Finds all manifests, and follows the workspace from then on. */
  async discover(): Promise<void> {
    this.#following ??= this.#follow();
    const found = await findManifests(this.#context, kinds);
    const items = await Promise.all(found.map((uri) => this.#read(uri)));
    this.#controller.items.replace(items.flatMap((item) => item ?? []));
  }

  /** Reads one file anew: its item comes, changes or goes. */
  async refresh(uri: vscode.Uri): Promise<void> {
    const item = await this.#read(uri);
    if (item) this.#controller.items.add(item);
    else this.#controller.items.delete(uri.toString());
  }

  dispose(): void {
    for (const timer of this.#pending.values()) clearTimeout(timer);
    this.#following?.dispose();
  }

  #follow(): vscode.Disposable {
    const manifests = vscode.workspace.createFileSystemWatcher(patternOf(kinds));
    const settings = vscode.workspace.createFileSystemWatcher(`**/${projectName}`);
    const all = (): void => this.#later('', () => this.discover());
    const one = (uri: vscode.Uri): void => this.#later(uri.toString(), () => this.refresh(uri));
    return vscode.Disposable.from(
      manifests,
      settings,
      ...[manifests.onDidCreate, manifests.onDidChange, manifests.onDidDelete].map((event) => event(one)),
      ...[settings.onDidCreate, settings.onDidChange, settings.onDidDelete].map((event) => event(all)),
      vscode.workspace.onDidChangeWorkspaceFolders(all),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('cloudImages.manifests')) all();
      }),
      vscode.workspace.onDidChangeTextDocument(({ document: { uri } }) => {
        if (this.#controller.items.get(uri.toString())) one(uri);
      }),
    );
  }

  #later(key: string, work: () => Promise<void>): void {
    clearTimeout(this.#pending.get(key));
    this.#pending.set(
      key,
      setTimeout(() => {
        this.#pending.delete(key);
        void work();
      }, pause),
    );
  }

  /** Undefined where there is no manifest. What is no text, or has no document, is one that cannot be run. */
  async #read(uri: vscode.Uri): Promise<vscode.TestItem | undefined> {
    const hint = await openFolders(this.#context).kindHint(uri.fsPath);
    const text = await readManifestText(uri);
    if (text === undefined) return undefined;
    const documents = readDocuments(text, uri.path, hint);
    const [first] = documents;
    if (!first) return undefined;
    const { items } = this.#controller;
    const isOne = documents.length === 1;
    // The label has it all, since screen readers are given a description in its place.
    const label = [vscode.workspace.asRelativePath(uri), ...(isOne ? documentParts(first) : [])].join(' · ');
    const item = this.#keep(items, uri.toString(), label, uri);
    const lines = text.split('\n').length;
    item.range = new vscode.Range(first.line, 0, lines, 0);
    const children = documents.map((document, at) => {
      const label = documentParts(document).join(' · ');
      const child = this.#keep(item.children, `${uri}#${document.index + 1}`, label, uri);
      child.range = new vscode.Range(document.line, 0, (documents[at + 1]?.line ?? lines + 1) - 1, 0);
      child.sortText = String(document.index).padStart(6, '0');
      return child;
    });
    item.children.replace(isOne ? [] : children);
    return item;
  }

  /** The item that is there keeps its result. */
  #keep(items: vscode.TestItemCollection, id: string, label: string, uri: vscode.Uri): vscode.TestItem {
    const item = items.get(id) ?? this.#controller.createTestItem(id, label, uri);
    item.label = label;
    return item;
  }
}
