import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { extension, manifestUri, until } from './support.ts';

describe('rehearsals', () => {
  it('save nothing that the editor does not save before tests', async () => {
    const { rehearsals } = await extension();
    const heard = hearRun(rehearsals);
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
      await heard.runCurrentFile();
      assert.ok(run.isDirty && unfinished.isDirty);
    } finally {
      heard.stop();
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

  it('are held to the test beside them, and what is otherwise stands at its place', async () => {
    const { rehearsals } = await extension();
    const folder = vscode.Uri.joinPath(await manifestUri('web.image.yaml'), '..', 'expected');
    const manifest = vscode.Uri.joinPath(folder, 'held.image.yaml');
    const image = 'disk_format: raw\ncontainer_format: bare\n';
    const files = {
      '.cloud-images.json': '{ "profile": "openstack" }',
      'held.image.yaml': `name: met\n${image}size: 5\n---\nname: unmet\n${image}min_disk: -1\n---\nname: taken\n${image}`,
      'held.image-test.yaml': 'expect:\n  - { status: 403 }\n  - { status: 409 }\n  - { status: 403 }\n',
    };
    for (const [name, text] of Object.entries(files))
      await vscode.workspace.fs.writeFile(vscode.Uri.joinPath(folder, name), Buffer.from(text));
    const heard = hearRun(rehearsals);
    // What other tests have left unsaved would ask for a name first.
    const saving = (before: false | undefined) =>
      vscode.workspace
        .getConfiguration()
        .update('testing.saveBeforeTest', before, vscode.ConfigurationTarget.Workspace);
    await saving(false);
    try {
      await vscode.window.showTextDocument(vscode.Uri.joinPath(folder, 'held.image-test.yaml'));
      await vscode.window.showTextDocument(manifest);
      await until('its tests', () => rehearsals.items.get(manifest.toString())?.children.size === 3);
      await heard.runCurrentFile();
      const [met, unmet, taken] = [1, 2, 3].map((document) => heard.results.get(`${manifest}#${document}`));
      assert.equal(met, 'passed');
      assert.ok(unmet instanceof vscode.TestMessage && taken instanceof vscode.TestMessage);
      assert.match(
        String(unmet.message),
        /^expected refused: 409; it was refused: 400 Invalid value '-1' for parameter 'min_disk'/,
      );
      assert.equal(unmet.expectedOutput, 'refused: 409');
      assert.deepEqual(
        [unmet, taken].map(({ location }) => [location?.uri.toString(), location?.range.start.line]),
        [
          [manifest.toString(), 8],
          [manifest.toString(), 10],
        ],
      );
      assert.equal(taken.message, 'expected refused: 403; it was accepted');
      assert.equal(
        rehearsals.items.get(vscode.Uri.joinPath(folder, 'held.image-test.yaml').toString()),
        undefined,
      );
    } finally {
      heard.stop();
      await saving(undefined);
      await vscode.commands.executeCommand('workbench.action.closeAllEditors');
      await vscode.workspace.fs.delete(folder, { recursive: true });
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

/** What the next run of a controller says of its tests, by their ids: `passed`, or the message of a failure. */
function hearRun(controller: vscode.TestController) {
  const create = controller.createTestRun;
  const results = new Map<string, 'passed' | vscode.TestMessage>();
  let hasBegun = false;
  const heard = {
    results,
    /** Runs the tests of the active editor to their end. VS Code hears of tests a moment after they are found. */
    runCurrentFile: async (): Promise<void> => {
      await until('a run', async () => {
        await vscode.commands.executeCommand('testing.runCurrentFile');
        return hasBegun;
      });
    },
    stop: () => {
      controller.createTestRun = create;
    },
  };
  controller.createTestRun = (...parameters) => {
    hasBegun = true;
    const run = create.apply(controller, parameters);
    const also: Partial<vscode.TestRun> = {
      passed: (test, duration) => {
        results.set(test.id, 'passed');
        run.passed(test, duration);
      },
      failed: (test, message, duration) => {
        const [first] = [message].flat();
        if (first) results.set(test.id, first);
        run.failed(test, message, duration);
      },
    };
    return new Proxy(run, {
      get: (of, name) => {
        const found: unknown = Reflect.get(name in also ? also : of, name);
        return typeof found === 'function' ? found.bind(of) : found;
      },
    });
  };
  return heard;
}
