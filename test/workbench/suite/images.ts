import assert from 'node:assert/strict';
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { Api } from '../../../client/extension.ts';
import type { ImageNode } from '../../../client/views/images/imagesView.ts';
import type { TaskNode } from '../../../client/views/tasks/tasksView.ts';
import type { Outcome } from '../../../server/cloud/run/execute.ts';
import { answering, cloudOf, extension, importDisk, manifestUri, until } from './support.ts';

describe('the views', () => {
  it('show the public base images with system, size, age and state', async () => {
    const api = await extension();
    await cloudOf(api);
    const rows = await imagesIn(api, 'public');
    assert.ok(rows.length > 0, 'there are base images');
    for (const row of rows) {
      const item = api.imagesView.getTreeItem(row);
      assert.match(String(item.description), /^.+ · .+ · .+ · active$/);
      assert.ok(item.accessibilityInformation?.label.startsWith(`${String(item.label)}, `));
      assert.ok(item.id);
    }
  });
});

describe('an import', () => {
  it('uploads the disk, runs the task and shows the image among the deleted servers', async () => {
    const api = await extension();
    const cloud = await cloudOf(api);
    const ended = await importDisk(api, await manifestUri('web.image-import.yaml'));
    assert.equal(ended.status, 'success', ended.message);
    const id = String(ended.result?.['image_id']);
    const row = await until('its row', async () =>
      (await imagesIn(api, 'deleted-servers')).find(
        (node) => node.kind === 'image' && node.seen.image.get('id') === id,
      ),
    );
    assert.equal(api.imagesView.getTreeItem(row).label, 'Web frontend');
    assert.ok(await cloud.objects.headObject('exports', 'web.vhd'), 'the disk is in Cloud Files');
    const [newest] = await taskRows(api);
    assert.match(String(newest?.label), /^Import exports\/web\.vhd$/);
    assert.match(String(newest?.description), /^success/);
  });

  it('shows the message of a task that fails', async () => {
    const api = await extension();
    const good = await manifestUri('web.image-import.yaml');
    await copyFile(good.fsPath, join(good.fsPath, '..', '..', 'exports', 'text.vhd'));
    const bad = vscode.Uri.joinPath(good, '..', 'text.image-import.yaml');
    const body =
      'type: import\ninput:\n  import_from: exports/text.vhd\n  image_properties:\n    name: Text\n';
    await vscode.workspace.fs.writeFile(bad, Buffer.from(body));
    const failed = await importDisk(api, bad);
    assert.match(String(failed.message), /396/);
    const message = await until('the message in the tree', async () => {
      const rows = await api.tasksView.getChildren();
      const row = rows.find((node) => node.kind === 'task' && node.task.id === failed.id);
      const [child] = row ? await api.tasksView.getChildren(row) : [];
      return child?.kind === 'message' ? child.message : undefined;
    });
    assert.equal(message, failed.message);
  });

  it('asks first where the cloud would refuse it, and a no leaves nothing', async () => {
    const api = await extension();
    const cloud = await cloudOf(api);
    const good = await manifestUri('web.image-import.yaml');
    const manifest = vscode.Uri.joinPath(good, '..', 'refused.image-import.yaml');
    await writeFile(join(good.fsPath, '..', '..', 'exports', 'refused.vhd'), 'no disk');
    const body =
      'type: import\ninput:\n  import_from: exports/refused.vhd\n  image_properties:\n    name: X\n';
    await vscode.workspace.fs.writeFile(manifest, Buffer.from(body));
    await vscode.window.showTextDocument(manifest);
    await until('the finding', async () =>
      vscode.languages.getDiagnostics(manifest).find(({ source }) => source === 'cloud-images'),
    );
    const asked: string[] = [];
    const confirm = async (_: string, detail: string) => {
      asked.push(detail);
      return false;
    };
    const outcome = await answering(api, { confirm }, () =>
      vscode.commands.executeCommand('cloudImages.import', manifest),
    );
    assert.equal(outcome, undefined);
    assert.match(asked.join(), /396: The file is not a valid VHD\./);
    assert.equal(await cloud.objects.headObject('exports', 'refused.vhd'), undefined);
  });

  it('leaves neither object nor task when its upload is cancelled', async () => {
    const api = await extension();
    const cloud = await cloudOf(api);
    const good = await manifestUri('web.image-import.yaml');
    const disk = join(good.fsPath, '..', '..', 'exports', 'cancelled.vhd');
    await writeFile(disk, Buffer.alloc(8 << 20));
    const manifest = vscode.Uri.joinPath(good, '..', 'cancelled.image-import.yaml');
    const body =
      'type: import\ninput:\n  import_from: exports/cancelled.vhd\n  image_properties:\n    name: X\n';
    await vscode.workspace.fs.writeFile(manifest, Buffer.from(body));
    const before = (await taskRows(api)).length;
    const abort = new AbortController();
    const said: string[] = [];
    const answers: Partial<Api['context']['ui']> = {
      inform: async (message) => void said.push(message),
      progress: (_, work) => work({ report: () => abort.abort(new Error('cancelled')) }, abort.signal),
    };
    const outcome = await answering(api, { ...answers, confirm: async () => true }, () =>
      vscode.commands.executeCommand<Outcome>('cloudImages.import', manifest),
    );
    assert.deepEqual([outcome.done, outcome.stopped?.interrupted], [[], true]);
    assert.match(
      said.join(),
      /you stopped it: the upload of its disk was not completed, so no image was created\.$/,
    );
    assert.equal(await cloud.objects.headObject('exports', 'cancelled.vhd'), undefined);
    assert.equal((await taskRows(api)).length, before);
  });

  it('says where it looked when there is no such disk', async () => {
    const api = await extension();
    const asked: string[] = [];
    const confirm = async (_: string, detail: string) => Boolean(asked.push(detail)) && false;
    const manifest = await manifestUri('web.image-import.yaml');
    const path = vscode.Uri.joinPath(manifest, '..', 'gone.image-import.yaml');
    const body =
      'type: import\ninput:\n  import_from: exports/gone.vhd\n  image_properties:\n    name: Gone\n';
    await vscode.workspace.fs.writeFile(path, Buffer.from(body));
    await answering(api, { confirm }, () => vscode.commands.executeCommand('cloudImages.import', path));
    assert.match(asked.join(), /import\/object/);
  });
});

