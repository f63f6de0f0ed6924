import * as vscode from 'vscode';
import { readDiskFile } from '../../server/disks/readDiskFile.ts';
import { nodeFiles } from '../../server/workspace/nodeFiles.ts';
import type { EditorSettings, PublishedLimits } from '../../server/workspace/settings.ts';
import { openWorkspace, type Workspace } from '../../server/workspace/workspace.ts';
import { describeLimits } from '../cloud/cloudSource.ts';
import type { Context } from '../context.ts';
import type { EmulatedCloud } from '../emulator/launch.ts';

/** Opens the window's folders as a workspace, for one command: settings are read anew each time. */
export function openFolders({ source }: Pick<Context, 'source'>): Workspace {
  return openPlainFolders(() => describeLimits(source));
}

function openPlainFolders(published: () => PublishedLimits | undefined): Workspace {
  return openWorkspace({
    files: nodeFiles,
    readDisk: readDiskFile,
    roots: () =>
      (vscode.workspace.workspaceFolders ?? []).flatMap(({ uri }) =>
        uri.scheme === 'file' ? [uri.fsPath] : [],
      ),
    editor: (path) => readEditorSettings(vscode.Uri.file(path)),
    published,
    byFolder: true,
  });
}

/** The cloud that the settings and the first folder name, whatever cloud is shown. */
export async function findEmulatedCloud(): Promise<EmulatedCloud> {
  const workspace = openPlainFolders(() => undefined);
  const { profile } = await workspace.project(workspace.fallbackPath());
  const { name, release } = profile;
  return { profile: name, release };
}

function readEditorSettings(uri: vscode.Uri): EditorSettings {
  const settings = vscode.workspace.getConfiguration('cloudImages', uri);
  return {
    profile: settings.get<EditorSettings['profile'] & string>('profile') ?? null,
    release: settings.get<EditorSettings['release'] & string>('release') ?? null,
    severities: settings.get('severities', {}),
    containers: settings.get('containers', {}),
    manifests: settings.get('manifests', {}),
    trusted: vscode.workspace.isTrusted,
  };
}
