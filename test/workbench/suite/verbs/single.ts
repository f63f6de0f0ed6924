import assert from 'node:assert/strict';
import { rename, rm, writeFile } from 'node:fs/promises';
import * as vscode from 'vscode';
import { cloudOf, extension, manifestUri, ownImageIn, rowOf, rowThat } from '../support.ts';
import { act, controlOf, picking, type Ui, withFault } from './act.ts';
import { createServer, saveDeadCloud } from './scene.ts';

const yes = async (): Promise<boolean> => true;
const cancelled: Ui['progress'] = (_, work) => {
  const abort = new AbortController();
  abort.abort(new Error('cancelled'));
  return work({ report: () => undefined }, abort.signal);
};
const nowhere = 'file:///nowhere/none.image-import.yaml';

describe('verbs of clouds', () => {
  it('connect, fail to, and sign in again', async () => {
    const api = await extension();
    const dead = await saveDeadCloud(api);
    const failed = await act(api, {}, 'connect', dead);
    assert.match(failed.said.join(), /127\.0\.0\.1/);
    assert.equal((await act(api, {}, 'connect', 'emulator')).outcome, 'success');
    assert.equal((await act(api, {}, 'signIn')).outcome, 'success');
    assert.equal(api.context.source.connection?.cloud.region, 'DFW');
  });

  it('edit and forget a saved cloud, and say so where there is none', async () => {
    const api = await extension();
    await saveDeadCloud(api);
    const step: Ui['step'] = async ({ value = '', prompt }) => ({
      text: prompt.startsWith('Name') ? 'renamed' : value || 'x',
    });
    const edited = await act(api, { pick: picking('dead'), step }, 'editCloud');
    assert.equal(edited.outcome, 'success', edited.said.join());
    assert.deepEqual(
      api.context.clouds.saved.map(({ name }) => name),
      ['renamed'],
    );
    const forget = await act(api, { pick: picking('renamed'), confirm: yes }, 'forgetCloud');
    assert.equal(forget.outcome, 'success');
    assert.deepEqual(api.context.clouds.saved, []);
    for (const verb of ['editCloud', 'forgetCloud'])
      assert.match((await act(api, {}, verb)).said.join(), /No cloud is saved here/);
  });

  it('show another project or region, or say why not', async () => {
    const api = await extension();
    await api.context.source.connect();
    const first: Ui['pick'] = async (items) => items[0];
    assert.equal((await act(api, { pick: first }, 'switchProject')).outcome, 'success');
    await withFault(api, { method: 'POST', path: '*/tokens', status: 403 }, async () => {
      const { outcome, said } = await act(api, { pick: first }, 'switchProject');
      assert.equal(outcome, 'refusal');
      assert.match(said.join(), /cannot be shown/);
    });
    assert.equal((await act(api, { pick: picking('DFW') }, 'chooseRegion')).outcome, 'success');
    await act(api, {}, 'copyAccountNumber');
    assert.equal(await vscode.env.clipboard.readText(), '100001');
  });

  it('show the logs, read the views anew, and start the language server again', async () => {
    const api = await extension();
    for (const verb of ['showLog', 'emulator.showLog', 'images.refresh', 'files.refresh', 'language.restart'])
      assert.equal((await act(api, {}, verb)).outcome, 'success', verb);
  });
});

