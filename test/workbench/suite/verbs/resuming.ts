import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { Api } from '../../../../client/extension.ts';
import type { Objects } from '../../../../server/cloud/services/objects.ts';
import { makeDisk } from '../../../tools/disks.ts';
import {
  answering,
  cloudOf,
  extension,
  manifestUri,
  ownImageIn,
  rowThat,
  runVerb,
  until,
} from '../support.ts';
import { act, type Ending, stoppedAt, type Ui } from './act.ts';
import { saveDeadCloud } from './scene.ts';

const yes = async (): Promise<boolean> => true;
const silent = async (): Promise<undefined> => undefined;

describe('a transfer that stops', () => {
  let api: Api;
  let objects: Objects;
  let folder: string;
  const bytes = Buffer.alloc(5 << 20, 'cloud images');
  const settings = () => vscode.workspace.getConfiguration('cloudImages');

  before(async () => {
    api = await extension();
    ({ objects } = await cloudOf(api));
    folder = await mkdtemp(join(tmpdir(), 'cloud-images-resume-'));
    await writeFile(join(folder, 'disk.bin'), bytes);
    await objects.putContainer('resume');
    await settings().update('files.segmentMegabytes', 1, vscode.ConfigurationTarget.Workspace);
  });
  after(async () => {
    await settings().update('files.segmentMegabytes', undefined, vscode.ConfigurationTarget.Workspace);
    await rm(folder, { recursive: true, force: true });
  });

  const upload = (answers: Partial<Ui>): Promise<Ending> => {
    const chooseFile = async (): Promise<string> => join(folder, 'disk.bin');
    return act(api, { chooseFile, ...answers }, 'files.upload', { kind: 'container', name: 'resume' });
  };
  const segments = async (): Promise<number> =>
    (await objects.list('resume_segments').catch(() => [])).length;
  const parts = async (): Promise<string[]> =>
    (await readdir(folder)).filter((name) => name.endsWith('.part'));

  it('keeps the segments of an upload until they are discarded', async () => {
    const choosing = Promise.withResolvers<string | undefined>();
    const { outcome, told } = await upload({ progress: cancelledAt(0.5), inform: () => choosing.promise });
    assert.equal(outcome, 'cancel');
    assert.match(
      told.join(),
      /^Upload of disk\.bin cancelled\. .* kept in resume_segments, where they cost money/,
    );
    const kept = await segments();
    assert.ok(kept > 0 && kept < 5, String(kept));
    choosing.resolve('Discard');
    await until('no segment to be left', async () => (await segments()) === 0);
    assert.equal(await objects.headObject('resume', 'disk.bin'), undefined);
  });

  it('goes on with an upload where it was', async () => {
    const choosing = Promise.withResolvers<string | undefined>();
    await upload({ progress: cancelledAt(0.5), inform: () => choosing.promise });
    const kept = await segments();
    choosing.resolve('Resume');
    await until('the object', async () => {
      const there = await objects.headObject('resume', 'disk.bin');
      return there?.bytes === bytes.length;
    });
    assert.equal((await objects.details('resume', 'disk.bin'))?.isStatic, true);
    assert.ok(kept < 5);
    assert.equal(await segments(), 5);
  });

  it('goes on in the region where it began, whichever is shown by then', async () => {
    const cloud = await cloudOf(api);
    await writeFile(join(folder, 'disk.bin'), Buffer.alloc(5 << 20, 'elsewhere'));
    const choosing = Promise.withResolvers<string | undefined>();
    await upload({ confirm: async () => true, progress: cancelledAt(0.5), inform: () => choosing.promise });
    const { etag } = (await objects.details('resume', 'disk.bin')) ?? {};
    api.context.source.chooseRegion('ORD');
    try {
      choosing.resolve('Resume');
      await until('the object', async () => (await objects.details('resume', 'disk.bin'))?.etag !== etag);
      const there = await cloud.inRegion('ORD').objects.headObject('resume', 'disk.bin');
      assert.equal(there, undefined);
    } finally {
      api.context.source.chooseRegion('DFW');
      await writeFile(join(folder, 'disk.bin'), bytes);
      await upload({ confirm: async () => true });
    }
  });

  it('goes on with a download where it was, and finds what is not as it was sent', async () => {
    const to = join(folder, 'back.bin');
    const row = { kind: 'object', container: 'resume', name: 'disk.bin', bytes: 0, etag: '', modified: '' };
    const stop = async (choice: Promise<string | undefined>): Promise<void> => {
      const answers = { chooseFile: async () => to, progress: cancelledAt(0.5), inform: () => choice };
      assert.equal((await act(api, answers, 'files.download', row)).outcome, 'cancel');
    };
    const choosing = Promise.withResolvers<string | undefined>();
    await stop(choosing.promise);
    assert.equal((await parts()).length, 1);
    choosing.resolve('Resume');
    await until('the file', async () => (await readdir(folder)).includes('back.bin'));
    assert.ok(bytes.equals(await readFile(to)));
    assert.deepEqual(await parts(), []);

    await rm(to);
    const again = Promise.withResolvers<string | undefined>();
    await stop(again.promise);
    const [part = ''] = await parts();
    await writeFile(join(folder, part), Buffer.alloc(1 << 20, 'other'));
    const said: string[] = [];
    const { ui } = api.context;
    const before = ui.complain;
    Object.assign(ui, { complain: async (message: string) => void said.push(message) });
    again.resolve('Resume');
    await until('the complaint', () => said.length > 0);
    Object.assign(ui, { complain: before });
    assert.match(said.join(), /did not arrive as Cloud Files lists it/);
    assert.ok(!(await readdir(folder)).includes('back.bin'));
  });

  it('goes on with the upload of an import that is run again', async function () {
    this.timeout(120_000);
    const good = await manifestUri('web.image-import.yaml');
    const disk = join(good.fsPath, '..', '..', 'exports', 'again.vhd');
    makeDisk(disk, 'linux');
    const manifest = vscode.Uri.joinPath(good, '..', 'again.image-import.yaml');
    const text =
      'type: import\ninput:\n  import_from: exports/again.vhd\n  image_properties:\n    name: Again\n';
    await vscode.workspace.fs.writeFile(manifest, Buffer.from(text));
    const kept = async (): Promise<string[]> =>
      (await objects.list('exports_segments', 'again.vhd/').catch(() => [])).map(({ name }) => name);
    const run = (progress: Ui['progress']): Promise<Ending> =>
      act(api, { confirm: async () => true, progress }, 'import', manifest.toString(), 0);
    await run(cancelledAt(0.5));
    const first = await kept();
    assert.ok(first.length > 0, 'segments are kept');
    assert.equal(await objects.headObject('exports', 'again.vhd'), undefined);
    const { outcome, said } = await run((_, work) =>
      work({ report: () => undefined }, new AbortController().signal),
    );
    assert.deepEqual([outcome, said], ['success', []]);
    const all = await kept();
    assert.ok(all.length > first.length && first.every((name) => all.includes(name)));
    await vscode.workspace.fs.delete(manifest);
  });
});

