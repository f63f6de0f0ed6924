import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { Api } from '../../../client/extension.ts';
import type { Outcome } from '../../../server/cloud/run/execute.ts';
import { listNewestTasks } from '../../../server/cloud/run/waiting.ts';
import type { Task } from '../../../server/cloud/services/tasks.ts';
import {
  answering,
  cloudOf,
  extension,
  importDisk,
  manifestUri,
  ownImageIn,
  rowThat,
  runVerb,
  until,
} from './support.ts';
import { stoppedAt } from './verbs/act.ts';

type Ui = Api['context']['ui'];
const yes = async (): Promise<boolean> => true;
const silent = async (): Promise<undefined> => undefined;
const first: Ui['pick'] = async (items) => items[0];
const called =
  (label: string): Ui['pick'] =>
  async (items) =>
    items.find((item) => item.label === label);

describe('manifests that are run', () => {
  before(() => {
    process.env['HOME'] = mkdtempSync(join(tmpdir(), 'cloud-images-home-')); // what outlives a run is kept there
  });

  it('are planned in a document first, and nothing is sent', async () => {
    const { api, cloud, id } = await ownImageIn();
    const uri = await manifestWith('planned.image.yaml', `id: ${id}\norg.example.plan: "1"\n`);
    const text = await answering(api, {}, () =>
      vscode.commands.executeCommand<string>('cloudImages.plan', uri.toString(), 0),
    );
    assert.match(text, /^ {2}\+ org\.example\.plan: "1"$/m);
    const shown = await until('the plan', () =>
      vscode.workspace.textDocuments.find(
        ({ uri: { scheme, path } }) => scheme === 'cloud-image-plan' && path.includes('planned.image'),
      ),
    );
    assert.match(shown.getText(), /^\+ org\.example\.plan: "1"$/m);
    assert.equal(shown.languageId, 'diff');
    assert.equal((await cloud.images.get(id)).has('org.example.plan'), false);
  });

  it('are applied after a yes, and undone from the notification and by the command', async () => {
    const { api, cloud, id } = await ownImageIn();
    const value = async (): Promise<unknown> => (await cloud.images.get(id)).get('org.example.run');
    const uri = await manifestWith('applied.image.yaml', `id: ${id}\norg.example.run: one\n`);
    const apply = (answers: Partial<Ui>): Promise<unknown> =>
      answering(api, answers, () => vscode.commands.executeCommand('cloudImages.apply', uri.toString(), 0));
    await apply({ confirm: async () => false });
    assert.equal(await value(), undefined);
    await apply({
      confirm: yes,
      inform: async (_, ...actions) => actions.find((action) => action === 'Undo'),
    });
    await until('the undo', async () => (await value()) === undefined);
    await apply({ confirm: yes, inform: silent });
    assert.equal(await value(), 'one');
    await answering(api, { confirm: yes, inform: silent }, () =>
      vscode.commands.executeCommand('cloudImages.undoLastApply'),
    );
    assert.equal(await value(), undefined);
  });

  it('are applied to the image of a row', async () => {
    const { api, cloud, id } = await ownImageIn();
    await manifestWith('onto.image.yaml', 'org.example.onto: here\n');
    const row = await rowThat(api, id, 'that offers it', () => true);
    await answering(api, { confirm: yes, inform: silent, pick: called('onto.image.yaml') }, () =>
      runVerb('applyManifest', row),
    );
    assert.equal((await cloud.images.get(id)).get('org.example.onto'), 'here');
  });

  it('are marked at the document that the cloud would refuse, and nothing is sent', async () => {
    const { api, cloud, id } = await ownImageIn();
    const uri = await manifestWith(
      'refused.image.yaml',
      `id: ${id}\norg.example.refused: x\n---\nid: ${id}\ncom.rackspace__1__mine: "1"\n`,
    );
    const said: string[] = [];
    const complain = async (message: string): Promise<undefined> => void said.push(message);
    await answering(api, { complain }, () => vscode.commands.executeCommand('cloudImages.runFile', uri));
    assert.match(said.join(), /Nothing was changed\. manifests\/refused\.image\.yaml, document 2: 403 /);
    assert.equal(markOf(uri)?.range.start.line, 3);
    assert.equal((await cloud.images.get(id)).has('org.example.refused'), false);
  });

  it('run in order as a file, each document on the image that the import made', async () => {
    const api = await extension();
    const cloud = await cloudOf(api);
    const uri = await manifestWith('whole.image-import.yaml', whole('Whole', 'runs'));
    await cloud.objects.putContainer('runs');
    const outcome = await runFile(api, uri, {});
    const made = outcome.done.find(({ step }) => step.type === 'import')?.result;
    const image = await cloud.images.get(String(made));
    assert.deepEqual(
      [image.get('name'), image.get('vm_mode'), image.get('tags'), image.get('org.example.release')],
      ['Whole', 'hvm', ['web'], '1'],
    );
    assert.equal(outcome.done.at(-1)?.result, `runs/${made}.vhd`);
    assert.ok(await cloud.objects.headObject('runs', `${made}.vhd`));
  });

  it('ask before an image that they made is deleted by the undo', async () => {
    const api = await extension();
    const cloud = await cloudOf(api);
    await cloud.objects.putContainer('runs');
    const uri = await manifestWith('taken.image-import.yaml', whole('Taken', 'runs'));
    const outcome = await runFile(api, uri, {});
    const id = String(outcome.done.find(({ step }) => step.type === 'import')?.result);
    const details: string[] = [];
    const undo = (answer: boolean): Promise<unknown> => {
      const confirm = async (_: string, detail: string): Promise<boolean> => {
        details.push(detail);
        return answer;
      };
      return answering(api, { confirm, inform: silent }, () =>
        vscode.commands.executeCommand('cloudImages.undoLastApply'),
      );
    };
    await undo(false);
    assert.equal((await cloud.images.get(id)).get('name'), 'Taken');
    assert.match(details.join(), /The image that it made is deleted, and cannot be restored/);
    await undo(true);
    await assert.rejects(cloud.images.get(id), { status: 404 });
  });

  it('stop at the first refusal of the cloud, mark it, and report what is done and what is left', async () => {
    const api = await extension();
    const cloud = await cloudOf(api);
    await cloud.objects.putContainer('runs');
    const { state } = api.context.emulator;
    assert.equal(state.kind, 'running');
    await state.control.addFault({ method: 'PATCH', path: '*/v2/images/*', status: 409 });
    const uri = await manifestWith('broken.image-import.yaml', whole('Broken', 'runs'));
    const said: string[] = [];
    const complain = async (message: string): Promise<undefined> => void said.push(message);
    const outcome = await runFile(api, uri, { complain });
    await state.control.deleteFaults();
    assert.equal(outcome.stopped?.step.part.index, 1);
    assert.match(
      said.join(),
      /broken\.image-import\.yaml, document 2: refused: 409 .*Done before: 1 document; left: 2\./,
    );
    assert.equal(markOf(uri)?.range.start.line, 6);
    const document = await vscode.workspace.openTextDocument(uri);
    const edit = new vscode.WorkspaceEdit();
    edit.insert(uri, document.positionAt(0), '# mended\n');
    await vscode.workspace.applyEdit(edit);
    await until('the mark to go with the edit', () => !markOf(uri));
  });
});

