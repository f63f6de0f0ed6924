import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { extension, manifestUri, until } from './support.ts';

describe('rehearsals', () => {
  it('save nothing that the editor does not save before tests', async () => {
    const { rehearsals } = await extension();
    const one = await manifestUri('web.image.yaml');
    const other = vscode.Uri.joinPath(one, '..', 'draft.image.yaml');
    await vscode.workspace.fs.writeFile(other, Buffer.from('name: Draft\n'));
    const set = async (before: false | undefined, auto: 'off' | undefined): Promise<void> => {
      const settings = vscode.workspace.getConfiguration();
      await settings.update('testing.saveBeforeTest', before, vscode.ConfigurationTarget.Workspace);
      await settings.update('files.autoSave', auto, vscode.ConfigurationTarget.Workspace);
    };
    await set(false, 'off');
    const write = async (uri: vscode.Uri): Promise<vscode.TextDocument> => {
      const document = await vscode.workspace.openTextDocument(uri);
      const edit = new vscode.WorkspaceEdit();
      edit.insert(uri, new vscode.Position(document.lineCount, 0), '# more\n');
      assert.ok(await vscode.workspace.applyEdit(edit));
      return document;
    };
    try {
      const unfinished = await write(other);
      const run = await write(one);
      await vscode.window.showTextDocument(run);
      await until('the test', () => rehearsals.items.get(one.toString()));
      await vscode.commands.executeCommand('testing.runCurrentFile');
      assert.ok(run.isDirty && unfinished.isDirty);
    } finally {
      await set(undefined, undefined);
      await vscode.commands.executeCommand('workbench.action.files.revert');
      await vscode.workspace.fs.delete(other);
    }
  });

  it('are of manifests in the open folders alone', async () => {
    const { rehearsals } = await extension();
    const file = join(tmpdir(), `outside-${process.pid}.image.yaml`);
    await writeFile(file, 'name: Outside\n');
    const inside = await manifestUri('web.image-import.yaml');
    try {
      await vscode.window.showTextDocument(vscode.Uri.file(file));
      await vscode.window.showTextDocument(inside);
      await until('the test of a file inside', () => rehearsals.items.get(inside.toString()));
      assert.equal(rehearsals.items.get(vscode.Uri.file(file).toString()), undefined);
    } finally {
      await rm(file);
    }
  });

  it('follow the setting that calls other files manifests', async () => {
    const { rehearsals } = await extension();
    const file = vscode.Uri.joinPath(await manifestUri('web.image.yaml'), '..', 'other.yaml');
    await vscode.workspace.fs.writeFile(file, Buffer.from('name: Other\n'));
    const set = async (manifests: object | undefined): Promise<void> =>
      vscode.workspace
        .getConfiguration('cloudImages')
        .update('manifests', manifests, vscode.ConfigurationTarget.Workspace);
    try {
      await vscode.commands.executeCommand('testing.refreshTests');
      await set({ '**/other.yaml': 'image' });
      await until('its test', () => rehearsals.items.get(file.toString()));
      await set(undefined);
      await until('it to go', () => !rehearsals.items.get(file.toString()));
    } finally {
      await set(undefined);
      await vscode.workspace.fs.delete(file);
    }
  });
});
