import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { Api } from '../../../client/extension.ts';
import type { FileNode } from '../../../client/views/files/fileNode.ts';
import type { Objects } from '../../../server/cloud/services/objects.ts';
import { answering, asUser, cloudOf, extension, until } from './support.ts';

const run = (verb: string, ...parameters: unknown[]): Thenable<unknown> =>
  vscode.commands.executeCommand(`cloudImages.files.${verb}`, ...parameters);

describe('Cloud Files', () => {
  let api: Api;
  let objects: Objects;
  let folder: string;

  before(async () => {
    api = await extension();
    ({ objects } = await cloudOf(api));
    folder = await mkdtemp(join(tmpdir(), 'cloud-images-files-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('shows containers, folders and objects with their sizes, long listings page by page', async () => {
    await objects.putContainer('tree');
    await put('tree', 'logs/2026/one.txt', 'x'.repeat(2048));
    await put('tree', 'readme', 'hello');
    assert.deepEqual(await labels('tree'), ['logs', 'readme']);
    assert.deepEqual(await labels('tree', 'logs', '2026'), ['one.txt']);
    assert.match(descriptionOf(await rowAt('tree', 'logs', '2026', 'one.txt')), /^2 KB · just now$/);
    assert.match(descriptionOf(await rowAt('tree')), /^2 objects · 2 KB$/);
    for (let at = 0; at < 203; at++) await put('tree', `many/${String(at).padStart(4, '0')}`, '');
    const rows = await rowsUnder('tree', 'many');
    assert.equal(rows.length, 201);
    const more = rows.at(-1);
    assert.equal(more?.kind, 'more');
    await run('showMore', more);
    assert.equal((await labels('tree', 'many')).at(-1), '0202');
  });

  it('shows the object that marks a folder in it, and brings what is beside it into sight', async () => {
    await objects.putContainer('tree');
    await put('tree', 'marked/', '');
    await put('tree', 'marked/x', 'x');
    assert.deepEqual(await labels('tree', 'marked'), ['marked/', 'x']);
    await api.context.files.show('tree', 'marked/x');
  });

  it('is not read again because of servers', async () => {
    const cloud = await cloudOf(api);
    await vscode.commands.executeCommand('cloudImages.files.focus');
    let all = 0;
    const rows: string[] = [];
    const listening = api.filesView.onDidChangeTreeData((row) => {
      if (row?.kind === 'container') rows.push(row.name);
      else all++;
    });
    await labels();
    const { value: images = [] } = await cloud.images.list({ visibility: 'public', status: 'active' }).next();
    const [flavor] = await cloud.servers.flavors();
    const imageRef = String(images[0]?.get('id'));
    const id = await cloud.servers.create({
      server: { name: 'unread', imageRef, flavorRef: flavor?.id ?? '' },
    });
    await cloud.servers.delete(id);
    await until('the server to be gone', async () => {
      const servers = await api.context.servers.loaded();
      return servers.kind === 'ready' && !servers.items.has(id);
    });
    // What a change of a server would have drawn is drawn together with this.
    await put('tree', 'after-servers', 'x');
    await until('the container', () => all > 0 || rows.includes('tree'));
    listening.dispose();
    assert.equal(all, 0);
  });

  it('makes a container, and deletes only an empty one, after a yes', async () => {
    const objections: (string | undefined)[] = [];
    const ask: Api['context']['ui']['ask'] = async (_, validate) => {
      objections.push(String(validate('a/b') ?? ''), String(validate('fresh') ?? ''));
      return 'fresh';
    };
    await answering(api, { ask }, () => run('newContainer'));
    assert.deepEqual(objections, ["Remove the slash: a container's name has none.", '']);
    await put('fresh', 'x', 'x');
    const row = await rowAt('fresh');
    assert.match(
      await complaint({ confirm: async () => assert.fail('looks before it asks') }, 'deleteContainer', row),
      /“fresh” is not empty: 1 object, 1 bytes/,
    );
    await objects.deleteObject('fresh', 'x');
    await answering(api, { confirm: async () => false }, () => run('deleteContainer', row));
    assert.ok((await labels()).includes('fresh'));
    await answering(api, { confirm: async () => true }, () => run('deleteContainer', row));
    assert.ok(!(await labels()).includes('fresh'));
  });

  it('uploads a file and downloads the same bytes, with progress', async () => {
    await objects.putContainer('tree');
    const [from, to] = [join(folder, 'disk.bin'), join(folder, 'back.bin')];
    const bytes = Buffer.alloc(3 << 20, 'cloud');
    await writeFile(from, bytes);
    const seen: number[] = [];
    const progress: Api['context']['ui']['progress'] = (_, work) =>
      work({ report: (fraction) => seen.push(fraction) }, new AbortController().signal);
    const inform = async (): Promise<undefined> => undefined;
    await answering(api, { chooseFile: async () => from, progress, inform }, async () =>
      run('upload', await rowAt('tree')),
    );
    assert.equal(seen.at(-1), 1);
    const row = await rowAt('tree', 'disk.bin');
    await answering(api, { chooseFile: async () => to, progress, inform }, () => run('download', row));
    assert.ok(bytes.equals(await readFile(to)));
  });

  it('leaves nothing of a cancelled upload or download, and says so', async () => {
    const [from, to] = [join(folder, 'half.bin'), join(folder, 'kept.bin')];
    await writeFile(from, Buffer.alloc(8 << 20, 'cloud'));
    await writeFile(to, 'as it was');
    const cancelled = async (verb: string, file: string, row: FileNode): Promise<string> => {
      const said: string[] = [];
      const midway: number[] = [];
      const progress: Api['context']['ui']['progress'] = (_, work) => {
        const abort = new AbortController();
        const report = (fraction: number): void => {
          midway.push(fraction);
          abort.abort(new Error('cancelled'));
        };
        return work({ report }, abort.signal);
      };
      const inform = async (message: string): Promise<undefined> => void said.push(message);
      const complain = async (message: string): Promise<never> => assert.fail(message);
      await answering(
        api,
        { chooseFile: async () => file, confirm: async () => true, progress, inform, complain },
        () => run(verb, row),
      );
      assert.ok(midway[0] !== undefined && midway[0] > 0 && midway[0] < 1, midway.join());
      return said.join();
    };
    assert.equal(
      await cancelled('upload', from, await rowAt('tree')),
      'Upload cancelled. Nothing of half.bin is left in tree.',
    );
    assert.deepEqual(await objects.list('tree', 'half'), []);
    await put('tree', 'half.bin', 'before');
    assert.equal(
      await cancelled('upload', from, await rowAt('tree')),
      'Upload cancelled. tree/half.bin is unchanged.',
    );
    assert.equal((await objects.headObject('tree', 'half.bin'))?.bytes, 6);
    await objects.putObject('tree', 'half.bin', from);
    const said = await cancelled('download', to, await rowAt('tree', 'half.bin'));
    assert.match(
      said,
      /^Download of half\.bin cancelled\. Nothing is written to .*kept\.bin; the \d.* that have arrived are in /,
    );
    assert.equal(await readFile(to, 'utf8'), 'as it was');
    await until(
      'the part to be discarded',
      async () => !(await readdir(folder)).some((name) => name.endsWith('.part')),
    );
  });

  it('shows a large object with its segments, marks a gap among them, and does not download it', async () => {
    await large('gap', [1, 2, 4]);
    assert.deepEqual(await labels('large'), ['gap']);
    assert.deepEqual(await labels('large', 'gap'), ['…-00001', '…-00002', 'Segment 3 is missing', '…-00004']);
    const gap = itemOf((await rowsUnder('large', 'gap'))[2]);
    assert.deepEqual(
      gap.iconPath,
      new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground')),
    );
    assert.match(String(gap.accessibilityInformation?.label), /a download is too short/);
    const object = itemOf(await rowAt('large', 'gap'));
    assert.match(String(object.accessibilityInformation?.label), /^gap, .*lacks 1 segment/);
    assert.deepEqual(object.iconPath, gap.iconPath);
    const to = join(folder, 'gap');
    const words = await complaint({ chooseFile: async () => to }, 'download', await rowAt('large', 'gap'));
    assert.match(words, /large\/gap has a gap: segment 3 is missing, and the download would be short/);
    assert.equal(existsSync(to), false);
    for (const { name } of await objects.list('large', 'gap-')) await objects.deleteObject('large', name);
    assert.match(descriptionOf(await rowAt('large', 'gap')), /all segments are gone/);
  });

  it('downloads a large object as one file', async () => {
    await large('whole', [1, 2]);
    const to = join(folder, 'whole');
    await answering(api, { chooseFile: async () => to, inform: async () => undefined }, async () =>
      run('download', await rowAt('large', 'whole')),
    );
    assert.equal(await readFile(to, 'utf8'), 'segment 1;segment 2;');
  });

  it('shows and downloads a static large object by its list of segments', async () => {
    await objects.putContainer('large');
    const names = ['static/b', 'static/a'];
    const contents = ['b'.repeat(1 << 20), 'a'];
    for (const [at, name] of names.entries()) await put('large', name, contents[at] ?? '');
    const listed = await objects.list('large', 'static/');
    const segments = names.flatMap((name) => listed.filter((one) => one.name === name));
    await objects.putStatic('large', 'listed', segments, 'large');
    assert.deepEqual(await labels('large', 'listed'), ['b', 'a']);
    const to = join(folder, 'listed');
    await answering(api, { chooseFile: async () => to, inform: async () => undefined }, async () =>
      run('download', await rowAt('large', 'listed')),
    );
    assert.equal(await readFile(to, 'utf8'), contents.join(''));
    await put('large', 'static/b', 'other');
    await objects.deleteObject('large', 'static/a');
    const rows = (await rowsUnder('large', 'listed')).map(
      (row) => itemOf(row).accessibilityInformation?.label,
    );
    assert.deepEqual(rows, ['b, is no longer the content that the object lists', 'a, is missing']);
    assert.match(descriptionOf(await rowAt('large', 'listed')), /lacks 2 segments/);
  });

  it('finds an exported disk whose last segments are missing', async () => {
    await large('cut.vhd', [1, 2]);
    const to = join(folder, 'cut.vhd');
    const row = await rowAt('large', 'cut.vhd');
    assert.match(
      await complaint({ chooseFile: async () => to }, 'download', row),
      /its last segments are missing/,
    );
  });

  it('warns before it deletes a segment, and deletes an object with its segments when asked to', async () => {
    await large('doomed', [1, 2]);
    const details: string[] = [];
    const confirm = async (_: string, detail: string): Promise<boolean> => {
      details.push(detail);
      return false;
    };
    const segment = await rowAt('large', 'doomed', '…-00001');
    await answering(api, { confirm }, () => run('delete', segment));
    assert.match(details.join(), /a segment of “doomed”\. Without it, a download of “doomed” is too short/);
    assert.ok(await objects.headObject('large', 'doomed-00001'));
    const both: Api['context']['ui']['pick'] = async (items) => items[0];
    await answering(api, { confirm: async () => true, pick: both }, async () =>
      run('delete', await rowAt('large', 'doomed')),
    );
    assert.deepEqual(await objects.list('large', 'doomed'), []);
  });

  it('refuses changes and reads with the reason where the role is not enough', async () => {
    await asUser(api, 'observer', async () => {
      const row = await rowAt('exports');
      assert.match(String(itemOf(row).contextValue), / cannot:change$/);
      assert.match(
        await complaint({}, 'deleteContainer', row),
        /need the role identity:user-admin or admin. Your roles: observer/,
      );
    });
    await asUser(api, 'images-admin', async () => {
      const [row] = await api.filesView.getChildren();
      assert.match(row?.kind === 'failed' ? row.reason : '', /cannot read Cloud Files/);
    });
  });

  it('draws the container that changed by itself, and nothing else', async () => {
    await vscode.commands.executeCommand('cloudImages.files.focus');
    const drawn: (FileNode | undefined)[] = [];
    const listening = api.filesView.onDidChangeTreeData((node) => drawn.push(node));
    // A tree that comes into sight draws all that changed while it was not seen.
    await put('tree', 'olds', 'x');
    await until('the tree to be seen', () => drawn.length > 0);
    const row = await rowAt('tree');
    drawn.length = 0;
    await put('tree', 'news', 'x');
    await until('the tree to be told', () => drawn.includes(row));
    listening.dispose();
    assert.ok(!drawn.includes(undefined));
  });

  async function put(container: string, name: string, text: string): Promise<void> {
    const bytes = Buffer.from(text);
    const open = async function* (): AsyncGenerator<Uint8Array, void> {
      if (bytes.length > 0) yield bytes;
    };
    await objects.putContent(container, name, { size: bytes.length, open });
  }

  async function large(name: string, numbers: readonly number[]): Promise<void> {
    await objects.putContainer('large');
    for (const number of numbers) await put('large', `${name}-0000${number}`, `segment ${number};`);
    await objects.putDynamic('large', name, `large/${name}-`);
  }

  async function rowsUnder(...path: string[]): Promise<FileNode[]> {
    return api.filesView.getChildren(path.length === 0 ? undefined : await rowAt(...path));
  }

  async function rowAt(...path: string[]): Promise<FileNode> {
    const rows = await rowsUnder(...path.slice(0, -1));
    const found = rows.find((row) => itemOf(row).label === path.at(-1));
    assert.ok(found, `${path.join('/')} is there; there are ${rows.map((row) => itemOf(row).label).join()}`);
    return found;
  }

  async function labels(...path: string[]): Promise<unknown[]> {
    return (await rowsUnder(...path)).map((row) => itemOf(row).label);
  }

  function itemOf(row: FileNode | undefined): vscode.TreeItem {
    assert.ok(row);
    return api.filesView.getTreeItem(row);
  }

  function descriptionOf(row: FileNode): string {
    return String(itemOf(row).description);
  }

  async function complaint(
    answers: Partial<Api['context']['ui']>,
    verb: string,
    ...parameters: unknown[]
  ): Promise<string> {
    const said: string[] = [];
    const complain = async (message: string): Promise<undefined> => void said.push(message);
    await answering(api, { ...answers, complain }, () => run(verb, ...parameters));
    return said.join();
  }
});
