import * as vscode from 'vscode';
import type { CloudSource } from '../cloud/cloudSource.ts';
import { imageScheme } from '../documents/imageUri.ts';

/** Milliseconds after a page opens before VS Code has registered the steps of a walkthrough that it may show. */
const registration = 1500;

/**
 * Completes the steps of the walkthrough by what happens, however the person brings it about. VS Code forgets what was true
 * before a walkthrough is first shown, so that it is told once more after each page of its own that may be one, by a key
 * (`seen`) that is true for that moment alone: what is true already completes no step.
 */
export function followFirstSteps(source: CloudSource): vscode.Disposable {
  const done = new Set<string>();
  const tell = (key: string, value = true): void =>
    void vscode.commands.executeCommand('setContext', `cloudImages.${key}`, value);
  const complete = (step: string): void => {
    if (done.has(step)) return;
    done.add(step);
    tell(`done.${step}`);
  };
  let shown: NodeJS.Timeout | undefined;
  const tellAgain = (): void => {
    if (source.isSandbox && source.state.kind === 'connected') done.add('emulator');
    for (const step of done) {
      tell(`seen.${step}`);
      tell(`seen.${step}`, false);
    }
  };
  const expectPage = (tabs: readonly vscode.Tab[]): void => {
    if (tabs.every(({ input }) => input !== undefined)) return;
    clearTimeout(shown);
    shown = setTimeout(tellAgain, registration);
  };
  expectPage(vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs));
  const errors = new Map<string, number>();
  const diagnostics = vscode.languages.onDidChangeDiagnostics(({ uris }) => {
    for (const uri of done.has('repair') ? [] : uris) {
      const found = vscode.languages
        .getDiagnostics(uri)
        .filter((one) => one.source === 'cloud-images' && one.severity === vscode.DiagnosticSeverity.Error);
      const key = uri.toString();
      const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === key);
      if (open && open.version > 1 && found.length < (errors.get(key) ?? 0)) complete('repair');
      errors.set(key, found.length);
    }
  });
  void isDemo().then((found) => {
    if (found) complete('demo');
  });
  return vscode.Disposable.from(
    diagnostics,
    { dispose: () => clearTimeout(shown) },
    vscode.window.tabGroups.onDidChangeTabs(({ opened }) => expectPage(opened)),
    vscode.workspace.onDidSaveTextDocument(({ uri }) => {
      if (uri.scheme === imageScheme) complete('edit');
    }),
    source.onDidReport((change) => {
      if (change.kind === 'image' && change.action === 'create') complete('import');
    }),
  );
}

/** The demo workspace is known by its mistakes. */
async function isDemo(): Promise<boolean> {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  if (!folder) return false;
  try {
    const mistakes = vscode.Uri.joinPath(folder.uri, 'manifests', 'mistakes.image-import.yaml');
    await vscode.workspace.fs.stat(mistakes);
    return true;
  } catch {
    return false; // there is no such file
  }
}
