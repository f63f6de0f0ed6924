import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { answering, extension, manifestUri, until } from './support.ts';

describe('a YAML file of another name', () => {
  it('is a manifest once its kind is chosen, and can be named for it', async () => {
    const api = await extension();
    const folder = vscode.Uri.joinPath(await manifestUri('web.image-import.yaml'), '..');
    const file = vscode.Uri.joinPath(folder, 'plain', 'golden.yaml');
    await vscode.workspace.fs.writeFile(file, Buffer.from('name: golden\ntags: [team blue]\n'));
    await vscode.window.showTextDocument(file);
    const choose = (way: RegExp) =>
      answering(
        api,
        {
          pick: async (items) => items.find(({ label }) => label === 'Image' || way.test(label)),
        },
        () => vscode.commands.executeCommand('cloudImages.chooseKind', file.toString()),
      );
    assert.deepEqual(findings(file), []);
    await choose(/^Take '.*golden\.yaml'/);
    await until('the finding', () => findings(file).includes('tag/url-safe'));
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
      'vscode.executeCodeLensProvider',
      file,
    );
    const kind = lenses.find(({ command }) => command?.command === 'cloudImages.chooseKind');
    assert.match(kind?.command?.title ?? '', /^Image, by '.*golden\.yaml' of \.cloud-images\.json$/);
    assert.equal((await vscode.workspace.openTextDocument(file)).languageId, 'yaml');

    await choose(/^Rename it to golden\.image\.yaml/);
    const renamed = vscode.Uri.joinPath(folder, 'plain', 'golden.image.yaml');
    await until('the finding under the new name', () => findings(renamed).includes('tag/url-safe'));
  });
});

function findings(file: vscode.Uri): unknown[] {
  return vscode.languages
    .getDiagnostics(file)
    .map(({ code }) => (typeof code === 'object' ? code.value : code));
}