describe('verbs of manifests', () => {
  it('say that the file of a lens is gone', async () => {
    const api = await extension();
    const verbs = [
      'import',
      'repairDisk',
      'showDisk',
      'plan',
      'apply',
      'export',
      'runFile',
      'compareManifest',
    ];
    for (const verb of verbs) {
      const { outcome, said } = await act(api, {}, verb, nowhere, 0);
      assert.equal(outcome, 'refusal', verb);
      assert.match(said.join(), /none\.image-import\.yaml/, verb);
    }
  });

  it('are left from a lens as from the palette', async () => {
    const api = await extension();
    const uri = await manifestUri('web.image-import.yaml');
    const row = { kind: 'manifest', uri };
    for (const verb of ['apply', 'import']) {
      const { outcome, said } = await act(api, { progress: cancelled }, verb, row);
      assert.equal(outcome, 'cancel', `${verb} ${said.join()}`);
    }
    await act(api, {}, 'compareManifest', row);
    const file = uri.toString();
    for (const verb of ['apply', 'export', 'runFile']) {
      const { outcome, asked, said } = await act(api, {}, verb, file, 0);
      assert.deepEqual([outcome, asked.length], ['cancel', 1], `${verb} ${said.join()}`);
    }
  });

  it('are picked from the palette, and export by their lens', async () => {
    const { api, id, cloud } = await ownImageIn();
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    for (const verb of ['plan', 'compareManifest'])
      assert.equal((await act(api, {}, verb)).outcome, 'cancel', verb);
    await cloud.objects.putContainer('lens');
    const file = vscode.Uri.joinPath(
      await manifestUri('web.image-import.yaml'),
      '..',
      'lens.image-export.yaml',
    );
    const text = `type: export\ninput:\n  image_uuid: ${id}\n  receiving_swift_container: lens\n`;
    await vscode.workspace.fs.writeFile(file, Buffer.from(text));
    const { outcome, said } = await act(api, { confirm: yes }, 'export', file.toString(), 0);
    assert.equal(outcome, 'success', said.join());
    assert.ok(await cloud.objects.headObject('lens', `${id}.vhd`));
    await vscode.workspace.fs.delete(file);
  });

  it('open the page of a rule, and choose the folder of a container', async () => {
    const api = await extension();
    const file = (await manifestUri('web.image-import.yaml')).toString();
    assert.equal((await act(api, {}, 'openRule')).outcome, 'refusal');
    const page = vscode.Uri.file(api.context.rulesPage).with({ fragment: 'imagename' });
    assert.equal((await act(api, {}, 'openRule', page.toString())).outcome, 'success');
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    assert.equal((await act(api, {}, 'chooseFolder', file)).outcome, 'refusal');
    assert.equal((await act(api, {}, 'chooseFolder', file, 'elsewhere')).outcome, 'cancel');
    const [folder] = vscode.workspace.workspaceFolders ?? [];
    assert.ok(folder);
    const chooseFolder = async (): Promise<string> => folder.uri.fsPath;
    const project = vscode.Uri.joinPath(folder.uri, '.cloud-images.json');
    const before = await vscode.workspace.fs.readFile(project).then(undefined, () => undefined);
    assert.equal((await act(api, { chooseFolder }, 'chooseFolder', file, 'elsewhere')).outcome, 'success');
    const after = JSON.parse(Buffer.from(await vscode.workspace.fs.readFile(project)).toString());
    assert.equal(after.containers.elsewhere, '.');
    if (before) await vscode.workspace.fs.writeFile(project, before);
    else await vscode.workspace.fs.delete(project);
  });

  it('say that no manifest is meant, or that nothing is to be repaired', async () => {
    const api = await extension();
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    assert.match((await act(api, {}, 'chooseKind')).said.join(), /Save the manifest as a file first/);
    assert.match((await act(api, {}, 'images.compare')).said.join(), /Open the image/);
    assert.match((await act(api, {}, 'images.resolveConflict')).said.join(), /Open the image/);
    const good = (await manifestUri('web.image-import.yaml')).toString();
    const { said } = await act(api, { confirm: yes }, 'repairDisk', good, 0);
    assert.match(said.join(), /Nothing in web\.vhd can be repaired/);
  });
});

