import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { Api } from '../../../../client/extension.ts';
import type { FileNode } from '../../../../client/views/files/fileNode.ts';
import { type Emulator, startEmulator } from '../../../tools/emulator.ts';
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
} from '../support.ts';
import { act, picking, type Ui, withFault } from './act.ts';

const yes = async (): Promise<boolean> => true;
const all: Ui['pickMany'] = async (items) => items;

describe('the deletion of images', () => {
  it('of several asks for their number, and offers to write down what is gone', async function () {
    this.timeout(120_000);
    const api = await extension();
    const ids = [await importImage(api), await importImage(api)];
    const rows = await Promise.all(ids.map((id) => rowThat(api, id, 'to be there', () => true)));
    const objections: unknown[] = [];
    const ask: Ui['ask'] = async (title, validate) => {
      objections.push(title, validate(''), validate('3'), validate('2'));
      return '2';
    };
    const folder = await mkdtemp(join(tmpdir(), 'cloud-images-deleted-'));
    const inform: Ui['inform'] = async (_, ...actions) => actions[0];
    const answers = { ask, inform, chooseFolder: async () => folder };
    const { outcome, said, told } = await act(api, answers, 'images.delete', rows[0], rows);
    assert.equal(outcome, 'success', said.join());
    assert.equal(objections[0], 'Delete 2 images?');
    assert.match(
      String(objections[1]),
      /^Type 2 to delete them\. “.*”, “.*”\. A deleted image cannot be restored/,
    );
    assert.equal(objections[2], objections[1]);
    assert.equal(objections[3], undefined);
    assert.equal(told[0], 'Deleted 2 images.');
    const files = await until('the manifests', async () => {
      const names = await readdir(folder);
      return names.length === 2 ? names : undefined;
    });
    const texts = await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')));
    for (const text of texts) {
      assert.match(text, /^name: Web frontend$/m);
      assert.doesNotMatch(text, /^id:/m, 'an image that is made anew has another id');
    }
    await rm(folder, { recursive: true });
  });

  it('of a protected one is refused, and offers to remove the protection too', async () => {
    const api = await extension();
    const id = await importImage(api);
    const { images } = await cloudOf(api);
    await images.patch(id, [{ op: 'replace', path: '/protected', value: true }]);
    const row = await rowThat(api, id, 'protected', ({ seen: { image } }) => image.get('protected') === true);
    const asked: string[] = [];
    const confirm: Ui['confirm'] = async (question) => {
      asked.push(question);
      return true;
    };
    const complain: Ui['complain'] = async (_, ...actions) =>
      actions.find((action) => action === 'Unprotect and Delete');
    const { outcome, said } = await act(api, { confirm, complain }, 'images.delete', row);
    assert.equal(outcome, 'refusal');
    assert.match(said.join(), /protected against deletion/);
    await until('it to be gone', async () => (await images.get(id).catch(() => undefined)) === undefined);
    assert.match(asked.join(), /^Remove the protection and delete “.*”\?$/);
  });

  it('of a protected one leaves it protected where the cloud refuses', async () => {
    const api = await extension();
    const id = await importImage(api);
    const { images } = await cloudOf(api);
    await images.patch(id, [{ op: 'replace', path: '/protected', value: true }]);
    const row = await rowThat(api, id, 'protected', ({ seen: { image } }) => image.get('protected') === true);
    const said: string[] = [];
    const complain: Ui['complain'] = async (message, ...actions) => {
      said.push(message);
      return actions.find((action) => action === 'Unprotect and Delete');
    };
    await withFault(api, { method: 'DELETE', path: `*/images/${id}`, status: 409 }, async () => {
      await answering(api, { confirm: yes, complain }, async () => {
        await runVerb('delete', row);
        await until('the refusal', () => said.length > 1);
      });
    });
    assert.match(said[1] ?? '', /HTTP 409/);
    assert.equal((await images.get(id)).get('protected'), true);
    await images.patch(id, [{ op: 'replace', path: '/protected', value: false }]);
    await images.delete(id);
  });
});

