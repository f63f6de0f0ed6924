import { join } from 'node:path';
import * as vscode from 'vscode';
import { imageScheme } from './documentUri.ts';

export interface ManifestFilter {
  readonly scheme: string;
  readonly language: string;
  readonly pattern?: string;
}

/** The documents of the language server: ours by language, and those of YAML and JSON that the settings call manifests. */
export async function manifestSelector(): Promise<ManifestFilter[]> {
  const ours = ['file', 'untitled', imageScheme].flatMap((scheme) =>
    ['image-manifest', 'image-manifest-json'].map((language) => ({ scheme, language })),
  );
  const patterns = [...(await projectPatterns()), ...settingPatterns()];
  const others = patterns.flatMap((pattern) =>
    ['yaml', 'json', 'jsonc'].map((language) => ({ scheme: 'file', language, pattern })),
  );
  return [...ours, ...others];
}

/** Calls `changed` when other documents than those in `selector` are manifests by the settings. */
export function followSelector(
  selector: readonly ManifestFilter[],
  changed: () => Promise<void>,
): vscode.Disposable {
  const look = async (): Promise<void> => {
    if (JSON.stringify(await manifestSelector()) !== JSON.stringify(selector)) await changed();
  };
  const watcher = vscode.workspace.createFileSystemWatcher('**/.cloud-images.json');
  const subscriptions = [watcher.onDidChange, watcher.onDidCreate, watcher.onDidDelete].map((event) =>
    event(() => void look()),
  );
  const settings = vscode.workspace.onDidChangeConfiguration((event) => {
    if (event.affectsConfiguration('cloudImages.manifests')) void look();
  });
  return vscode.Disposable.from(watcher, settings, ...subscriptions);
}

function settingPatterns(): string[] {
  return (vscode.workspace.workspaceFolders ?? []).flatMap(({ uri }) => {
    const manifests = vscode.workspace
      .getConfiguration('cloudImages', uri)
      .get<Record<string, unknown>>('manifests', {});
    return patternsIn(uri.fsPath, manifests);
  });
}

async function projectPatterns(): Promise<string[]> {
  const files = await vscode.workspace.findFiles('**/.cloud-images.json', '**/node_modules/**');
  const found = await Promise.all(
    files.map(async (file) => {
      const text = Buffer.from(await vscode.workspace.fs.readFile(file)).toString('utf8');
      return patternsIn(vscode.Uri.joinPath(file, '..').fsPath, manifestsIn(text));
    }),
  );
  return found.flat();
}

/** What is wrong with the file is the language server's to say. */
function manifestsIn(text: string): Readonly<Record<string, unknown>> {
  try {
    const project: { manifests?: Record<string, unknown> } | null = JSON.parse(text);
    return project?.manifests ?? {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

/** As patterns of whole paths, which the editor takes; without a slash a name is meant in any folder. */
function patternsIn(folder: string, manifests: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(manifests).map((pattern) =>
    join(folder, pattern.includes('/') ? pattern.replace(/^\.?\//, '') : `**/${pattern}`),
  );
}
