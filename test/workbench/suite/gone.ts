import assert from 'node:assert/strict';
import { rename, rm } from 'node:fs/promises';
import * as vscode from 'vscode';
import { answering, cloudOf, extension, importDisk, manifestUri, ownImageIn, until } from './support.ts';

describe('a file that is gone', () => {
  it('leaves no problem behind, when its tab is closed', async () => {
    await extension();
    for (const goes of [
      (path: string) => rm(path),
      (path: string) => rename(path, path.replace('.image.yaml', '.txt')),
    ]) {
      const uri = await manifestWith('gone.image.yaml', 'name: gone\ntags: [a b]\ncom.rackspace: "1"\n');
      // As a person does: what an extension opens is kept open for minutes.
      await vscode.commands.executeCommand('vscode.open', uri);
      await until('its problems', () => vscode.languages.getDiagnostics(uri).length >= 2);
      await goes(uri.fsPath);
      await closeTab(uri);
      await until('no problems', () => vscode.languages.getDiagnostics(uri).length === 0);
    }
  });

  it('leaves no mark of its last run', async () => {
    const { api, id } = await ownImageIn();
    const uri = await manifestWith('marked.image.yaml', `id: ${id}\ncom.rackspace__1__mine: "1"\n`);
    const marks = (): vscode.Diagnostic[] =>
      vscode.languages.getDiagnostics(uri).filter(({ source }) => source === 'Cloud Images, last run');
    await answering(api, { complain: async () => undefined }, () =>
      vscode.commands.executeCommand('cloudImages.runFile', uri),
    );
    assert.equal(marks().length, 1);
    await rm(uri.fsPath);
    await until('no mark', () => marks().length === 0);
  });
});

describe('the row of an import that has ended', () => {
  it('opens its image, by a click and by its command, and its tooltip holds the whole row', async () => {
    const api = await extension();
    const { id } = await importDisk(api, await manifestUri('web.image-import.yaml'));
    const made = String((await (await cloudOf(api)).tasks.get(id)).result?.['image_id']);
    const row = await until('its row', async () =>
      (await api.tasksView.getChildren()).find(
        (node) => node.kind === 'task' && node.task.id === id && node.image !== undefined,
      ),
    );
    const item = api.tasksView.getTreeItem(row);
    assert.equal(item.contextValue, 'task:imported');
    for (const part of [String(item.label), ...String(item.description).split(' · '), `ID: ${id}`])
      assert.ok(String(item.tooltip).split('\n').includes(part), part);
    const opened = (): boolean =>
      vscode.window.activeTextEditor?.document.getText().includes(`"id": "${made}"`) ?? false;
    const { command = '', arguments: parameters = [] } = item.command ?? {};
    for (const open of [
      () => vscode.commands.executeCommand(command, ...parameters),
      () => vscode.commands.executeCommand('cloudImages.tasks.openImage', row),
    ]) {
      await vscode.commands.executeCommand('workbench.action.closeAllEditors');
      await open();
      await until('its image', opened);
    }
  });
});

describe('a row that cuts off its end', () => {
  it('says all of it in its tooltip, in each view', async () => {
    const { api } = await ownImageIn();
    const [images, files] = [api.imagesView, api.filesView];
    let seen = 0;
    for (const group of await images.getChildren())
      for (const node of await images.getChildren(group)) {
        const { label, description, tooltip } = images.getTreeItem(node);
        assert.ok(tooltip instanceof vscode.MarkdownString);
        const text = tooltip.value.replaceAll('\\', '').replaceAll('&nbsp;', ' ');
        assert.ok(text.includes(String(label)) && text.includes(String(description)), text);
        seen++;
      }
    for (const node of await files.getChildren()) {
      const { label, description, tooltip } = files.getTreeItem(node);
      const lines = String(tooltip).split('\n');
      for (const part of [String(label), ...String(description).split(' · ')])
        assert.ok(lines.includes(part));
      seen++;
    }
    assert.ok(seen > 10);
  });
});

async function closeTab(uri: vscode.Uri): Promise<void> {
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
  const own = tabs.filter(
    ({ input }) => input instanceof vscode.TabInputText && input.uri.fsPath === uri.fsPath,
  );
  await vscode.window.tabGroups.close(own);
}

/** Writes a manifest, and waits until the editor knows of it: a file that goes before is one that never was. */
async function manifestWith(name: string, text: string): Promise<vscode.Uri> {
  const uri = vscode.Uri.joinPath(await manifestUri('web.image-import.yaml'), '..', name);
  const watcher = vscode.workspace.createFileSystemWatcher(`**/${name}`);
  const known = new Promise((resolve) => void watcher.onDidCreate(resolve));
  await vscode.workspace.fs.writeFile(uri, Buffer.from(text));
  await known;
  watcher.dispose();
  return uri;
}
