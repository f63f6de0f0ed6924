import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { Api } from '../../../../client/extension.ts';
import { listContainers } from '../../../../server/cloud/services/browse.ts';
import type { Image } from '../../../../server/cloud/services/images.ts';
import { asUser, cloudOf, extension, manifestUri, ownImageIn, rowOf, rowThat, runVerb } from '../support.ts';
import { act, controlOf, picking } from './act.ts';
import { listRequirements } from './requirements.ts';
import { createServer, saveDeadCloud } from './scene.ts';

const requirements = listRequirements();

/** Verbs that need no cloud, or another than the one that is shown, or look first at what they are for. */
const withoutCloud: ReadonlySet<string> = new Set([
  'emulator.start',
  'emulator.startOnFreePort',
  'emulator.restart',
  'connect',
  'editCloud',
  'forgetCloud',
  'chooseKind',
  'convertImages',
  'openDemo',
  'newManifest',
  'repairDisk',
  'showDisk',
  'import',
  'plan',
  'apply',
  'compareManifest',
  'switchUser',
  'images.compare',
  'images.resolveConflict',
  'images.saveFilter',
  'images.deleteFilter',
]);

/** What partners answer is left in `sharing`. */
const elsewhere: ReadonlySet<string> = new Set(['images.accept']);

const nowhere = '00000000-0000-4000-8000-000000000000';

describe('every verb that asks', () => {
  const asking = requirements.filter(({ outcomes }) => outcomes.includes('cancel'));
  before(async function () {
    this.timeout(120_000);
    await setScene(await extension());
  });
  after(async () => clearScene(await extension()));

  const offered = asking.filter(({ id, entries }) => entries.includes('palette') && !elsewhere.has(id));
  for (const { id } of offered) {
    it(`leaves all as it was when the person leaves: ${id}`, async () => {
      const { api } = await ownImageIn();
      await vscode.commands.executeCommand('workbench.action.closeAllEditors');
      const before = await describeCloud(api);
      const prepare = preparations[id];
      if (prepare) await prepare(api);
      const { outcome, asked, said } = await act(api, {}, id);
      assert.deepEqual([outcome, said], ['cancel', []]);
      assert.equal(asked.length, 1, asked.join());
      assert.deepEqual(await describeCloud(api), before);
    });
  }
});

describe('every verb of a cloud that does not answer', () => {
  let shown: string;
  before(async () => {
    const { context } = await extension();
    shown = context.clouds.shown;
    context.clouds.show(await saveDeadCloud(await extension()));
  });
  after(async () => {
    const { context } = await extension();
    context.clouds.show(shown);
    for (const { id } of context.clouds.saved) await context.clouds.forget(id);
    await context.source.connect();
  });

  const ofClouds = requirements.filter(
    ({ id, outcomes, entries }) =>
      entries.includes('palette') && outcomes.includes('refusal') && !withoutCloud.has(id),
  );
  for (const { id } of ofClouds)
    it(`says why it cannot be used, and asks nothing: ${id}`, async () => {
      const { outcome, asked, said } = await act(await extension(), {}, id);
      assert.deepEqual([outcome, asked], ['refusal', []], said.join());
      assert.equal(said.length, 1);
      assert.match(said.join(), /127\.0\.0\.1|^dead is a real cloud/);
    });
});

describe('every verb of images', () => {
  const ofImages = requirements.filter(({ id }) => id.startsWith('images.'));

  for (const { id } of ofImages.filter(({ entries }) => entries.includes('row')))
    it(`says that the image of a row is gone: ${id}`, async () => {
      const api = await extension();
      const gone: Image = new Map([
        ['id', nowhere],
        ['name', 'gone'],
      ]);
      if (id === 'images.acceptById') return;
      const { outcome, said } = await act(api, {}, id, { kind: 'image', seen: { image: gone } });
      assert.equal(outcome, 'refusal');
      assert.match(said.join(), /There is no “gone” in DFW/);
    });

  it('has a reason in the row for each verb that is greyed, whoever is signed in', async () => {
    const { api, id } = await ownImageIn();
    for (const user of ['owner', 'observer', 'images-observer', 'creator', 'images-admin'])
      await asUser(api, user, async () => {
        const row = await rowThat(api, id, 'to be there', () => true);
        const item = api.imagesView.getTreeItem(row);
        const greyed = [...(item.contextValue ?? '').matchAll(/ cannot:(\w+)/g)].map(([, verb = '']) => verb);
        for (const verb of greyed) {
          const command = requirements.find((one) => one.id === `images.${verb}`)?.id;
          if (command === undefined) continue;
          const { outcome, said, asked } = await act(api, {}, command, await rowOf(api, id));
          assert.deepEqual([outcome, asked], ['refusal', []], `${verb} by ${user}`);
          assert.match(said.join(), /^You cannot .*\. [A-Z].*\.$/, `${verb} by ${user}`);
        }
      });
  });
});

const sceneTag = 'scene';
const badTag = 'a scene';

/** Makes what verbs ask about: a tag, a server, a saved cloud. */
async function setScene(api: Api): Promise<void> {
  const { images } = await cloudOf(api);
  const { id } = await ownImageIn();
  await images.addTag(id, sceneTag);
  await images.addTag(id, badTag);
  await saveDeadCloud(api);
  await controlOf(api).takeSnapshot(sceneTag);
  await createServer(api, sceneTag);
}

async function clearScene(api: Api): Promise<void> {
  const { images } = await cloudOf(api);
  const { id } = await ownImageIn();
  await images.removeTag(id, sceneTag);
  await images.removeTag(id, badTag);
  await controlOf(api).deleteSnapshot(sceneTag);
  for (const { id: saved } of api.context.clouds.saved) await api.context.clouds.forget(saved);
  for (const { name } of api.context.browsing.saved) await api.context.browsing.forget(name);
  await act(api, { pick: picking(sceneTag), confirm: async () => true }, 'servers.delete');
}

/** Commands that ask only when there is something to ask about. */
const preparations: Readonly<Record<string, (api: Api) => Promise<unknown>>> = {
  'images.resolveConflict': async () =>
    runVerb('open', await rowOf(await extension(), (await ownImageIn()).id)),
  'images.saveFilter': async ({ context }) => context.browsing.show({ kind: 'text', text: 'web' }),
  'images.deleteFilter': async ({ context }) => {
    context.browsing.show(undefined);
    await context.browsing.save({ name: 'mine', text: 'web' });
  },
  chooseKind: async () => vscode.window.showTextDocument(await manifestUri('web.image-import.yaml')),
  convertImages: async () => vscode.window.showTextDocument(await manifestUri('web.image.yaml')),
};

/** What a command that is left may not change. */
async function describeCloud(api: Api): Promise<unknown> {
  const cloud = await cloudOf(api);
  const images: unknown[] = [];
  for await (const page of cloud.images.list({}))
    images.push(...page.map((image) => Object.fromEntries(image)));
  const tasks: unknown[] = [];
  for await (const page of cloud.tasks.list({})) tasks.push(...page.map(({ id, status }) => [id, status]));
  return { images, tasks, containers: (await listContainers(cloud, 1000)).entries };
}