describe('verbs of images, one by one', () => {
  it('open, compare with the cloud, and copy the ids of several', async () => {
    const { api, id, cloud } = await ownImageIn();
    const row = await rowThat(api, id, 'to be there', () => true);
    assert.equal((await act(api, { pick: picking(id) }, 'images.open')).outcome, 'success');
    assert.equal((await act(api, {}, 'images.open', row)).outcome, 'success');
    assert.equal((await act(api, {}, 'images.compare')).outcome, 'success');
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await act(api, { pick: picking(id) }, 'images.copyId');
    assert.equal(await vscode.env.clipboard.readText(), id);
    await act(api, {}, 'images.copyId', row, [row, row]);
    assert.equal(await vscode.env.clipboard.readText(), id, 'one image, though it is two rows');
    const [base] = (await cloud.images.list({ visibility: 'public', limit: '1' }).next()).value ?? [];
    const other = { kind: 'image', seen: { image: base } };
    await act(api, {}, 'images.copyId', row, [row, other]);
    assert.equal(await vscode.env.clipboard.readText(), `${id}\n${String(base?.get('id'))}`);
  });

  it('are protected and unprotected from the palette, and refused what is so already', async () => {
    const { api, id } = await ownImageIn();
    assert.equal((await act(api, { pick: picking(id) }, 'images.protect')).outcome, 'success');
    await rowThat(api, id, 'to be protected', ({ seen: { image } }) => image.get('protected') === true);
    assert.match(
      (await act(api, {}, 'images.protect', await rowOf(api, id))).said.join(),
      /already protected/,
    );
    assert.equal((await act(api, { pick: picking(id) }, 'images.unprotect')).outcome, 'success');
    const row = await rowThat(
      api,
      id,
      'to be free',
      ({ seen: { image } }) => image.get('protected') === false,
    );
    assert.match((await act(api, {}, 'images.unprotect', row)).said.join(), /not protected/);
  });

  it('are accepted by UUID from the group, and copied from a fix that names one', async function () {
    this.timeout(120_000);
    const { api, cloud } = await ownImageIn();
    assert.equal((await act(api, {}, 'images.acceptById', { kind: 'group' })).outcome, 'cancel');
    const [base] =
      (await cloud.images.list({ visibility: 'public', name: 'CentOS 7 (PVHVM)' }).next()).value ?? [];
    const answers = { ask: async () => 'copied', confirm: yes };
    const { outcome, said } = await act(api, answers, 'images.copyOwn', String(base?.get('id')));
    assert.equal(outcome, 'success', said.join());
    const [copy] = (await cloud.images.list({ name: 'copied' }).next()).value ?? [];
    assert.equal(copy?.get('status'), 'active');
  });

  it('are the ones whose rows have the focus, by key', async () => {
    const { api } = await ownImageIn();
    await vscode.commands.executeCommand('cloudImages.images.focus');
    // On the row of a group, a key asks which image is meant.
    for (const verb of ['images.rename', 'images.delete'])
      assert.equal((await act(api, {}, verb, { focusedIn: 'images' })).outcome, 'cancel', verb);
  });
});

