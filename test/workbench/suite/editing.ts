import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { Api } from '../../../client/extension.ts';
import {
  answering,
  importDisk,
  manifestUri,
  ownImageIn,
  refusal,
  rowThat,
  runVerb,
  until,
} from './support.ts';

describe('editing: manifests and the live images', () => {
  it('writes a manifest of an image, whose plan is empty', async () => {
    const { api, id } = await ownImageIn();
    await inFolder(async (folder) => {
      const path = join(folder, 'adopted.image.yaml');
      await write(api, id, path);
      assert.equal(vscode.window.activeTextEditor?.document.uri.fsPath, path);
      assert.match(await readFile(path, 'utf8'), new RegExp(`^id: .*${id}`));
      assert.match(await plan(path), /nothing to do/);
      assert.match(
        await refusal(
          api,
          { chooseFile: async () => join(folder, 'x.txt') },
          'writeManifest',
          await row(api, id),
        ),
        /NAME\.image\.yaml/,
      );
    });
  });

  it('writes manifests of several images into a folder, and asks before it overwrites one', async () => {
    const { api, cloud, id } = await ownImageIn();
    const second = String(
      (await importDisk(api, await manifestUri('web.image-import.yaml'))).result?.['image_id'],
    );
    const rows = [await row(api, id), await row(api, second)];
    await inFolder(async (folder) => {
      const asked: string[] = [];
      const answers = {
        chooseFolder: async () => folder,
        confirm: async (question: string) => {
          asked.push(question);
          return false;
        },
      };
      await answering(api, answers, () => runVerb('writeManifest', rows[0], rows));
      const names = await readdir(folder);
      assert.equal(names.length, rows.length);
      assert.deepEqual(asked, []);
      const [first = ''] = names;
      await writeFile(join(folder, first), '# mine\n');
      await answering(api, answers, () => runVerb('writeManifest', rows[0], rows));
      assert.equal(asked.length, 1);
      assert.equal(await readFile(join(folder, first), 'utf8'), '# mine\n');
      for (const name of names.slice(1)) assert.match(await plan(join(folder, name)), /nothing to do/);
    });
    await cloud.images.delete(second);
  });

  it('marks a manifest that says otherwise than its image, and shows both', async () => {
    const { api, cloud, id } = await ownImageIn();
    await inFolder(async (folder) => {
      const path = join(folder, 'drifting.image.yaml');
      const uri = vscode.Uri.file(path);
      await write(api, id, path);
      assert.equal(await api.driftMarks.provideFileDecoration(uri), undefined);
      const before = Number((await cloud.images.get(id)).get('min_ram'));
      await cloud.images.patch(id, [{ op: 'replace', path: '/min_ram', value: before + 512 }]);
      const badge = await until('the badge', () => api.driftMarks.provideFileDecoration(uri));
      assert.equal(badge.badge, '≠');
      assert.match(String(badge.tooltip), /min_ram/);
      await vscode.commands.executeCommand('cloudImages.compareManifest', uri);
      const input = await until('the comparison', () => {
        const shown = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
        return shown instanceof vscode.TabInputTextDiff ? shown : undefined;
      });
      const live = await vscode.workspace.openTextDocument(input.original);
      assert.match(live.getText(), new RegExp(`^min_ram: ${before + 512}$`, 'm'));
      assert.equal(input.modified.fsPath, path);
      await cloud.images.patch(id, [{ op: 'replace', path: '/min_ram', value: before }]);
      await until('the badge to go', async () => !(await api.driftMarks.provideFileDecoration(uri)));
    });
  });

  it('notices a manifest that is changed or deleted outside of the editor', async () => {
    const { api, id } = await ownImageIn();
    await inFolder(async (folder) => {
      const path = join(folder, 'outside.image.yaml');
      const uri = vscode.Uri.file(path);
      await write(api, id, path);
      await vscode.commands.executeCommand('workbench.action.closeAllEditors');
      assert.equal(await api.driftMarks.provideFileDecoration(uri), undefined);
      const text = await readFile(path, 'utf8');
      await writeFile(path, text.replace(/^min_ram: \d+$/m, 'min_ram: 4095'));
      await until('it to differ', () => api.driftMarks.differing(uri)?.includes('min_ram'));
      await rm(path);
      await until('it to be forgotten', () => api.driftMarks.differing(uri) === undefined);
    });
  });

  it('compares an image with its manifest, or with another image', async () => {
    const { api, id } = await ownImageIn();
    await inFolder(async (folder) => {
      await write(api, id, join(folder, 'compared.image.yaml'));
      const offered: vscode.QuickPickItem[] = [];
      const pick = async <T extends vscode.QuickPickItem>(items: readonly T[]): Promise<T | undefined> => {
        offered.push(...items);
        return items.find(({ label }) => label.includes('compared.image.yaml'));
      };
      await until('the manifest among the choices', async () => {
        await answering(api, { pick }, async () => runVerb('compareWith', await row(api, id)));
        return offered.some(({ label }) => label.includes('compared.image.yaml'));
      });
      assert.match(String(vscode.window.tabGroups.activeTabGroup.activeTab?.label), /cloud ↔ manifest/);
      assert.ok(
        offered.some(({ label }) => label.includes('ORD')),
        'other regions',
      );
      const one = await row(api, id);
      await runVerb('compareWith', one, [one, await publicRow(api)]);
      assert.match(String(vscode.window.tabGroups.activeTabGroup.activeTab?.label), /” ↔ “/);
    });
  });
});

/** Works in a folder of the workspace, which is gone afterwards. */
async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const [root] = vscode.workspace.workspaceFolders ?? [];
  assert.ok(root);
  const folder = await mkdtemp(join(root.uri.fsPath, 'editing-'));
  try {
    await work(folder);
  } finally {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await rm(folder, { recursive: true });
  }
}

async function write(api: Api, id: string, path: string): Promise<void> {
  await answering(api, { chooseFile: async () => path }, async () =>
    runVerb('writeManifest', await row(api, id)),
  );
}

function row(api: Api, id: string) {
  return rowThat(api, id, 'of the image', () => true);
}

async function publicRow(api: Api) {
  for (const group of await api.imagesView.getChildren())
    for (const node of await api.imagesView.getChildren(group))
      if (node.kind === 'image' && node.seen.image.get('visibility') === 'public') return node;
  assert.fail('there is no public image');
}

async function plan(path: string): Promise<string> {
  return String(await vscode.commands.executeCommand('cloudImages.plan', vscode.Uri.file(path)));
}
