import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { kindTitles } from '../../../../server/manifests/kinds.ts';
import { cloudOf, extension, importDisk, manifestUri, ownImageIn, rowThat } from '../support.ts';
import { act, picking, type Ui } from './act.ts';
import { createServer } from './scene.ts';

const yes = async (): Promise<boolean> => true;
const clipboard = (): Thenable<string> => vscode.env.clipboard.readText();

describe('a row copied as a command', () => {
  it('asks the cloud for what the row shows, without a secret', async function () {
    this.timeout(120_000);
    const { api, id } = await ownImageIn();
    const { session, objects } = await cloudOf(api);
    const { id: task } = await importDisk(api, await manifestUri('web.image-import.yaml'));
    await createServer(api, 'copied');
    const loaded = await api.context.servers.loaded();
    assert.ok(loaded.kind === 'ready');
    const live = [...loaded.items.values()].find(({ server }) => server.name === 'copied');
    await objects.putContainer('copied');
    const open = async function* (): AsyncGenerator<Uint8Array, void> {
      yield Buffer.from('{}');
    };
    await objects.putContent('copied', 'a b.json', { size: 2, open });
    const object = {
      kind: 'object',
      container: 'copied',
      name: 'a b.json',
      bytes: 1,
      etag: '',
      modified: '',
    };
    const rows: [unknown, RegExp][] = [
      [await rowThat(api, id, 'to be there', () => true), /^openstack .*--os-region-name DFW image show /],
      [{ kind: 'server', live }, /server show /],
      [{ kind: 'task', task: { id: task } }, /image task show /],
      [object, /object show -- copied 'a b\.json'$/],
    ];
    for (const [row, words] of rows) {
      await act(api, { pick: picking('openstack') }, 'copyAs', row);
      assert.match(await clipboard(), words);
      await act(api, { pick: picking('curl') }, 'copyAs', row);
      const text = await clipboard();
      const [, url = ''] = /'?(http\S+?)'?$/.exec(text) ?? [];
      await session.json(url);
      assert.ok(!/gAAA|password|emulator'/.test(text), text);
      await act(api, { pick: picking('Python') }, 'copyAs', row);
      assert.match(await clipboard(), /openstack\.connect\(region_name="DFW"\)/);
    }
    await act(api, { pick: picking('openstack') }, 'copyAs', { kind: 'container', name: 'copied' });
    assert.match(await clipboard(), /container show -- copied$/);
    const manifest = { kind: 'manifest', uri: await manifestUri('web.image-import.yaml') };
    await act(api, { pick: picking('curl') }, 'copyAs', manifest);
    assert.match(await clipboard(), /-d '\{"type":"import",.*\/tasks$/s);
    const other = { kind: 'manifest', uri: await manifestUri('web.image.yaml') };
    assert.match((await act(api, {}, 'copyAs', other)).said.join(), /Apply this manifest instead/);
    assert.equal((await act(api, {}, 'copyAs', manifest)).outcome, 'cancel');
    assert.match((await act(api, {}, 'copyAs')).said.join(), /Select the row of a thing/);
    await act(api, {}, 'tasks.copyId', { kind: 'task', task: { id: task } });
    assert.equal(await clipboard(), task);
    await act(api, { confirm: yes }, 'servers.delete', { kind: 'server', live });
  });

  it('has a page that explains it', async () => {
    const api = await extension();
    assert.equal((await act(api, {}, 'openHelp')).outcome, 'success');
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });
});

describe('a new manifest', () => {
  for (const title of Object.values(kindTitles))
    it(`opens with the cursor at its first value: ${title}`, async () => {
      const api = await extension();
      const objections: unknown[] = [];
      const ask: Ui['ask'] = async (_, validate) => {
        objections.push(validate('a/b'), validate('fresh'));
        return 'fresh';
      };
      const folder = vscode.Uri.joinPath(await manifestUri('web.image.yaml'), '..');
      const made = await act(api, { pick: picking(title), ask }, 'newManifest', folder);
      assert.equal(made.outcome, 'success', made.said.join());
      assert.match(String(objections[0]), /without a folder/);
      assert.equal(objections[1], undefined);
      const editor = vscode.window.activeTextEditor;
      assert.match(String(editor?.document.uri.path), /\/fresh\.[a-z-]+\.yaml$/);
      const { document, selection } = editor ?? assert.fail();
      assert.ok(document.getText().length > 10);
      assert.ok(selection.active.line > 0 || selection.active.character > 0, 'the cursor is at a value');
      await document.save();
      await vscode.commands.executeCommand('workbench.action.closeAllEditors');
      await vscode.workspace.fs.delete(document.uri);
    });

  it('takes no name that is taken, and says where it cannot be', async () => {
    const api = await extension();
    const file = await manifestUri('web.image.yaml');
    const objections: unknown[] = [];
    const ask: Ui['ask'] = async (_, validate) => void objections.push(validate('Web'));
    const { outcome } = await act(api, { pick: picking('Image'), ask }, 'newManifest', file);
    assert.equal(outcome, 'cancel');
    assert.deepEqual(objections, ['Web.image.yaml already exists.']);
    const nowhere = vscode.Uri.joinPath(file, '..', 'nowhere');
    assert.equal((await act(api, {}, 'newManifest', nowhere)).outcome, 'refusal');
    assert.equal((await act(api, {}, 'newManifest')).outcome, 'cancel');
  });
});
