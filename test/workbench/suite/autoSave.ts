import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { makeImageUri } from '../../../client/documents/imageUri.ts';
import { answering, cloudOf, extension, ownImage, until } from './support.ts';

/** Documents of the same window, which the editor saves by itself a moment after each edit. */
describe('an image while the editor saves by itself', () => {
  const files = (): vscode.WorkspaceConfiguration => vscode.workspace.getConfiguration('files');
  const images = (): vscode.WorkspaceConfiguration => vscode.workspace.getConfiguration('cloudImages.images');
  const everywhere = vscode.ConfigurationTarget.Global;

  before(async () => {
    // Image documents in JSON are not saved so: half of an edit is no JSON.
    await images().update('documentFormat', 'yaml', everywhere);
    await files().update('autoSaveDelay', 100, everywhere);
    await files().update('autoSave', 'afterDelay', everywhere);
  });

  after(async () => {
    await images().update('documentFormat', undefined, everywhere);
    for (const name of ['autoSave', 'autoSaveDelay']) await files().update(name, undefined, everywhere);
  });

  it('is saved, and tries a refused edit once, a conflict once, and loses neither', async () => {
    const api = await extension();
    const cloud = await cloudOf(api);
    const image = await ownImage(api);
    const id = String(image.get('id'));
    const document = await vscode.workspace.openTextDocument(
      makeImageUri(image, { cloudId: 'emulator', cloud }),
    );
    await vscode.window.showTextDocument(document);
    await until('the live text', () => document.getText().includes('\nid: '));
    const beside = await vscode.workspace.openTextDocument(await besideFile());
    let tries = 0;
    const counting = vscode.workspace.onWillSaveTextDocument((saving) => {
      if (saving.document === document) tries++;
    });
    /** A text that is just read anew takes no edit. */
    const insert = (of: vscode.TextDocument, line: string): Promise<boolean> =>
      until(`the edit ${line}`, async () => {
        const edit = new vscode.WorkspaceEdit();
        edit.insert(of.uri, new vscode.Position(1, 0), `${line}\n`);
        return vscode.workspace.applyEdit(edit);
      });
    /** Lets the editor's delay pass, since it saves another file after it. */
    const passDelay = async (): Promise<void> => {
      for (const line of ['one', 'two', 'three']) {
        await insert(beside, line);
        await until('the other file to be saved', () => !beside.isDirty);
      }
    };
    const complaints: string[] = [];
    const complain = async (message: string): Promise<undefined> => void complaints.push(message);
    try {
      await answering(api, { complain }, async () => {
        await insert(document, 'org.example.auto: "yes"');
        await until(
          'the property',
          async () => (await cloud.images.get(id)).get('org.example.auto') === 'yes',
        );
        await until('the saved text', () => !document.isDirty);
        tries = 0;
        await insert(document, 'com.rackspace__1__mine: "1"');
        await until('the try', () => tries > 0);
        await passDelay();
        assert.deepEqual([tries, document.isDirty], [1, true]);
        await revert(document);

        await cloud.images.patch(id, [{ op: 'add', path: '/org.example.both', value: 'theirs' }]);
        tries = 0;
        await insert(document, 'org.example.both: mine');
        await until('the complaint', () => complaints.length > 0);
        await passDelay();
        assert.deepEqual([tries, document.isDirty], [1, true]);
        assert.deepEqual(complaints.length, 1, complaints.join('\n'));
        assert.equal((await cloud.images.get(id)).get('org.example.both'), 'theirs');
        assert.match(document.getText(), /org\.example\.both: mine/);
      });
    } finally {
      counting.dispose();
      await revert(document);
      await vscode.commands.executeCommand('workbench.action.closeAllEditors');
      await vscode.workspace.fs.delete(beside.uri);
    }
  });
});

async function besideFile(): Promise<vscode.Uri> {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  assert.ok(folder);
  const uri = vscode.Uri.joinPath(folder.uri, 'beside.txt');
  await vscode.workspace.fs.writeFile(uri, Buffer.from('first\nlast\n'));
  return uri;
}

async function revert(document: vscode.TextDocument): Promise<void> {
  await vscode.window.showTextDocument(document);
  await vscode.commands.executeCommand('workbench.action.files.revert');
  await until('the revert', () => !document.isDirty);
}
