import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { extension } from '../support.ts';
import { act, picking, type Ui } from './act.ts';

describe('the verb that converts images', () => {
  it('opens them in the form of another tool, and asks before something is left out', async () => {
    const api = await extension();
    const content = 'name: web\ndisk_format: raw\nprotected: true\nx_own: a\n';
    const { uri } = await vscode.workspace.openTextDocument({ language: 'yaml', content });
    const ansible = await act(api, { pick: picking('Ansible') }, 'convertImages', uri);
    assert.deepEqual([ansible.outcome, ansible.asked], ['success', []], ansible.said.join());
    const shown = vscode.window.activeTextEditor?.document.getText() ?? '';
    assert.match(shown, /openstack\.cloud\.image:\n {4}name: web\n/);
    const source = {
      uri: (await vscode.workspace.openTextDocument({ language: 'yaml', content: shown })).uri,
    };
    const back = await act(api, { pick: picking('Image manifest') }, 'convertImages', source);
    assert.equal(back.outcome, 'success', back.said.join());
    assert.match(vscode.window.activeTextEditor?.document.getText() ?? '', /^name: web\n[\s\S]*x_own: a\n/);
    const rest = `${content}source: { url: "https://example.org/w.raw" }\n`;
    const web = await vscode.workspace.openTextDocument({ language: 'yaml', content: rest });
    const asked: string[] = [];
    const confirm: Ui['confirm'] = async (_, detail) => asked.push(detail) > 1;
    const pick = picking('K-ORC');
    assert.equal((await act(api, { pick, confirm }, 'convertImages', web.uri)).outcome, 'cancel');
    assert.match(asked.join(), /K-ORC has nothing for x_own "a"/);
    assert.equal((await act(api, { pick, confirm }, 'convertImages', web.uri)).outcome, 'success');
    assert.match(vscode.window.activeTextEditor?.document.getText() ?? '', /^kind: Image$/m);
    const none = await vscode.workspace.openTextDocument({ language: 'yaml', content: 'name: [' });
    assert.equal((await act(api, { pick }, 'convertImages', none.uri)).outcome, 'refusal');
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });
});
