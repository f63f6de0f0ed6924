import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import * as vscode from 'vscode';
import { makeImageUri } from '../../../client/documents/imageUri.ts';
import type { Api } from '../../../client/extension.ts';
import type { Image } from '../../../server/cloud/services/images.ts';
import type { Json } from '../../../server/rules/json.ts';
import { answering, asUser, cloudOf, extension, ownImage, until } from './support.ts';

describe('an image as a document', () => {
  it('is the JSON of the API', async () => {
    const { document, image } = await openOwn(await extension());
    const shown: Record<string, Json> = JSON.parse(document.getText());
    assert.deepEqual(shown, Object.fromEntries(image));
    assert.equal(document.languageId, 'image-manifest-json');
  });

  it('is patched by saving', async () => {
    const api = await extension();
    const { document, id } = await openOwn(api);
    const name = `org.example.saved${Date.now()}`;
    await setProperty(document, name, 'yes');
    assert.equal(await document.save(), true);
    const { images } = await cloudOf(api);
    assert.equal((await images.get(id)).get(name), 'yes');
    await until('the new revision in the editor', () => {
      const shown: Record<string, Json> = JSON.parse(document.getText());
      return !document.isDirty && shown[name] === 'yes';
    });
  });

  it('saves tags for a user who may tag but not patch', async () => {
    const api = await extension();
    await ownImage(api);
    await asUser(api, 'observer', async ({ images }) => {
      const { document, id } = await openOwn(api);
      await setProperty(document, 'tags', ['seen', 'kept']);
      assert.equal(await document.save(), true);
      assert.deepEqual(new Set(asList((await images.get(id)).get('tags'))), new Set(['seen', 'kept']));
      await setProperty(document, 'org.example.more', 'yes');
      assert.equal(await document.save(), false, 'but no property');
      await revert(document);
    });
  });

  it('keeps a refused edit, and marks the property with the words of the cloud', async () => {
    const api = await extension();
    const { document, id } = await openOwn(api);
    await setProperty(document, 'com.rackspace__1__mine', '1');
    assert.equal(await document.save(), false);
    assert.equal(document.isDirty, true);
    const { images } = await cloudOf(api);
    assert.equal((await images.get(id)).has('com.rackspace__1__mine'), false);
    const errors = (): vscode.Diagnostic[] =>
      vscode.languages
        .getDiagnostics(document.uri)
        .filter(({ severity }) => severity === vscode.DiagnosticSeverity.Error);
    const refusal = await until('the diagnostic', () =>
      errors().find(({ message }) => message.includes('The cloud answers 403')),
    );
    assert.equal(document.getText(refusal.range), '"com.rackspace__1__mine"');
    assert.equal(errors().length, 1, 'what the editor marks already is not marked again');
    await revert(document);
    await until('the mark to go with the edit', () => errors().length === 0);
  });

  it('merges a change in the cloud that VS Code does not see, since the length is the same', async () => {
    const api = await extension();
    const { images } = await cloudOf(api);
    await images.patch(String((await ownImage(api)).get('id')), [
      { op: 'add', path: '/org.example.there', value: 'before' },
      { op: 'add', path: '/org.example.here', value: 'before' },
    ]);
    const { document, id } = await openOwn(api);
    await setProperty(document, 'org.example.here', 'edited');
    await images.patch(id, [{ op: 'replace', path: '/org.example.there', value: 'theirs' }]);
    assert.equal(await document.save(), true);
    const merged = await images.get(id);
    assert.deepEqual([merged.get('org.example.here'), merged.get('org.example.there')], ['edited', 'theirs']);
    await until('the merged text', () => !document.isDirty && document.getText().includes('"theirs"'));
  });

  it('takes theirs for what conflicts, and saves the rest', async () => {
    const api = await extension();
    const { images } = await cloudOf(api);
    const { document, id } = await openOwn(api);
    const actions: string[][] = [];
    const complain = (_: string, ...offered: string[]): Promise<undefined> => {
      actions.push(offered);
      return new Promise(() => undefined); // nobody answers
    };
    await answering(api, { complain }, async () => {
      await setProperty(document, 'org.example.here', 'mine-again');
      await setProperty(document, 'org.example.own', 'kept');
      // Another length in another second, where VS Code's own guard would have said no.
      const since = Date.parse(String((await images.get(id)).get('updated_at')));
      await until('the next second', () => Date.now() > since + 1000);
      await images.patch(id, [{ op: 'replace', path: '/org.example.here', value: 'theirs-again' }]);
      assert.equal(await document.save(), false);
      assert.equal(await document.save(), false);
      assert.deepEqual(actions, [['Merge…', 'Take Theirs', 'Keep Mine']], 'asks once');
      const marks = vscode.languages
        .getDiagnostics(document.uri)
        .filter(({ code }) => code === 'save/conflict');
      assert.deepEqual(
        marks.map(({ range }) => document.getText(range)),
        ['"org.example.here"'],
      );
      const fixes = await vscode.commands.executeCommand<vscode.CodeAction[]>(
        'vscode.executeCodeActionProvider',
        document.uri,
        marks[0]?.range,
      );
      const fix = fixes.find(({ title }) => title === 'Take Theirs');
      assert.ok(fix?.command, fixes.map(({ title }) => title).join());
      await vscode.commands.executeCommand(fix.command.command, ...(fix.command.arguments ?? []));
    });
    const saved = await images.get(id);
    assert.deepEqual([saved.get('org.example.here'), saved.get('org.example.own')], ['theirs-again', 'kept']);
    await until('the saved text', () => !document.isDirty);
  });

  it('saves a merge when the person does, not when the merge editor opens', async () => {
    const api = await extension();
    const { images } = await cloudOf(api);
    const { document, id } = await openOwn(api);
    const noAnswer = (): Promise<undefined> => new Promise(() => undefined);
    await answering(api, { complain: noAnswer }, async () => {
      await setProperty(document, 'org.example.here', 'mine-merged');
      await images.patch(id, [{ op: 'replace', path: '/org.example.here', value: 'theirs-merged' }]);
      assert.equal(await document.save(), false);
      const conflicts = (): boolean =>
        vscode.languages.getDiagnostics(document.uri).some(({ code }) => code === 'save/conflict');
      const opening = new Promise<void>((resolve) => {
        const listening = vscode.workspace.onWillSaveTextDocument((saving) => {
          if (saving.document !== document) return;
          listening.dispose();
          resolve();
        });
      });
      await vscode.commands.executeCommand('cloudImages.images.resolveConflict', document.uri, 'merge');
      await opening;
      await until('the refusal', conflicts);
      assert.equal((await images.get(id)).get('org.example.here'), 'theirs-merged');
      await until('the person to save it', async () => document.save()); // the other save may be under way
      assert.equal((await images.get(id)).get('org.example.here'), 'mine-merged');
    });
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('compares instead of merging where the editor has no merge editor, and the next save is the merge', async () => {
    const api = await extension();
    const { images } = await cloudOf(api);
    const { document, id } = await openOwn(api);
    const { executeCommand } = vscode.commands;
    const commands = vscode.commands as { executeCommand: (name: string, ...more: unknown[]) => unknown };
    commands.executeCommand = async (name, ...more) => {
      if (name === '_open.mergeEditor') throw new Error(`command '${name}' not found`);
      return executeCommand(name, ...more);
    };
    try {
      await answering(api, { complain: () => new Promise(() => undefined) }, async () => {
        await setProperty(document, 'org.example.here', 'mine-compared');
        await images.patch(id, [{ op: 'replace', path: '/org.example.here', value: 'theirs-compared' }]);
        assert.equal(await document.save(), false);
        await vscode.commands.executeCommand('cloudImages.images.resolveConflict', document.uri, 'merge');
        const { input } = vscode.window.tabGroups.activeTabGroup.activeTab ?? {};
        assert.ok(input instanceof vscode.TabInputTextDiff);
        assert.equal(input.modified.toString(), document.uri.toString());
        assert.match((await vscode.workspace.openTextDocument(input.original)).getText(), /theirs-compared/);
        assert.equal((await images.get(id)).get('org.example.here'), 'theirs-compared');
        assert.equal(await document.save(), true);
        assert.equal((await images.get(id)).get('org.example.here'), 'mine-compared');
      });
    } finally {
      commands.executeCommand = executeCommand;
      await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    }
  });

  it('opens as YAML where the settings say so, and is saved and refused alike', async () => {
    const api = await extension();
    const { images } = await cloudOf(api);
    const settings = vscode.workspace.getConfiguration('cloudImages');
    await settings.update('images.documentFormat', 'yaml', vscode.ConfigurationTarget.Global);
    try {
      const image = await ownImage(api);
      const id = String(image.get('id'));
      const document = await vscode.workspace.openTextDocument(
        makeImageUri(image, await api.context.source.connect()),
      );
      await vscode.window.showTextDocument(document);
      assert.equal(document.languageId, 'image-manifest');
      await until('the live text', () => document.getText().includes(`\nid: `));
      const add = async (line: string): Promise<void> => {
        const edit = new vscode.WorkspaceEdit();
        edit.insert(document.uri, new vscode.Position(1, 0), `${line}\n`);
        await vscode.workspace.applyEdit(edit);
        await until('the editor to be dirty', () => document.isDirty);
      };
      await add('org.example.yaml: "on" # ours');
      assert.equal(await document.save(), true);
      assert.equal((await images.get(id)).get('org.example.yaml'), 'on');
      await until('the saved text', () => !document.isDirty);
      await add('com.rackspace__1__mine: "1"');
      assert.equal(await document.save(), false);
      const marked = await until('the mark', () =>
        vscode.languages
          .getDiagnostics(document.uri)
          .find(({ severity }) => severity === vscode.DiagnosticSeverity.Error),
      );
      assert.match(document.getText(marked.range), /com\.rackspace__1__mine/);
      assert.equal(
        vscode.languages.getDiagnostics(document.uri).filter(({ severity }) => severity === 0).length,
        1,
        'only what was changed is marked',
      );
      await revert(document);
    } finally {
      await settings.update('images.documentFormat', undefined, vscode.ConfigurationTarget.Global);
    }
  });

  it('refuses what changed on both sides, and overwrites it after a comparison', async () => {
    const api = await extension();
    const { images } = await cloudOf(api);
    const { document, id, image } = await openOwn(api);
    const complaints: string[] = [];
    let answer: string | undefined;
    const complain = async (message: string): Promise<string | undefined> => {
      complaints.push(message);
      return answer;
    };
    await answering(api, { complain }, async () => {
      await setProperty(document, 'org.example.here', 'mine!!');
      // A second later, since times of the API count in seconds, and another property besides.
      await until('the next second', () => Date.now() > Date.parse(String(image.get('updated_at'))) + 1000);
      await images.patch(id, [
        { op: 'replace', path: '/org.example.here', value: 'theirs' },
        { op: 'replace', path: '/org.example.there', value: 'others' },
      ]);
      assert.equal(await document.save(), false);
      assert.equal((await images.get(id)).get('org.example.here'), 'theirs');
      assert.match(complaints.join(), /org\.example\.here/);
      assert.equal(document.isDirty, true);
      answer = 'Keep Mine';
      await until('my value in the cloud', async () => {
        await document.save();
        return (await images.get(id)).get('org.example.here') === 'mine!!';
      });
      assert.equal((await images.get(id)).get('org.example.there'), 'others');
    });
  });
});

async function openOwn(api: Api): Promise<{ document: vscode.TextDocument; image: Image; id: string }> {
  const cloud = await cloudOf(api);
  const image = await ownImage(api);
  const uri = makeImageUri(image, { cloudId: 'emulator', cloud });
  const document = await vscode.workspace.openTextDocument(uri);
  await vscode.window.showTextDocument(document);
  await until('the latest revision in the editor', () => {
    const shown: Record<string, Json> = JSON.parse(document.getText());
    return isDeepStrictEqual(shown, Object.fromEntries(image));
  });
  return { document, image, id: String(image.get('id')) };
}

async function setProperty(document: vscode.TextDocument, name: string, value: Json): Promise<void> {
  const image: Record<string, Json> = JSON.parse(document.getText());
  const edit = new vscode.WorkspaceEdit();
  const all = new vscode.Range(0, 0, document.lineCount, 0);
  edit.replace(document.uri, all, `${JSON.stringify({ ...image, [name]: value }, null, 2)}\n`);
  await vscode.workspace.applyEdit(edit);
  await until('the editor to be dirty', () => document.isDirty);
}

function asList(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}

async function revert(document: vscode.TextDocument): Promise<void> {
  await vscode.window.showTextDocument(document);
  await vscode.commands.executeCommand('workbench.action.files.revert');
  await until('the revert', () => !document.isDirty);
}