describe('verbs of servers and files, one by one', () => {
  it('take an image, rebuild, copy the id and delete, and refuse a server that is gone', async function () {
    this.timeout(120_000);
    const api = await extension();
    await createServer(api, 'alone');
    const loaded = await api.context.servers.loaded();
    assert.ok(loaded.kind === 'ready');
    const live = [...loaded.items.values()].find(({ server }) => server.name === 'alone');
    assert.ok(live);
    const row = { kind: 'server', live };
    const taken = await act(api, { ask: async () => 'of alone', confirm: yes }, 'servers.takeImage', row);
    assert.equal(taken.outcome, 'success', taken.said.join());
    const { servers } = (await api.context.source.connect()).cloud;
    const objections: unknown[] = [];
    const ask: Ui['ask'] = async (_, validate) => {
      objections.push(validate('0'), validate('3'));
      return '3';
    };
    const weekly = await act(api, { pick: picking('Every Friday'), ask }, 'servers.schedule', row);
    assert.equal(weekly.outcome, 'success', weekly.said.join());
    assert.deepEqual(objections, ['Enter a whole number from 1 to 65535.', undefined]);
    assert.deepEqual(await servers.schedule(live.server.id), { retention: 3, day: 'FRIDAY' });
    await act(api, { pick: picking('Not any more') }, 'servers.schedule', row);
    assert.equal(await servers.schedule(live.server.id), undefined);
    const first: Ui['pick'] = async (items) => items.find((item) => 'id' in item);
    const rebuilt = await act(api, { pick: first, confirm: yes }, 'servers.rebuild', row);
    assert.equal(rebuilt.outcome, 'success', rebuilt.said.join());
    await act(api, {}, 'servers.copyId', row, [row, row]);
    assert.equal(await vscode.env.clipboard.readText(), `${live.server.id}\n${live.server.id}`);
    await act(api, {}, 'servers.copyId', row);
    assert.equal(await vscode.env.clipboard.readText(), live.server.id);
    await vscode.commands.executeCommand('cloudImages.servers.focus');
    assert.equal((await act(api, {}, 'servers.delete', { focusedIn: 'servers' })).outcome, 'cancel');
    assert.equal((await act(api, { confirm: yes }, 'servers.delete', row)).outcome, 'success');
    for (const verb of ['takeImage', 'schedule', 'rebuild', 'copyId', 'delete'])
      assert.match(
        (await act(api, {}, `servers.${verb}`, row)).said.join(),
        /There is no “alone” in DFW/,
        verb,
      );
  });

  it('build a server of the image of a row', async () => {
    const { api } = await ownImageIn();
    const [group] = (await api.imagesView.getChildren()).slice(-1);
    const [row] = await api.imagesView.getChildren(group);
    const { outcome, asked } = await act(api, {}, 'servers.create', row);
    assert.equal(outcome, 'cancel');
    assert.match(asked.join(), /^Flavor of the new server/);
  });

  it('copy paths, and refuse what is no object', async () => {
    const api = await extension();
    for (const name of ['path-1', 'path-2']) await (await cloudOf(api)).objects.putContainer(name);
    const rows = await api.filesView.getChildren();
    const names = rows.map((row) => (row.kind === 'container' ? row.name : ''));
    assert.ok(rows.length > 1);
    await act(api, {}, 'files.copyPath', rows[0]);
    assert.equal(await vscode.env.clipboard.readText(), names[0]);
    await act(api, {}, 'files.copyPath', rows[0], rows);
    assert.equal(await vscode.env.clipboard.readText(), names.join('\n'));
    const object = { kind: 'object', container: 'none', name: 'o.vhd', bytes: 1, etag: '', modified: '' };
    assert.equal((await act(api, {}, 'files.importObject', object)).outcome, 'cancel');
    assert.match((await act(api, {}, 'files.importObject')).said.join(), /Select an object/);
    for (const verb of ['files.delete', 'files.download'])
      assert.match((await act(api, {}, verb)).said.join(), /Select (objects|an object) in Cloud Files first/);
    await vscode.commands.executeCommand('cloudImages.files.focus');
    await act(api, {}, 'files.delete', { focusedIn: 'files' });
  });

  it('of tasks copy the message, and refuse what such a task has not', async () => {
    const api = await extension();
    const task = {
      id: 'x',
      type: 'export',
      status: 'failure',
      message: 'words',
      input: {},
      createdAt: '',
      updatedAt: '',
    };
    await act(api, {}, 'tasks.copyMessage', { kind: 'task', task });
    assert.equal(await vscode.env.clipboard.readText(), 'words');
    for (const verb of ['tasks.openImage', 'tasks.showExport'])
      assert.equal((await act(api, {}, verb, { kind: 'task', task })).outcome, 'refusal', verb);
    const other = { kind: 'task', task: { ...task, type: 'other' } };
    assert.match((await act(api, {}, 'tasks.retry', other)).said.join(), /Only an import or an export/);
  });
});

