import * as vscode from 'vscode';
import { readDiskFile } from '../../server/disks/readDiskFile.ts';
import { nodeFiles } from '../../server/workspace/nodeFiles.ts';
import type { EditorSettings } from '../../server/workspace/settings.ts';
import { openWorkspace, type Workspace } from '../../server/workspace/workspace.ts';
import { describeLimits } from '../cloud/cloudSource.ts';
import type { Context } from '../context.ts';

/** Opens the window's folders as a workspace, for one command: settings are read anew each time. */
export function openFolders({ source }: Pick<Context, 'source'>): Workspace {
  return openWorkspace({
    files: nodeFiles,
    readDisk: readDiskFile,
    roots: () =>
      (vscode.workspace.workspaceFolders ?? []).flatMap(({ uri }) =>
        uri.scheme === 'file' ? [uri.fsPath] : [],
      ),
    editor: (path) => readEditorSettings(vscode.Uri.file(path)),
    published: () => describeLimits(source),
    byFolder: true,
  });
}

function readEditorSettings(uri: vscode.Uri): EditorSettings {
  const settings = vscode.workspace.getConfiguration('cloudImages', uri);
  return {
    profile: settings.get<EditorSettings['profile'] & string>('profile') ?? null,
    severities: settings.get('severities', {}),
    containers: settings.get('containers', {}),
    manifests: settings.get('manifests', {}),
    trusted: vscode.workspace.isTrusted,
  };
}
