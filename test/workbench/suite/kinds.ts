import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { answering, extension, manifestUri, ownImageIn, rowThat, runVerb, until } from './support.ts';

describe('a YAML file of another name', () => {
  it('is a manifest once its kind is chosen, and can be renamed to match', async () => {
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
    await choose(/^Map '.*golden\.yaml'/);
    await until('the finding', () => findings(file).includes('tag/url-safe'));
    const kind = await until('the lens', async () => {
      const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
        'vscode.executeCodeLensProvider',
        file,
      );
      return lenses.find(({ command }) => command?.command === 'cloudImages.chooseKind');
    });
    assert.match(kind.command?.title ?? '', /^Image, by '.*golden\.yaml' of \.cloud-images\.json$/);
    assert.equal((await vscode.workspace.openTextDocument(file)).languageId, 'yaml');

    await choose(/^Rename it to golden\.image\.yaml/);
    const renamed = vscode.Uri.joinPath(folder, 'plain', 'golden.image.yaml');
    await until('the finding under the new name', () => findings(renamed).includes('tag/url-safe'));
  });

  it('is run as the kind that .cloud-images.json sets, whatever its shape, and can be picked', async () => {
    const { api, id } = await ownImageIn();
    const folder = vscode.Uri.joinPath(await manifestUri('web.image-import.yaml'), '..');
    const file = vscode.Uri.joinPath(folder, 'told', 'front.yaml');
    await vscode.workspace.fs.writeFile(file, Buffer.from(`id: ${id}\ninput: front\n`));
    const plan = (): Thenable<string | undefined> =>
      vscode.commands.executeCommand('cloudImages.plan', file.toString(), 0);
    assert.match((await plan()) ?? '', /import as a new image/); // by its shape
    const project = vscode.Uri.joinPath(folder, 'told', '.cloud-images.json');
    await vscode.workspace.fs.writeFile(project, Buffer.from('{ "manifests": { "./*.yaml": "image" } }'));
    assert.match((await plan()) ?? '', /^ {2}\+ input: "front"$/m);
    const row = await rowThat(api, id, 'of the image', () => true);
    const text = await answering(
      api,
      { pick: async (items) => items.find(({ label }) => label === 'front.yaml') },
      () => runVerb('planManifest', row),
    );
    assert.match(String(text), /^ {2}\+ input: "front"$/m);
  });
});

function findings(file: vscode.Uri): unknown[] {
  return vscode.languages
    .getDiagnostics(file)
    .map(({ code }) => (typeof code === 'object' ? code.value : code));
}
