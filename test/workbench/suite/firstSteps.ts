import assert from 'node:assert/strict';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { answering, extension, until } from './support.ts';

describe('first steps', () => {
  it('make the demo workspace where one chooses, and leave one alone that is there', async () => {
    const api = await extension();
    const parent = join(tmpdir(), `cloud-images-demo-${process.pid}`);
    const opened: string[] = [];
    const open = async (folder: string | undefined): Promise<unknown> =>
      answering(
        api,
        {
          chooseFolder: async () => folder,
          openWorkspace: async (path) => void opened.push(path),
        },
        () => vscode.commands.executeCommand('cloudImages.openDemo'),
      );
    await mkdir(parent);
    try {
      await open(undefined);
      assert.deepEqual(opened, []);
      await open(parent);
      const demo = join(parent, 'cloud-images-demo');
      assert.deepEqual(opened, [demo]);
      assert.deepEqual((await readdir(join(demo, 'exports'))).sort(), [
        'archive.vhd',
        'web.vhd',
        'windows.vhd',
      ]);
      await rm(join(demo, 'README.md'));
      await open(parent);
      assert.equal(opened.length, 2);
      assert.ok(!(await readdir(demo)).includes('README.md'), 'what is there is not written again');
      await writeFile(join(parent, 'file'), '');
      await open(join(parent, 'file'));
      assert.equal(opened.length, 2, 'a folder that cannot be made is refused');
    } finally {
      await rm(parent, { recursive: true });
    }
  });

  it('offer lint as a task, whose findings are problems, and none stands twice', async () => {
    await extension();
    const tasks = await vscode.tasks.fetchTasks({ type: 'cloud-images' });
    assert.deepEqual(tasks.map(({ name }) => name).sort(), ['lint', 'lint --fix', 'rehearse .']);
    const lint = tasks.find(({ name }) => name === 'lint');
    assert.ok(lint);
    assert.deepEqual(lint.problemMatchers, ['$cloud-images']);
    const [folder] = vscode.workspace.workspaceFolders ?? [];
    assert.ok(folder);
    const mistakes = vscode.Uri.joinPath(folder.uri, 'manifests', 'mistakes.image-import.yaml');
    const ended = new Promise<number | undefined>((resolve) => {
      const listening = vscode.tasks.onDidEndTaskProcess(({ execution, exitCode }) => {
        if (execution.task.name !== 'lint') return;
        listening.dispose();
        resolve(exitCode);
      });
    });
    await vscode.tasks.executeTask(lint);
    assert.equal(await ended, 1);
    const found = await until('the findings', () => {
      const all = vscode.languages.getDiagnostics(mistakes);
      return all.length > 0 ? all : undefined;
    });
    const places = found.map(({ range, code }) => `${range.start.line} ${JSON.stringify(code)}`);
    assert.deepEqual(places, [...new Set(places)]);
  });
});