describe('image commands', () => {
  it('add a tag, and delete only after a yes', async () => {
    const api = await extension();
    const cloud = await cloudOf(api);
    const [row] = await until('an own image', async () => {
      const rows = await imagesIn(api, 'deleted-servers');
      return rows.length > 0 ? rows : undefined;
    });
    const id = row?.kind === 'image' ? String(row.seen.image.get('id')) : '';
    const answers = { ask: async () => 'from_the_editor', confirm: async () => false };
    await answering(api, answers, async () => {
      await vscode.commands.executeCommand('cloudImages.images.addTag', row);
      assert.deepEqual((await cloud.images.get(id)).get('tags'), ['from_the_editor']);
      await vscode.commands.executeCommand('cloudImages.images.delete', row);
      assert.equal((await cloud.images.get(id)).get('id'), id);
    });
    await answering(api, { confirm: async () => true }, () =>
      vscode.commands.executeCommand('cloudImages.images.delete', row),
    );
    await assert.rejects(cloud.images.get(id), { status: 404 });
    await until('the row to go', async () =>
      (await imagesIn(api, 'deleted-servers')).every(
        (node) => node.kind === 'image' && node.seen.image.get('id') !== id,
      ),
    );
  });
});

async function imagesIn({ imagesView }: Api, group: string): Promise<ImageNode[]> {
  const groups = await imagesView.getChildren();
  const found = groups.find((node) => node.kind === 'group' && node.group === group);
  return found ? imagesView.getChildren(found) : [];
}

async function taskRows({ tasksView }: Api): Promise<vscode.TreeItem[]> {
  const rows: TaskNode[] = await tasksView.getChildren();
  return rows.map((row) => tasksView.getTreeItem(row));
}
