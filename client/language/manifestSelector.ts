import * as vscode from 'vscode';
import { decodeText } from '../../server/manifests/encoding.ts';
import { projectName, readMapping } from '../../server/workspace/projectFile.ts';
import { maximumSettingsBytes } from '../../server/workspace/textFile.ts';
import { isCheap } from './cheapPatterns.ts';

export interface ManifestFilter {
  readonly scheme: string;
  readonly language: string;
  readonly pattern?: { readonly baseUri: string; readonly pattern: string };
}

/**
 * The documents of the language server: ours by language, in these schemes, and those files of YAML and JSON that the settings
 * call manifests.
 */
export async function manifestSelector(schemes: readonly string[]): Promise<ManifestFilter[]> {
  const ours = schemes.flatMap((scheme) =>
    ['image-manifest', 'image-manifest-json'].map((language) => ({ scheme, language })),
  );
  const others = (await readManifestPatterns()).flatMap(({ baseUri, pattern }) =>
    ['yaml', 'json', 'jsonc'].map((language) => ({
      scheme: baseUri.scheme,
      language,
      pattern: { baseUri: baseUri.toString(), pattern },
    })),
  );
  return [...ours, ...others];
}

/** Calls `changed` when other documents than those in `selector` are manifests by the settings. */
export function followSelector(
  schemes: readonly string[],
  selector: readonly ManifestFilter[],
  changed: () => Promise<void>,
): vscode.Disposable {
  const look = async (): Promise<void> => {
    if (JSON.stringify(await manifestSelector(schemes)) !== JSON.stringify(selector)) await changed();
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
  const { type, size } = await vscode.workspace.fs.stat(file);
  if ((type & vscode.FileType.File) === 0 || size > maximumSettingsBytes) return '';
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
