import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { makeImageUri } from '../../../../client/documents/imageUri.ts';
import { cloudOf, extension, importDisk, manifestUri, ownImageIn, rowThat, until } from '../support.ts';
import { act, picking } from './act.ts';
import { createServer } from './scene.ts';

/** The details pages that are open, by their titles. */
const openPages = (): string[] =>
  vscode.window.tabGroups.all
    .flatMap(({ tabs }) => tabs)
    .filter(({ input }) => input instanceof vscode.TabInputWebview)
    .map(({ label }) => label);

const closeAll = (): Thenable<unknown> => vscode.commands.executeCommand('workbench.action.closeAllEditors');

describe('the details page', () => {
  before(closeAll);
  after(closeAll);

  it('of an image opens once, by its row, its key and the palette', async () => {
    const { api, id } = await ownImageIn();
    const row = await rowThat(api, id, 'to be there', () => true);
    const name = String(row.seen.image.get('name'));
    assert.equal((await act(api, {}, 'images.showDetails', row)).outcome, 'success');
    await until('its page', () => openPages().includes(`${name} · Details`));
    assert.equal((await act(api, { pick: picking(id) }, 'images.showDetails')).outcome, 'success');
    assert.equal(openPages().length, 1);
    const { connection } = api.context.source;
    assert.ok(connection);
    const document = makeImageUri(row.seen.image, connection);
    assert.equal((await act(api, {}, 'images.showDetails', document)).outcome, 'success');
    assert.equal(openPages().length, 1);
    const elsewhere = document.with({ path: document.path.replace('/DFW/', '/ORD/') });
    assert.match((await act(api, {}, 'images.showDetails', elsewhere)).said.join(), /This image is in ORD/);
    await vscode.commands.executeCommand('cloudImages.images.focus');
    // On the row of a group, a key asks which image is meant.
    assert.equal((await act(api, {}, 'images.showDetails', { focusedIn: 'images' })).outcome, 'cancel');
  });

  it('of an import becomes that of its image', async () => {
    const { api } = await ownImageIn();
    await closeAll();
    const snapshot = await api.context.tasks.loaded();
    assert.ok(snapshot.kind === 'ready');
    const task = [...snapshot.items.values()].find(
      ({ type, status }) => type === 'import' && status === 'success',
    );
    assert.ok(task);
    const { images } = await cloudOf(api);
    const image = await images.get(String(task.result?.['image_id'])).catch(() => undefined);
    assert.equal((await act(api, {}, 'tasks.showDetails', { kind: 'task', task })).outcome, 'success');
    const title = image ? String(image.get('name')) : String(task.result?.['image_id']);
    await until('the page of the image', () => openPages().includes(`${title} · Details`));
    assert.match((await act(api, {}, 'tasks.showDetails', {})).said.join(), /from the row of a task/);
  });

  it('reads nothing while it is hidden, and what has changed when it comes into sight', async () => {
    const api = await extension();
    const { images, objects } = await cloudOf(api);
    const { result, input } = await importDisk(api, await manifestUri('web.image-import.yaml'));
    const source = String(input?.['import_from']);
    const [container = '', ...path] = source.split('/');
    const looks = (): number =>
      api.context.exchanges
        .entries()
        .filter(({ method, url }) => method === 'HEAD' && url.endsWith(`/${source}`)).length;
    const row = await rowThat(api, String(result?.['image_id']), 'to be there', () => true);
    await closeAll();
    api.context.exchanges.record();
    await act(api, {}, 'images.showDetails', row);
    await until('the object to be looked at', () => looks() > 0);
    await vscode.commands.executeCommand('workbench.action.files.newUntitledFile');
    const before = looks();
    const open = async function* () {
      yield Buffer.from('other content');
    };
    await objects.putContent(container, path.join('/'), { size: 13, open });
    // Reported after it, and read by the tree.
    await images.addTag(String(result?.['image_id']), 'later');
    await rowThat(api, String(result?.['image_id']), 'tagged', ({ seen }) =>
      String(seen.image.get('tags')).includes('later'),
    );
    assert.equal(looks(), before);
    await act(api, {}, 'images.showDetails', row);
    await until('the object to be looked at again', () => looks() > before);
  });

  it('of a server shows its imaging, and refuses one that is gone', async function () {
    this.timeout(120_000);
    const api = await extension();
    await createServer(api, 'imaged');
    const loaded = await api.context.servers.loaded();
    assert.ok(loaded.kind === 'ready');
    const live = [...loaded.items.values()].find(({ server }) => server.name === 'imaged');
    const row = { kind: 'server', live };
    assert.equal((await act(api, {}, 'servers.showImaging', row)).outcome, 'success');
    await until('its page', () => openPages().includes('imaged · Details'));
    const pick = picking(String(live?.server.id));
    assert.equal((await act(api, { pick }, 'servers.showImaging')).outcome, 'success');
    await act(api, { confirm: async () => true }, 'servers.delete', row);
    assert.match((await act(api, {}, 'servers.showImaging', row)).said.join(), /There is no “imaged” in DFW/);
  });
});
