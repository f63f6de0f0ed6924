import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import * as files from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { onInterruptMessage, systemOf } from '../../server/system.ts';
import { removeFolder, temporaryFolder } from '../emulator/harness.ts';

if (process.argv[2] === 'child') {
  onInterruptMessage(() => process.stdout.write('in order\n', () => process.exit(7)));
  setInterval(() => undefined, 1000);
  process.stdout.write('ready\n');
} else {
  describe('what Windows does otherwise', () => {
    for (const code of ['EPERM', 'EACCES', 'EBUSY'])
      it(`a rename that a scanner holds (${code}) is tried again`, async () => {
        const held = failing(code, 2);
        const windows = systemOf('win32', held.calls);
        await inFolder(async (folder) => {
          const [from, to] = twoFiles(folder);
          await windows.replaceFile(from, to);
          assert.equal(files.readFileSync(to, 'utf8'), 'new');
        });
        await inFolder(async (folder) => {
          held.again();
          const [from, to] = twoFiles(folder);
          windows.replaceFileSync(from, to);
          assert.equal(files.readFileSync(to, 'utf8'), 'new');
        });
        assert.equal(held.tries(), 6);
      });

    it('a rename that stays held fails with what the system says, and leaves both files', async () => {
      await inFolder(async (folder) => {
        const windows = systemOf('win32', failing('EPERM', Number.POSITIVE_INFINITY).calls);
        const [from, to] = twoFiles(folder);
        assert.throws(() => windows.replaceFileSync(from, to), { code: 'EPERM' });
        await assert.rejects(windows.replaceFile(from, to), { code: 'EPERM' });
        assert.equal(files.readFileSync(to, 'utf8'), 'old');
        assert.equal(files.readFileSync(from, 'utf8'), 'new');
      });
    });

    it('any other failure is not waited for', async () => {
      const missing = failing('ENOENT', Number.POSITIVE_INFINITY);
      const windows = systemOf('win32', missing.calls);
      assert.throws(() => windows.replaceFileSync('a', 'b'), { code: 'ENOENT' });
      await assert.rejects(windows.replaceFile('a', 'b'), { code: 'ENOENT' });
      assert.equal(missing.tries(), 2);
    });

    it('POSIX renames once, and a folder is synced there alone', async () => {
      await inFolder(async (folder) => {
        const held = failing('EPERM', 1);
        const [from, to] = twoFiles(folder);
        assert.throws(() => systemOf('linux', held.calls).replaceFileSync(from, to), { code: 'EPERM' });
        const synced: number[] = [];
        const calls = { ...files, fsyncSync: (file: number) => void synced.push(file) };
        systemOf('win32', calls).syncFolder(join(folder, 'not there'));
        assert.deepEqual(synced, []);
        systemOf('darwin', calls).syncFolder(folder);
        assert.equal(synced.length, 1);
        assert.throws(() => systemOf('linux').syncFolder(join(folder, 'not there')), { code: 'ENOENT' });
      });
    });

    it('programs, modes, open files and shares', () => {
      const [windows, linux] = [systemOf('win32'), systemOf('linux')];
      assert.deepEqual([windows.program('node'), linux.program('node')], ['node.exe', 'node']);
      assert.deepEqual([windows.hasModes, linux.hasModes], [false, true]);
      assert.deepEqual([windows.removesOpenFiles, linux.removesOpenFiles], [false, true]);
      assert.deepEqual([windows.hasShares, linux.hasShares], [true, false]);
    });

    it('a process with a channel ends in order where signals would kill it', {
      timeout: 20_000,
    }, async () => {
      const child = fork(import.meta.filename, ['child'], { silent: true });
      const output = once(child.stdout ?? assert.fail(), 'data');
      assert.equal(String((await output)[0]), 'ready\n');
      const ended = once(child, 'exit');
      systemOf('win32').interrupt(child);
      assert.deepEqual(await ended, [7, null]);
    });

    it('one without a channel is ended at once', { timeout: 20_000 }, async () => {
      const child = fork(import.meta.filename, ['child'], { silent: true });
      await once(child.stdout ?? assert.fail(), 'data');
      child.disconnect();
      const ended = once(child, 'exit');
      systemOf('win32').interrupt(child);
      assert.deepEqual(await ended, [null, 'SIGTERM']);
    });
  });
}

/** A file system whose first renames fail. */
function failing(code: string, count: number) {
  let [left, tries] = [count, 0];
  const refuse = (): void => {
    tries++;
    if (left-- > 0) throw Object.assign(new Error(code), { code });
  };
  return {
    calls: {
      ...files,
      renameSync: (from: files.PathLike, to: files.PathLike) => {
        refuse();
        files.renameSync(from, to);
      },
      promises: {
        rename: async (from: files.PathLike, to: files.PathLike) => {
          refuse();
          await files.promises.rename(from, to);
        },
      },
    },
    again: () => {
      left = count;
    },
    tries: () => tries,
  };
}

function twoFiles(folder: string): [string, string] {
  const [from, to] = [join(folder, 'from'), join(folder, 'to')];
  files.writeFileSync(from, 'new');
  files.writeFileSync(to, 'old');
  return [from, to];
}

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = temporaryFolder();
  try {
    await use(folder);
  } finally {
    removeFolder(folder);
  }
}
