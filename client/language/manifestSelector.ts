import { join } from 'node:path';
import * as vscode from 'vscode';
import { decodeText } from '../../server/manifests/encoding.ts';
import { nodeFiles } from '../../server/workspace/nodeFiles.ts';
import { projectName, readMapping } from '../../server/workspace/projectFile.ts';
import { readSettings } from '../../server/workspace/textFile.ts';
import { imageScheme } from '../documents/imageUri.ts';
import { isCheap } from './cheapPatterns.ts';

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
  const others = (await readManifestPatterns()).flatMap(({ baseUri, pattern }) =>
    ['yaml', 'json', 'jsonc'].map((language) => ({
      scheme: 'file',
      language,
      pattern: join(baseUri.fsPath, pattern),
    })),
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
  const watcher = vscode.workspace.createFileSystemWatcher(`**/${projectName}`);
  const subscriptions = [watcher.onDidChange, watcher.onDidCreate, watcher.onDidDelete].map((event) =>
    event(() => void look()),
  );
  const settings = vscode.workspace.onDidChangeConfiguration((event) => {
    if (event.affectsConfiguration('cloudImages.manifests')) void look();
  });
  return vscode.Disposable.from(watcher, settings, ...subscriptions);
}

/** Lists the patterns that the settings and each `.cloud-images.json` map to a kind of manifest. */
export async function readManifestPatterns(): Promise<vscode.RelativePattern[]> {
  return [...(await projectPatterns()), ...settingPatterns()];
}

function settingPatterns(): vscode.RelativePattern[] {
  return (vscode.workspace.workspaceFolders ?? []).flatMap(({ uri }) => {
    const manifests = vscode.workspace
      .getConfiguration('cloudImages', uri)
      .get<Record<string, unknown>>('manifests', {});
    return patternsIn(uri, manifests);
  });
}

async function projectPatterns(): Promise<vscode.RelativePattern[]> {
  const files = await vscode.workspace.findFiles(`**/${projectName}`, '**/node_modules/**');
  const found = await Promise.all(
    files.map(async (file) => {
      const text = await settingsText(file).catch(() => '');
      return patternsIn(vscode.Uri.joinPath(file, '..'), readMapping(text, 'manifests'));
    }),
  );
  return found.flat();
}

async function settingsText(file: vscode.Uri): Promise<string> {
  if (file.scheme === 'file') return (await readSettings(nodeFiles, file.fsPath)) ?? '';
  return decodeText(await vscode.workspace.fs.readFile(file)).text;
}

/** As patterns of whole paths, which the editor takes; without a slash a name is meant in any folder. */
function patternsIn(
  folder: vscode.Uri,
  manifests: Readonly<Record<string, unknown>>,
): vscode.RelativePattern[] {
  return Object.keys(manifests)
    .filter(isCheap)
    .map(
      (pattern) =>
        new vscode.RelativePattern(
          folder,
          pattern.includes('/') ? pattern.replace(/^\.?\//, '') : `**/${pattern}`,
        ),
    );
}