describe('verbs of the emulator', () => {
  it('keep it as it is, go back there, and forget that', async () => {
    const { api, id, cloud } = await ownImageIn();
    const ask: Ui['ask'] = async (_, validate, how) => {
      assert.match(String(validate(' ')), /Enter a name/);
      return how?.value;
    };
    assert.equal((await act(api, { ask }, 'emulator.takeSnapshot')).outcome, 'success');
    const [taken] = await controlOf(api).snapshots();
    assert.equal(taken?.name, 'snapshot 1');
    await cloud.images.addTag(id, 'later');
    await rowThat(api, id, 'tagged', ({ seen }) => String(seen.image.get('tags')).includes('later'));
    const here = { pick: picking('snapshot 1') };
    assert.equal((await act(api, here, 'emulator.restoreSnapshot')).outcome, 'cancel');
    const back = await act(api, { ...here, confirm: yes }, 'emulator.restoreSnapshot');
    assert.equal(back.outcome, 'success', back.said.join());
    await rowThat(api, id, 'as it was', ({ seen }) => !String(seen.image.get('tags')).includes('later'));
    await act(api, { ...here, confirm: yes }, 'emulator.deleteSnapshot');
    assert.deepEqual(await controlOf(api).snapshots(), []);
    for (const verb of ['restoreSnapshot', 'deleteSnapshot'])
      assert.match((await act(api, {}, `emulator.${verb}`)).said.join(), /There is no snapshot yet/);
  });

  it('move its clock, and let it stand still', async () => {
    const api = await extension();
    const control = controlOf(api);
    const { ahead, speed } = await control.clock();
    await act(api, { pick: picking('1 hour') }, 'emulator.advanceClock');
    assert.ok((await control.clock()).ahead >= ahead + 3_600_000);
    const asked: unknown[] = [];
    const ask: Ui['ask'] = async (_, validate) => {
      asked.push(validate('soon'), validate('48h'));
      return '48h';
    };
    await act(api, { pick: picking('Another time…'), ask }, 'emulator.advanceClock');
    assert.ok((await control.clock()).ahead >= ahead + 49 * 3_600_000);
    assert.match(String(asked[0]), /Enter a number and its unit/);
    assert.equal(asked[1], undefined);
    await act(api, { pick: picking('Stand still') }, 'emulator.setClockPace');
    assert.equal((await control.clock()).paused, true);
    await act(api, { pick: picking('As fast as possible') }, 'emulator.setClockPace');
    const { paused, speed: fast } = await control.clock();
    assert.deepEqual([paused, fast], [false, 1e9]);
    await control.setClock({ speed });
  });

  it('make requests fail as told, list what is to come, and take it back', async () => {
    const { api, id } = await ownImageIn();
    const control = controlOf(api);
    const form: Readonly<Record<string, string>> = {
      'Which requests?': '*/image/*/images*',
      'Of which method?': 'PATCH',
      'What shall happen?': 'status',
      'Which HTTP status, from 400 to 599?': '507',
      'How many requests shall meet it?': '2',
    };
    const step: Ui['step'] = async ({ prompt, validate, choices }) => {
      const text = form[prompt] ?? assert.fail(prompt);
      assert.ok(!choices || choices.some(({ value }) => value === text), prompt);
      if (!choices) assert.match(String(validate('none')), /Enter a /);
      return { text };
    };
    const added = await act(api, { pick: picking('$(add) Add a fault…'), step }, 'emulator.faults');
    assert.equal(added.outcome, 'success', added.said.join());
    assert.match((await act(api, { pick: picking(id) }, 'images.protect')).said.join(), /HTTP 507/);
    const remove = { pick: picking('$(trash) PATCH */image/*/images*: HTTP 507 · the next 1') };
    assert.equal((await act(api, remove, 'emulator.faults')).outcome, 'success');
    assert.deepEqual(await control.faults(), []);
  });

  it('reset it, and say so where it does not run or start', async function () {
    this.timeout(120_000);
    const api = await extension();
    const { emulator, source } = api.context;
    assert.ok(controlOf(api));
    const reset = await act(api, { pick: picking('Reset to the demo data') }, 'emulator.reset');
    assert.equal(reset.outcome, 'success', reset.said.join());
    await act(api, {}, 'emulator.stop');
    assert.match((await act(api, {}, 'emulator.reset')).said.join(), /does not run/);
    const { data } = emulator;
    await rename(data, `${data}.kept`);
    try {
      await writeFile(data, 'in the way');
      for (const verb of ['start', 'startOnFreePort', 'restart'])
        assert.equal((await act(api, {}, `emulator.${verb}`)).outcome, 'refusal', verb);
    } finally {
      await rm(data);
      await rename(`${data}.kept`, data);
    }
    for (const verb of ['start', 'restart', 'startOnFreePort'])
      assert.equal((await act(api, {}, `emulator.${verb}`)).outcome, 'success', verb);
    await source.connect();
  });
});
