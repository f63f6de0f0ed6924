import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Api } from '../../../../client/extension.ts';
import type { FileNode } from '../../../../client/views/files/fileNode.ts';
import { asUser, cloudOf, extension, importDisk, manifestUri, rowThat, until } from '../support.ts';
import { act, mendAndRetry, type Ui, withFault } from './act.ts';
import { createServer } from './scene.ts';

const yes = async (): Promise<boolean> => true;
const all: Ui['pickMany'] = async (items) => items;

describe('a verb of several rows, where the cloud refuses one of them', () => {
  let api: Api;
  let ids: string[];
  let folder: string;

  before(async function () {
    this.timeout(120_000);
    api = await extension();
    folder = await mkdtemp(join(tmpdir(), 'cloud-images-bulk-'));
    ids = [];
    for (let made = 0; made < 2; made++) {
      const { result } = await importDisk(api, await manifestUri('web.image-import.yaml'));
      ids.push(String(result?.['image_id']));
    }
  });
  after(() => rm(folder, { recursive: true, force: true }));

  /** Runs the verb on both images while the second is refused once, and tries that again. */
  async function retries(verb: string, method: string, answers: Partial<Ui>): Promise<string[]> {
    const rows = await Promise.all(ids.map((id) => rowThat(api, id, 'to be there', () => true)));
    return withFault(api, { method, path: `*/images/${ids[1]}*`, status: 409, count: 100 }, async () => {
      const { outcome, said, told } = await act(
        api,
        { confirm: yes, ...answers, complain: mendAndRetry(api) },
        `images.${verb}`,
        rows[0],
        rows,
      );
      assert.equal(outcome, 'partial', said.join());
      assert.equal(said.length, 1);
      assert.match(said.join(), /^Done for 1 of 2 images\. The others failed:\n“.*”: .*HTTP 409/);
      return [...told];
    });
  }

  /** The value of an attribute of both images. */
  async function valuesOf(name: string): Promise<unknown[]> {
    const { images } = await cloudOf(api);
    return Promise.all(ids.map(async (id) => (await images.get(id)).get(name)));
  }

  const becomes = (name: string, value: unknown): Promise<unknown> =>
    until(`${name} of both to be ${String(value)}`, async () =>
      (await valuesOf(name)).every((one) => String(one) === String(value)),
    );

  it('names it and tries it again: tags', async () => {
    await retries('addTag', 'PUT', { ask: async () => 'both' });
    await becomes('tags', 'both');
    await Promise.all(
      ids.map((id) => rowThat(api, id, 'tagged', ({ seen }) => String(seen.image.get('tags')) === 'both')),
    );
    await retries('removeTag', 'DELETE', { pickMany: all });
    await becomes('tags', '');
  });

  it('goes on where it was in an image of which a part was done', async () => {
    const { images } = await cloudOf(api);
    for (const id of ids) for (const tag of ['first', 'second']) await images.addTag(id, tag);
    const rows = await Promise.all(
      ids.map((id) =>
        rowThat(api, id, 'tagged', ({ seen }) => String(seen.image.get('tags')).includes('second')),
      ),
    );
    await withFault(
      api,
      { method: 'DELETE', path: `*/images/${ids[1]}/tags/second`, status: 409 },
      async () => {
        const answers = { pickMany: all, complain: mendAndRetry(api) };
        const { outcome } = await act(api, answers, 'images.removeTag', rows[0], rows);
        assert.equal(outcome, 'partial');
        await becomes('tags', '');
      },
    );
  });

  it('names it and tries it again: fixes of tags', async () => {
    const { images } = await cloudOf(api);
    for (const id of ids) await images.addTag(id, 'a b');
    await Promise.all(
      ids.map((id) => rowThat(api, id, 'tagged', ({ seen }) => String(seen.image.get('tags')) === 'a b')),
    );
    await retries('fixTags', 'PUT', { pickMany: all });
    await becomes('tags', 'a_b');
    for (const id of ids) await images.removeTag(id, 'a_b');
  });

  it('names it and tries it again: protection', async () => {
    await retries('protect', 'PATCH', {});
    await becomes('protected', true);
    await Promise.all(
      ids.map((id) =>
        rowThat(api, id, 'protected', ({ seen: { image } }) => image.get('protected') === true),
      ),
    );
    await retries('unprotect', 'PATCH', {});
    await becomes('protected', false);
  });

  it('names it and tries it again: sharing and the answer to it', async () => {
    const statuses = async (): Promise<string> => {
      const { members } = await cloudOf(api);
      const shared = await Promise.all(ids.map((id) => members.list(id)));
      return shared.map((list) => list.map(({ status }) => status).join()).join(' ');
    };
    await retries('share', 'POST', { ask: async () => '100002' });
    await until('both to be shared', async () => (await statuses()) === 'pending pending');
    await asUser(api, 'partner', async () => {
      for (const [verb, status] of [
        ['accept', 'accepted'],
        ['reconsider', 'pending'],
        ['reject', 'rejected'],
      ] as const) {
        await retries(verb, 'PUT', {});
        await Promise.all(ids.map((id) => rowThat(api, id, status, ({ seen }) => seen.answer === status)));
      }
    });
    assert.equal(await statuses(), 'rejected rejected');
    await retries('unshare', 'DELETE', { pickMany: all });
    await until('nothing to be shared', async () => (await statuses()) === ' ');
  });

  it('names it and tries it again: writing manifests', async () => {
    await retries('writeManifest', 'GET', { chooseFolder: async () => folder });
    await until('both manifests', async () => (await readdir(folder)).length === 2);
  });

  it('names it and tries it again: deletion', async () => {
    await retries('delete', 'DELETE', { ask: async () => '2' });
    const { images } = await cloudOf(api);
    await until('both to be gone', async () => {
      const there = await Promise.all(ids.map((id) => images.get(id).catch(() => undefined)));
      return there.every((image) => image === undefined);
    });
  });

  it('names it and tries it again: objects', async () => {
    const { objects } = await cloudOf(api);
    await objects.putContainer('bulk');
    const open = async function* (): AsyncGenerator<Uint8Array, void> {
      yield Buffer.from('x');
    };
    for (const name of ['one', 'two']) await objects.putContent('bulk', name, { size: 1, open });
    const rows = ['one', 'two'].map(
      (name): FileNode => ({ kind: 'object', container: 'bulk', name, bytes: 1, etag: '', modified: '' }),
    );
    await withFault(api, { method: 'DELETE', path: '*/bulk/two', status: 409 }, async () => {
      const answers = { ask: async () => '2', complain: mendAndRetry(api) };
      const { outcome, said } = await act(api, answers, 'files.delete', rows[0], rows);
      assert.equal(outcome, 'partial');
      assert.match(said.join(), /^Done for 1 of 2 objects\. The others failed:\n“two”: /);
      await until('both to be gone', async () => (await objects.list('bulk')).length === 0);
    });
  });

  it('names it and tries it again: servers', async function () {
    this.timeout(120_000);
    const { servers } = api.context;
    await createServer(api, 'bulk-1');
    await createServer(api, 'bulk-2');
    const loaded = await servers.loaded();
    assert.ok(loaded.kind === 'ready');
    const rows = [...loaded.items.values()]
      .filter(({ server }) => server.name.startsWith('bulk-'))
      .map((live) => ({ kind: 'server', live }));
    const refused = rows[1]?.live.server.id;
    await withFault(api, { method: 'DELETE', path: `*/servers/${refused}`, status: 409 }, async () => {
      const answers = { ask: async () => '2', complain: mendAndRetry(api) };
      const { outcome, said } = await act(api, answers, 'servers.delete', rows[0], rows);
      assert.equal(outcome, 'partial');
      assert.match(said.join(), /^Done for 1 of 2 servers\. The others failed:\n“bulk-\d”: /);
      await until('both to be gone', async () => {
        const now = await servers.loaded();
        return (
          now.kind === 'ready' && ![...now.items.values()].some((one) => one.server.name.startsWith('bulk-'))
        );
      });
    });
  });
});
