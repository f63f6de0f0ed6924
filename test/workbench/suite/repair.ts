import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { makeDisk } from '../../tools/disks.ts';
import { answering, extension, manifestUri, until } from './support.ts';
import { act } from './verbs/act.ts';

describe('the disk of an import', () => {
  it('is repaired by a quick fix, which can be undone', async () => {
    const api = await extension();
    const good = await manifestUri('web.image-import.yaml');
    const disk = join(good.fsPath, '..', '..', 'exports', 'repair.vhd');
    makeDisk(disk, 'zero-uuid');
    const before = await readFile(disk);
    const manifest = vscode.Uri.joinPath(good, '..', 'repair.image-import.yaml');
    const body =
      'type: import\ninput:\n  import_from: exports/repair.vhd\n  image_properties:\n    name: X\n';
    await vscode.workspace.fs.writeFile(manifest, Buffer.from(body));
    await vscode.window.showTextDocument(manifest);
    const finding = await until('the finding', () => zeroUuid(manifest));
    const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
      'vscode.executeCodeActionProvider',
      manifest,
      finding.range,
    );
    const repair = actions.find(({ title }) => title === 'Repair the disk…')?.command;
    assert.ok(repair, actions.map(({ title }) => title).join());

    await answering(api, { confirm: async () => false }, () =>
      vscode.commands.executeCommand(repair.command, ...(repair.arguments ?? [])),
    );
    assert.deepEqual(await readFile(disk), before, 'a no changes nothing');

    const told: string[] = [];
    const inform = async (message: string) => {
      told.push(message);
      return 'Undo';
    };
    await answering(api, { confirm: async () => true, inform }, () =>
      vscode.commands.executeCommand(repair.command, ...(repair.arguments ?? [])),
    );
    assert.match(told.join(), /Repaired repair\.vhd: Give the disk an identifier\./);
    await until('the undo', () => !existsSync(`${disk}.undo`));
    assert.deepEqual(await readFile(disk), before);

    await answering(api, { confirm: async () => true, inform: async () => undefined }, () =>
      vscode.commands.executeCommand(repair.command, ...(repair.arguments ?? [])),
    );
    await until('the finding to go', () => !zeroUuid(manifest));
    assert.ok(existsSync(`${disk}.undo`));
  });

  it('is shown in its viewer', async () => {
    const api = await extension();
    const row = { kind: 'manifest', uri: await manifestUri('web.image-import.yaml') };
    const { outcome, said } = await act(api, {}, 'showDisk', row);
    assert.equal(outcome, 'success', said.join());
    const input: unknown = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
    assert.ok(input instanceof vscode.TabInputCustom);
    assert.deepEqual([input.viewType, input.uri.path.split('/').at(-1)], ['cloudImages.disk', 'web.vhd']);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('is shown where it lies in Cloud Files, and a container is none', async () => {
    const api = await extension();
    await api.context.source.connect();
    const object = { kind: 'object', container: 'c', name: 'a/b.vhd', bytes: 1, etag: '', modified: '' };
    assert.equal((await act(api, {}, 'files.showDisk', object)).outcome, 'success');
    const input: unknown = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
    assert.ok(input instanceof vscode.TabInputCustom);
    assert.equal(input.uri.toString(), 'cloud-object://emulator/DFW/c/a/b.vhd?100001');
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    const task = { id: 't', type: 'import', status: 'failure', input: { import_from: 'c/d/e.vhd' } };
    assert.equal((await act(api, {}, 'files.showDisk', { kind: 'task', task })).outcome, 'success');
    const ofTask: unknown = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
    assert.ok(ofTask instanceof vscode.TabInputCustom);
    assert.equal(ofTask.uri.path, '/DFW/c/d/e.vhd');
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    const without = { kind: 'task', task: { ...task, input: {} } };
    assert.match((await act(api, {}, 'files.showDisk', without)).said.join(), /This task has no disk/);
    const { outcome, said } = await act(api, {}, 'files.showDisk', { kind: 'container', name: 'c' });
    assert.equal(outcome, 'refusal');
    assert.match(said.join(), /Select an object/);
  });
});

function zeroUuid(manifest: vscode.Uri): vscode.Diagnostic | undefined {
  return vscode.languages
    .getDiagnostics(manifest)
    .find(({ code }) => (typeof code === 'object' ? code.value : code) === 'import/zero-uuid');
}
