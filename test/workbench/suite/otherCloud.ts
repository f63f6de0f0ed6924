import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { makeImageUri } from '../../../client/documents/imageUri.ts';
import { answering, cloudOf, extension, ownImage, until } from './support.ts';

describe('an open image while another cloud is shown', () => {
  it('keeps its text, says where it belongs when it is saved, and is saved there again', async () => {
    const api = await extension();
    const cloud = await cloudOf(api);
    const image = await ownImage(api);
    const id = String(image.get('id'));
    const uri = makeImageUri(image, { cloudId: 'emulator', cloud });
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document);
    const [folder] = vscode.workspace.workspaceFolders ?? [];
    assert.ok(folder);
    const file = vscode.Uri.joinPath(folder.uri, 'clouds.yaml');
    const { url } = await api.context.emulator.start();
    const auth = { auth_url: `${url}/identity/v3`, username: 'partner', password: 'emulator' };
    await vscode.workspace.fs.writeFile(file, Buffer.from(JSON.stringify({ clouds: { other: { auth } } })));
    const complaints: string[] = [];
    const { promise: answer, resolve: say } = Promise.withResolvers<string>();
    const complain = async (message: string): Promise<string> => {
      complaints.push(message);
      return answer;
    };
    try {
      await answering(api, { complain }, async () => {
        await vscode.commands.executeCommand('cloudImages.connect', 'entry/other');
        assert.equal(api.context.source.connection?.cloud.session.user.name, 'partner');
        const before = document.getText();
        const edit = new vscode.WorkspaceEdit();
        edit.insert(uri, document.positionAt(1), '\n  "org.example.elsewhere": "kept",');
        await vscode.workspace.applyEdit(edit);
        await until('the editor to be dirty', () => document.isDirty);
        assert.equal(await document.save(), false);
        assert.equal(complaints.length, 1);
        assert.match(complaints.join(), /^This image belongs to Emulator, and other is shown\./);
        assert.notEqual(document.getText(), before);
        say('Connect to Emulator');
        await until('the emulator to be shown', () => api.context.source.connection?.cloudId === 'emulator');
        await until('the save', async () => document.save());
        assert.equal((await cloud.images.get(id)).get('org.example.elsewhere'), 'kept');
        // Without a cloud in its address, as it was written before, it is one of the shown cloud.
        const old = await vscode.workspace.openTextDocument(uri.with({ authority: '' }));
        assert.equal(JSON.parse(old.getText()).id, id);
      });
    } finally {
      await vscode.workspace.fs.delete(file);
      await vscode.commands.executeCommand('cloudImages.connect', 'emulator');
      await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    }
  });
});