describe('a run that is stopped by its cancel button', () => {
  it('reports what is done and what is left, and undoes the former on request', async () => {
    const api = await extension();
    const cloud = await cloudOf(api);
    await cloud.objects.putContainer('runs');
    const uri = await manifestWith('stopped.image-import.yaml', whole('Stopped', 'runs'));
    const said: string[] = [];
    const inform: Ui['inform'] = async (message, ...actions) => {
      said.push(message);
      return actions.find((action) => action === 'Undo');
    };
    await answering(api, { inform, confirm: yes }, async () => {
      const outcome = await runFile(api, uri, { inform, progress: stoppedAt(/^import: success$/) });
      assert.deepEqual(
        outcome.done.map(({ step }) => step.type),
        ['import'],
      );
      assert.match(
        said.join(),
        /^manifests\/stopped\.image-import\.yaml, document 2: you stopped it: nothing was done\. Done before: 1 document; left: 2\./,
      );
      assert.equal(markOf(uri), undefined);
      await until('the undo', async () => said.some((text) => text.startsWith('Undone')));
      await assert.rejects(cloud.images.get(String(outcome.done[0]?.result)), { status: 404 });
    });
  });

  it('says that the import task continues in the cloud', async () => {
    const api = await extension();
    const cloud = await cloudOf(api);
    const uri = await manifestWith('alone.image-import.yaml', whole('Alone', 'runs'));
    const said: string[] = [];
    const inform = async (message: string, ...actions: string[]): Promise<undefined> =>
      void said.push([message, ...actions].join(' '));
    const { state } = api.context.emulator;
    assert.equal(state.kind, 'running');
    await state.control.setClock({ pause: true }); // the task must not end before it is seen
    await runFile(api, uri, { inform, progress: stoppedAt(/^import: (?:pending|processing)$/) });
    await state.control.setClock({ pause: false });
    const [, id = ''] =
      /document 1: you stopped it: its import task (\S+) continues in the cloud; tasks cannot be stopped\. Done before: 0 documents; left: 3\.$/.exec(
        said.join(),
      ) ?? [];
    const ended = await until('its end', async () => {
      const task = await cloud.tasks.get(id);
      return task.status === 'success' ? task : undefined;
    });
    const image = await cloud.images.get(String(ended.result?.['image_id']));
    assert.deepEqual([image.get('name'), image.has('vm_mode')], ['Alone', false]);
  });
});

