import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { Api } from '../../../client/extension.ts';
import { dragFiles, dragImages } from '../../../client/views/dragging.ts';
import type { ManifestNode } from '../../../client/views/manifests/manifestItem.ts';
import { answering, asUser, cloudOf, extension, manifestUri, ownImageIn, until } from './support.ts';

describe('Manifests', () => {
  it('lists the manifests of the workspace with their kinds and findings, and follows their files', async () => {
    const api = await extension();
    await vscode.commands.executeCommand('cloudImages.manifests.focus');
    const mistakes = await until('the mistakes to be found', async () =>
      (await rows(api)).find(({ spoken }) => /^mistakes\.image-import\.yaml, .*, \d+ errors/.test(spoken)),
    );
    assert.match(mistakes.item.contextValue ?? '', /^manifest import/);
    assert.match((await rowFor(api, 'web.image-patch.json')).spoken, /, image patch, \d operations?$/);
    const folder = join(await workspaceFolder(), 'more');
    const path = join(folder, 'two.image.yaml');
    await mkdir(folder);
    try {
      await writeFile(path, 'name: a\n---\nname: b\ntags: [x]\n');
      const row = await until('the new file', () => findRow(api, 'two.image.yaml'));
      assert.match(row.spoken, /^two\.image\.yaml, 2 documents/);
      const parts = await api.manifestsView.getChildren(row.node);
      const [, second] = parts.map((part) => api.manifestsView.getTreeItem(part));
      assert.equal(second?.accessibilityInformation?.label, '2. image, b');
      assert.deepEqual(second?.command?.arguments?.[1], { selection: new vscode.Range(2, 0, 2, 0) });
      await writeFile(path, 'name: [a]\n');
      await until('one document with an error', async () =>
        /^two\.image\.yaml, image, 1 error/.test((await findRow(api, 'two.image.yaml'))?.spoken ?? ''),
      );
    } finally {
      await rm(folder, { recursive: true });
    }
    await until('the row to go', async () => !(await findRow(api, 'two.image.yaml')));
  });

  it('says what the cloud has otherwise, and plans from the row', async () => {
    const { api, cloud, id } = await ownImageIn();
    const path = join(await workspaceFolder(), 'drifting.image.yaml');
    const image = await cloud.images.get(id);
    try {
      await writeFile(path, `id: ${id}\nname: ${JSON.stringify(image.get('name'))}\nmine: other\n`);
      await vscode.window.showTextDocument(vscode.Uri.file(path));
      const row = await until('the drift in the row', async () => {
        const found = await findRow(api, 'drifting.image.yaml');
        return found && /, differs from the cloud: mine$/.test(found.spoken) ? found : undefined;
      });
      const [above] = await api.manifestsView.getChildren();
      assert.ok(above?.kind === 'folder');
      assert.equal(above.name, vscode.workspace.workspaceFolders?.[0]?.name);
      const text = await vscode.commands.executeCommand('cloudImages.plan', row.node, [row.node]);
      assert.match(String(text), /mine/);
    } finally {
      await rm(path);
    }
  });
});