describe('stored tags that URLs must escape', () => {
  it('are replaced by ones that they need not', async () => {
    const { api, id, cloud } = await ownImageIn();
    for (const tag of ['web front', 'Café/bar', 'fine']) await cloud.images.addTag(id, tag);
    const row = await rowThat(api, id, 'tagged', ({ seen }) =>
      String(seen.image.get('tags')).includes('fine'),
    );
    const offered: string[] = [];
    const pickMany: Ui['pickMany'] = async (items) => {
      offered.push(...items.map(({ label }) => label));
      return items;
    };
    await withFault(api, { method: 'PUT', path: `*/images/${id}/tags*`, status: 409 }, async () => {
      assert.match((await act(api, { pickMany }, 'images.fixTags', row)).said.join(), /HTTP 409/);
    });
    assert.equal((await act(api, { pickMany: all }, 'images.fixTags', row)).outcome, 'success');
    assert.ok(offered.includes('“web front” becomes “web_front”'), offered.join());
    const tags = (await cloud.images.get(id)).get('tags');
    assert.deepEqual([...(tags as string[])].sort(), ['Cafe_bar', 'fine', 'web_front']);
    for (const tag of tags as string[]) await cloud.images.removeTag(id, tag);
    const fixed = await rowThat(api, id, 'untagged', ({ seen }) => String(seen.image.get('tags')) === '');
    assert.match((await act(api, {}, 'images.fixTags', fixed)).said.join(), /can stand in a URL/);
  });
});

describe('the verification', () => {
  it('of an exported image finds it sound, and then each kind of damage', async function () {
    this.timeout(120_000);
    const api = await extension();
    const { objects } = await cloudOf(api);
    const bytes = await readFile(
      join((await manifestUri('web.image-import.yaml')).fsPath, '../../exports/web.vhd'),
    );
    await objects.putContainer('sound');
    const third = Math.ceil(bytes.length / 3);
    const put = async (number: number): Promise<void> => {
      const part = bytes.subarray((number - 1) * third, number * third);
      const open = async function* (): AsyncGenerator<Uint8Array, void> {
        yield part;
      };
      await objects.putContent('sound', `d.vhd-0000${number}`, { size: part.length, open });
    };
    for (const number of [1, 2, 3]) await put(number);
    await objects.putDynamic('sound', 'd.vhd', 'sound/d.vhd-');
    const row: FileNode = {
      ...{ kind: 'object', container: 'sound', name: 'd.vhd', bytes: bytes.length, etag: '', modified: '' },
      large: { dynamic: 'sound/d.vhd-' },
    };
    const inform: Ui['inform'] = async (_, ...actions) => actions[0];
    const { outcome, told, said } = await act(api, { inform }, 'files.verify', row);
    assert.equal(outcome, 'success', said.join());
    assert.match(
      told[0] ?? '',
      /^sound\/d\.vhd is sound: 3 segments without a gap, both footers are equal, /,
    );
    const damaged = async (): Promise<string> => (await act(api, {}, 'files.verify', row)).said.join();
    await objects.deleteObject('sound', 'd.vhd-00002');
    assert.match(await damaged(), /is damaged\. Segment 2 is missing\. Export the image anew/);
    await put(2);
    await objects.deleteObject('sound', 'd.vhd-00003');
    assert.match(await damaged(), /is damaged\. /);
    for (const number of [1, 2]) await objects.deleteObject('sound', `d.vhd-0000${number}`);
    assert.match(await damaged(), /None of its segments is there any more/);
    const left = await act(api, { progress: cancelled }, 'files.verify', row);
    assert.deepEqual([left.outcome, left.said], ['cancel', []]);
  });

  it('of an image looks at its newest export, and says so where there is none', async function () {
    this.timeout(120_000);
    const api = await extension();
    const id = await importImage(api);
    const row = await rowThat(
      api,
      id,
      'to be active',
      ({ seen: { image } }) => image.get('status') === 'active',
    );
    assert.match((await act(api, {}, 'images.verify', row)).said.join(), /Export it first/);
    const { objects } = await cloudOf(api);
    await objects.putContainer('verified');
    const exported = await act(api, { confirm: yes, pick: picking('verified') }, 'images.export', row);
    assert.equal(exported.outcome, 'success', exported.said.join());
    const verified = await until('the export to be known', async () => {
      const ending = await act(api, {}, 'images.verify', row);
      return ending.outcome === 'success' ? ending : undefined;
    });
    assert.match(verified.told.join(), new RegExp(`^verified/${id}\\.vhd is sound: `));
    await act(api, { confirm: yes }, 'images.delete', row);
  });
});