describe('an export', () => {
  it('asks for a container, is refused before it starts where the cloud would, and is shown in Cloud Files', async () => {
    const { api, cloud, id } = await ownImageIn();
    await cloud.objects.putContainer('out');
    const row = await rowThat(
      api,
      id,
      'that is active',
      ({ seen: { image } }) => image.get('status') === 'active',
    );
    const place = await answering(api, { confirm: yes, inform: silent, pick: called('out') }, () =>
      runVerb('export', row),
    );
    assert.equal(place, `out/${id}.vhd`);
    const [task] = await listNewestTasks(cloud.tasks, 'export');
    const exported = await until('its row', async () =>
      (await api.tasksView.getChildren()).find(
        (node) => node.kind === 'task' && node.task.id === task && node.task.status === 'success',
      ),
    );
    assert.equal(api.tasksView.getTreeItem(exported).contextValue, 'task:exported');
    const said: string[] = [];
    const complain = async (message: string): Promise<undefined> => void said.push(message);
    await answering(api, { complain }, () =>
      vscode.commands.executeCommand('cloudImages.tasks.showExport', exported),
    );
    assert.deepEqual(said, []);
    await answering(api, { complain, confirm: yes, pick: called('out') }, () => runVerb('export', row));
    assert.match(
      said.join(),
      /would refuse this export: .*Object already exists in user's container\. Container\/Object: out\//,
    );
  });

  it('of an image of others is refused with the reason', async () => {
    const { api, cloud } = await ownImageIn();
    const said: string[] = [];
    const complain = async (message: string): Promise<undefined> => void said.push(message);
    for await (const page of cloud.images.list({ visibility: 'public', limit: '1' })) {
      await answering(api, { complain }, () =>
        runVerb('export', { kind: 'image', seen: { image: page[0] } }),
      );
      break;
    }
    assert.match(said.join(), /You cannot export “.*”\. It belongs to another account\./);
  });
});

describe('a task that failed', () => {
  it('gives the reason in its row, and can be retried', async () => {
    const api = await extension();
    const cloud = await cloudOf(api);
    const good = await manifestUri('web.image-import.yaml');
    await copyFile(good.fsPath, join(good.fsPath, '..', '..', 'exports', 'words.vhd'));
    const uri = await manifestWith(
      'words.image-import.yaml',
      'type: import\ninput:\n  import_from: exports/words.vhd\n  image_properties:\n    name: Words\n',
    );
    const failed = await importDisk(api, uri);
    const row = await until('its row', async () =>
      (await api.tasksView.getChildren()).find(
        (node) => node.kind === 'task' && node.task.id === failed.id && node.task.status === 'failure',
      ),
    );
    const item = api.tasksView.getTreeItem(row);
    assert.ok(String(item.description).startsWith(`failure · ${failed.message}`), String(item.description));
    assert.ok(String(item.tooltip).includes(String(failed.message)));
    const retry = async (answers: Partial<Ui>): Promise<Task> => {
      const before = await listNewestTasks(cloud.tasks, 'import');
      await answering(api, answers, () => vscode.commands.executeCommand('cloudImages.tasks.retry', row));
      const [again] = (await listNewestTasks(cloud.tasks, 'import')).filter((one) => !before.includes(one));
      return cloud.tasks.get(String(again));
    };
    const said: string[] = [];
    const complain = async (message: string): Promise<undefined> => void said.push(message);
    const again = await retry({ complain });
    assert.deepEqual(again.input, failed.input);
    assert.deepEqual(said, [`Import exports/words.vhd: refused: the task fails: ${failed.message}`]);

    const disk = join(good.fsPath, '..', '..', 'exports', 'web.vhd');
    await cloud.objects.putObject('exports', 'words.vhd', disk);
    const open: Ui['inform'] = async (message, ...actions) => {
      said.push(message);
      return actions.find((action) => action === 'Open Image');
    };
    await retry({ inform: open });
    assert.match(said.at(-1) ?? '', /^Import exports\/words\.vhd: done\. Imported “Words”\. /);
    await until('its image to open', () =>
      vscode.window.activeTextEditor?.document.uri.path.endsWith('/Words.image.json'),
    );
  });
});

async function runFile(api: Api, uri: vscode.Uri, answers: Partial<Ui>): Promise<Outcome> {
  const complaints: string[] = [];
  const complain = async (message: string): Promise<undefined> => void complaints.push(message);
  const outcome = await answering(
    api,
    { confirm: yes, inform: silent, complain, pick: first, ...answers },
    () => vscode.commands.executeCommand<Outcome | undefined>('cloudImages.runFile', uri),
  );
  assert.ok(outcome, `the command answers with what was done: ${complaints.join()}`);
  return outcome;
}

async function manifestWith(name: string, text: string): Promise<vscode.Uri> {
  const uri = vscode.Uri.joinPath(await manifestUri('web.image-import.yaml'), '..', name);
  await vscode.workspace.fs.writeFile(uri, Buffer.from(text));
  return uri;
}

function markOf(uri: vscode.Uri): vscode.Diagnostic | undefined {
  return vscode.languages.getDiagnostics(uri).find(({ source }) => source === 'Cloud Images, last run');
}

/** Lines 1–5, 7–9, 11, 13–16. */
function whole(name: string, container: string): string {
  return `type: import
input:
  import_from: exports/web.vhd
  image_properties:
    name: ${name}
---
vm_mode: hvm
tags: [web]
---
- { op: add, path: /org.example.release, value: "1" }
---
type: export
input:
  receiving_swift_container: ${container}
`;
}