describe('dragging', () => {
  const { token } = new vscode.CancellationTokenSource();

  it('uploads a dropped file into a container, and imports the object when it is dropped on Images', async () => {
    const { api, cloud } = await ownImageIn();
    await cloud.objects.putContainer('dropped');
    const disk = vscode.Uri.joinPath(
      await manifestUri('web.image-import.yaml'),
      '..',
      '..',
      'exports',
      'web.vhd',
    );
    const transfer = new vscode.DataTransfer();
    transfer.set('text/uri-list', new vscode.DataTransferItem(`# a list\r\n${disk}\r\n`));
    const target = { kind: 'container', name: 'dropped' } as const;
    await answering(api, { inform: async () => undefined }, async () =>
      dragFiles(api.context.ui).handleDrop?.(target, transfer, token),
    );
    const head = await cloud.objects.headObject('dropped', 'web.vhd');
    assert.ok(head);

    const object = { kind: 'object', container: 'dropped', name: 'web.vhd', modified: '', ...head } as const;
    const dragged = new vscode.DataTransfer();
    await dragFiles(api.context.ui).handleDrag?.([object, target], dragged, token);
    assert.equal(await dragged.get('text/plain')?.asString(), 'dropped/web.vhd');
    const asked: (string | undefined)[] = [];
    const answers: Partial<Api['context']['ui']> = {
      ask: async (_, validate, how) => {
        asked.push(String(validate('') ?? ''), how?.value);
        return 'from an object';
      },
      inform: async () => undefined,
    };
    await answering(api, answers, async () =>
      dragImages(api.context.ui).handleDrop?.(undefined, dragged, token),
    );
    assert.deepEqual(asked, ['Enter a name.', 'web']);
    const image = await until('the image', () => imageNamed(api, 'from an object'));
    const ids = new vscode.DataTransfer();
    await dragImages(api.context.ui).handleDrag?.([{ kind: 'image', seen: { image } } as never], ids, token);
    assert.equal(await ids.get('text/plain')?.asString(), String(image.get('id')));
    await cloud.images.delete(String(image.get('id')));
  });

  it('imports a disk file that is dropped on Images, and says before any upload what would be refused', async () => {
    const { api, cloud } = await ownImageIn();
    const exports = vscode.Uri.joinPath(await manifestUri('web.image-import.yaml'), '..', '..', 'exports');
    const drop = async (name: string, answers: Partial<Api['context']['ui']>): Promise<void> => {
      const transfer = new vscode.DataTransfer();
      const uri = vscode.Uri.joinPath(exports, name);
      transfer.set('text/uri-list', new vscode.DataTransferItem(uri.toString()));
      const pick: Api['context']['ui']['pick'] = async (items) =>
        items.find(({ label }) => label === 'dropped');
      await answering(api, { pick, inform: async () => undefined, ...answers }, async () =>
        dragImages(api.context.ui).handleDrop?.(undefined, transfer, token),
      );
    };
    await drop('web.vhd', { ask: async () => 'from a file' });
    const image = await until('the image', () => imageNamed(api, 'from a file'));
    await cloud.images.delete(String(image.get('id')));
    const asked: string[] = [];
    await drop('archive.vhd', {
      ask: async () => 'too large',
      confirm: async (question, detail) => {
        asked.push(`${question} ${detail}`);
        return false;
      },
    });
    assert.equal(asked.length, 1);
    assert.match(asked.join(), /would refuse this import.*40 GB/);
    assert.equal(await cloud.objects.headObject('dropped', 'archive.vhd'), undefined);
    assert.equal(await imageNamed(api, 'too large'), undefined);
  });

  it('refuses what only a browser knows, what is no file here, and people who may not upload', async () => {
    const { api } = await ownImageIn();
    const complaints: string[] = [];
    const complain = async (message: string): Promise<undefined> => void complaints.push(message);
    const transfer = new vscode.DataTransfer();
    const address = 'https://example.org/web.vhd';
    transfer.set('text/uri-list', new vscode.DataTransferItem(address));
    const target = { kind: 'container', name: 'dropped' } as const;
    await answering(api, { complain }, async () =>
      dragFiles(api.context.ui).handleDrop?.(target, transfer, token),
    );
    assert.match(complaints.splice(0).join(), /no file of this machine/);
    await asUser(api, 'observer', async () => {
      const file = await manifestUri('web.image-import.yaml');
      await answering(api, { complain }, () =>
        vscode.commands.executeCommand('cloudImages.files.upload', target, file),
      );
    });
    assert.equal(complaints.length, 1, complaints.join('\n'));
    assert.equal(
      await (await cloudOf(api)).objects.headObject('dropped', 'web.image-import.yaml'),
      undefined,
    );
  });
});

interface Row {
  readonly node: ManifestNode;
  readonly item: vscode.TreeItem;
  /** What a screen reader says. */
  readonly spoken: string;
}

async function rows({ manifestsView }: Api, under?: ManifestNode): Promise<Row[]> {
  const nodes = await manifestsView.getChildren(under);
  const listed = await Promise.all(
    nodes.map(async (node) =>
      node.kind === 'folder' ? rows({ manifestsView } as Api, node) : [await rowOf(node)],
    ),
  );
  return listed.flat();

  async function rowOf(node: ManifestNode): Promise<Row> {
    const item = manifestsView.getTreeItem(node);
    return { node, item, spoken: item.accessibilityInformation?.label ?? '' };
  }
}

async function findRow(api: Api, name: string): Promise<Row | undefined> {
  return (await rows(api)).find(({ spoken }) => spoken.startsWith(`${name}, `));
}

async function rowFor(api: Api, name: string): Promise<Row> {
  return (await findRow(api, name)) ?? assert.fail(`there is no row of ${name}`);
}

async function imageNamed(api: Api, name: string) {
  const { images } = await cloudOf(api);
  for await (const page of images.list({ name })) if (page[0]) return page[0];
  return undefined;
}

async function workspaceFolder(): Promise<string> {
  return vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? assert.fail('a folder is open');
}