describe('a transfer to another region', () => {
  it('brings the image with its tags into another region, and resumes where it broke off', async () => {
    const { api, cloud, id } = await ownImageIn();
    const others = cloud.inRegion('ORD');
    await cloud.images.addTag(id, 'moved');
    const row = await rowThat(api, id, 'with its tag', ({ seen: { image } }) =>
      JSON.stringify(image.get('tags')).includes('moved'),
    );
    const { state } = api.context.emulator;
    assert.equal(state.kind, 'running');
    // The segments arrive in the other region; the first of them does not.
    await state.control.addFault({ method: 'PUT', path: '/ord/object-store/*.vhd-*', status: 503 });
    const said: string[] = [];
    const answers: Partial<Ui> = {
      confirm: yes,
      inform: silent,
      complain: async (message) => void said.push(message),
      pick: async (items) => items.find(({ label }) => label === 'ORD') ?? items[0],
    };
    const inform = async (message: string): Promise<undefined> => void said.push(message);
    const cancelled = { ...answers, inform, progress: stoppedAt(/^export task /) };
    assert.equal(await answering(api, cancelled, () => runVerb('transfer', row)), undefined);
    assert.match(
      said.join(),
      /stopped at the step “export”: you cancelled it\. .* Transfer the image again to resume/,
    );
    assert.equal(await answering(api, answers, () => runVerb('transfer', row)), undefined);
    assert.match(said.join(), /stopped at the step “copy”.*Transfer the image again to resume/);
    await state.control.deleteFaults();
    const details: string[] = [];
    const confirm = async (_: string, detail: string): Promise<boolean> => Boolean(details.push(detail));
    // By the time that the person wants to see it, another cloud is shown.
    const dead = await saveDeadCloud(api);
    const { clouds, source } = api.context;
    const show = async (_: string, action?: string): Promise<string | undefined> => {
      if (action === 'Show ORD') clouds.show(dead);
      return action;
    };
    let made: unknown;
    try {
      made = await answering(api, { ...answers, confirm, inform: show }, () => runVerb('transfer', row));
      await until('the other region', () => source.connection?.cloud.region === 'ORD');
      assert.equal(source.connection?.cloudId, 'emulator');
      source.chooseRegion('DFW');
    } finally {
      await clouds.forget('dead');
    }
    assert.match(details.join(), /resumes at the step “copy”/);
    const image = await others.images.get(String(made));
    assert.equal(image.get('name'), row.seen.image.get('name'));
    assert.ok(JSON.stringify(image.get('tags')).includes('moved'));
    assert.deepEqual(await others.objects.list('image-transfers').catch(() => []), []);
  });
});

/** The progress of a command that is cancelled once, at a part of the work. */
function cancelledAt(part: number): Ui['progress'] {
  let left = 1;
  return (_, work) => {
    const abort = new AbortController();
    const report = (fraction: number): void => {
      if (fraction >= part && left-- > 0) abort.abort(new Error('cancelled'));
    };
    return work({ report }, abort.signal);
  };
}