describe('verbs that only a plain OpenStack offers', () => {
  let openstack: Emulator;
  let folder: string;
  let api: Api;

  before(async function () {
    this.timeout(120_000);
    api = await extension();
    folder = await mkdtemp(join(tmpdir(), 'cloud-images-openstack-'));
    const program = join(import.meta.dirname, '..', '..', '..', 'dist', 'emulator.js');
    const more = ['--seed', 'demo', '--profile', 'openstack'];
    openstack = await startEmulator({ data: folder, arguments: more, program });
    const auth = {
      ...{ auth_url: `${openstack.url}/identity/v3`, username: 'owner', project_name: '100001' },
      ...{ user_domain_name: 'Default', project_domain_name: 'Default' },
    };
    const cloud = { id: 'plain', name: 'plain', entry: { auth } };
    const shown = await api.context.clouds.save(cloud, 'password', 'emulator');
    assert.equal((await act(api, {}, 'connect', shown)).outcome, 'success');
  });
  after(async () => {
    await api.context.clouds.forget('plain');
    await openstack.close();
    await rm(folder, { recursive: true, force: true });
    await api.context.source.connect();
  });

  it('verify, deactivate and reactivate images', async function () {
    this.timeout(120_000);
    const { openImageData } = await import('../../../../server/cloud/services/imageData.ts');
    const cloud = await cloudOf(api);
    const data = openImageData(cloud.session, cloud.region);
    const disk = vscode.Uri.joinPath(await manifestUri('web.image-import.yaml'), '../../exports/web.vhd');
    const ids: string[] = [];
    for (const name of ['one', 'two']) {
      const image = await data.create({ name, disk_format: 'vhd', container_format: 'bare' });
      ids.push(String(image.get('id')));
      await data.upload(String(image.get('id')), disk.fsPath);
    }
    api.context.images.reload();
    const rowOfStatus = (id: string, status: string) =>
      rowThat(api, id, status, ({ seen: { image } }) => image.get('status') === status);
    const rows = await Promise.all(ids.map((id) => rowOfStatus(id, 'active')));
    const verified = await act(api, {}, 'images.verify', rows[0]);
    assert.match(
      verified.told.join(),
      /^“one” is sound: [\d,]+ bytes, MD5 [0-9a-f]{12}…, SHA512 /,
      verified.said.join(),
    );
    const picked = await act(api, { pick: picking(ids[0] ?? '') }, 'images.deactivate');
    assert.equal(picked.outcome, 'success', picked.said.join());
    const off = await rowOfStatus(ids[0] ?? '', 'deactivated');
    assert.match((await act(api, {}, 'images.deactivate', off)).said.join(), /already deactivated/);
    assert.match((await act(api, {}, 'images.verify', off)).said.join(), /it is not active/);
    assert.equal((await act(api, { pick: picking(ids[0] ?? '') }, 'images.reactivate')).outcome, 'success');
    const on = await Promise.all(ids.map((id) => rowOfStatus(id, 'active')));
    await fails(ids[1], 'deactivate', on);
    const both = await Promise.all(ids.map((id) => rowOfStatus(id, 'deactivated')));
    await fails(ids[1], 'reactivate', both);
    await Promise.all(ids.map((id) => rowOfStatus(id, 'active')));
  });

  /** Runs a verb on several while the cloud refuses the second, and tries that again. */
  async function fails(refused: string | undefined, verb: string, rows: readonly unknown[]): Promise<void> {
    const { emulatorControl } = await import('../../../../server/cloud/services/emulatorControl.ts');
    const control = emulatorControl(openstack.url, openstack.token);
    await control.addFault({ method: 'POST', path: `*/images/${refused}/actions/*`, status: 409 });
    let left = 1;
    const complain: Ui['complain'] = async () => (left-- > 0 ? 'Retry' : undefined);
    const { outcome, said } = await act(api, { complain }, `images.${verb}`, rows[0], rows);
    assert.equal(outcome, 'partial', said.join());
    await control.deleteFaults();
  }
});

const cancelled: Ui['progress'] = (_, work) => {
  const abort = new AbortController();
  abort.abort(new Error('cancelled'));
  return work({ report: () => undefined }, abort.signal);
};

async function importImage(api: Api): Promise<string> {
  const { result } = await importDisk(api, await manifestUri('web.image-import.yaml'));
  return String(result?.['image_id']);
}
