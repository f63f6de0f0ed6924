import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { Api } from '../../../client/extension.ts';
import { answering, asUser, ownImageIn, refusal, rowOf, rowThat, runVerb, until } from './support.ts';

describe('the row of an own image', () => {
  it('is renamed, checked while it is typed, and undone', async () => {
    const { api, id, cloud } = await ownImageIn();
    const row = await rowThat(api, id, 'to be there', () => true);
    const before = row.seen.image.get('name');
    const objections: unknown[] = [];
    const ask: Ui['ask'] = async (_, validate, how) => {
      objections.push(
        how?.value,
        validate('x'.repeat(256)),
        validate(String(before)),
        validate('Other name'),
      );
      return 'Other name';
    };
    const undo = Promise.withResolvers<string | undefined>();
    const told: string[] = [];
    await answering(api, { ask, inform: informing(told, undo.promise) }, () => runVerb('rename', row));
    assert.equal(objections[0], before);
    assert.match(String(objections[1]), /longer than 255 characters/);
    assert.match(String(objections[2]), /already has this name/);
    assert.equal(objections[3], undefined);
    await rowThat(api, id, 'with its new name', ({ seen: { image } }) => image.get('name') === 'Other name');
    undo.resolve('Undo');
    await rowThat(api, id, 'with its old name', ({ seen: { image } }) => image.get('name') === before);
    assert.equal((await cloud.images.get(id)).get('name'), before);
    assert.deepEqual(told, [`Renamed “${String(before)}” to “Other name”.`]);
  });

  it('is drawn again without the rest of the tree when it changes', async () => {
    const { api, id, cloud } = await ownImageIn();
    await vscode.commands.executeCommand('cloudImages.images.focus');
    await until('the tree to be seen', () => api.imagesTree.visible);
    const row = await rowThat(api, id, 'to be there', () => true);
    const drawn: unknown[] = [];
    const listening = api.imagesView.onDidChangeTreeData((rows) => drawn.push(rows));
    await cloud.images.addTag(id, 'alone');
    // Who asks the view for its rows takes the change in its place, so they are asked for after it.
    await until('the tree to be told', () => drawn.length > 0);
    listening.dispose();
    await rowThat(api, id, 'with its tag', ({ seen }) => String(seen.image.get('tags')).includes('alone'));
    await cloud.images.removeTag(id, 'alone');
    for (const rows of drawn) assert.ok(Array.isArray(rows) && rows.length === 1 && rows[0] === row);
  });

  it('gets a tag in the words of the cloud, with the rewrite that a URL can hold, and loses it by undo', async () => {
    const { api, id, cloud } = await ownImageIn();
    const row = await rowThat(api, id, 'to be there', () => true);
    const objections: unknown[] = [];
    const ask: Ui['ask'] = async (_, validate) => {
      for (const text of ['', 't'.repeat(256), 'web front', 'safe']) objections.push(validate(text));
      return 'Café / bar';
    };
    const offered: string[][] = [];
    const undo = Promise.withResolvers<string | undefined>();
    await answering(
      api,
      { ask, pick: picking(offered, (label) => label === 'Cafe_bar'), inform: informing([], undo.promise) },
      () => runVerb('addTag', row),
    );
    assert.match(String(objections[0]), /a tag is empty/);
    assert.match(String(objections[1]), /longer than 255 characters/);
    assert.match(JSON.stringify(objections[2]), /Enter offers “web_front” instead/);
    assert.equal(objections[3], undefined);
    assert.deepEqual(offered, [['Cafe_bar', 'Café / bar']]);
    assert.deepEqual((await cloud.images.get(id)).get('tags'), ['Cafe_bar']);
    undo.resolve('Undo');
    await rowThat(api, id, 'without the tag', ({ seen: { image } }) => image.get('tags')?.toString() === '');
  });

  it('loses the tags that are picked, also one that has no address, and gets them back by undo', async () => {
    const { api, id, cloud } = await ownImageIn();
    for (const tag of ['keep', 'a/b', 'old']) await cloud.images.addTag(id, tag);
    const row = await rowThat(
      api,
      id,
      'with its tags',
      ({ seen: { image } }) => image.get('tags')?.toString().length === 12,
    );
    const undo = Promise.withResolvers<string | undefined>();
    const pickMany: Ui['pickMany'] = async (items) => items.filter(({ label }) => label !== 'keep');
    await answering(api, { pickMany, inform: informing([], undo.promise) }, () => runVerb('removeTag', row));
    assert.deepEqual((await cloud.images.get(id)).get('tags'), ['keep']);
    undo.resolve('Undo');
    await until('the tags', async () => (await cloud.images.get(id)).get('tags')?.toString().length === 12);
    await cloud.images.patch(id, [{ op: 'replace', path: '/tags', value: [] }]);
    await rowThat(api, id, 'without tags', ({ seen: { image } }) => image.get('tags')?.toString() === '');
    assert.match(await refusal(api, {}, 'removeTag', await rowOf(api, id)), /It has no tags\./);
  });

  it('is protected and then not deleted, with the reason on the row and without a question', async () => {
    const { api, id, cloud } = await ownImageIn();
    await answering(api, { inform: async () => undefined }, async () =>
      runVerb('protect', await rowOf(api, id)),
    );
    const row = await rowThat(
      api,
      id,
      'to be protected',
      ({ seen: { image } }) => image.get('protected') === true,
    );
    const item = api.imagesView.getTreeItem(row);
    assert.match(String(item.description), / · protected · /);
    assert.match(item.contextValue ?? '', /^image own active .*can:unprotect .*cannot:delete$/);
    const { tooltip } = item;
    assert.ok(tooltip instanceof vscode.MarkdownString);
    assert.match(
      tooltip.value.replaceAll('\\', ''),
      /You cannot delete it\. It is protected against deletion\./,
    );
    assert.match(
      await refusal(api, {}, 'delete', row),
      /protected against deletion\. Remove the protection first/,
    );
    assert.match(await refusal(api, {}, 'protect', row), /already protected/);
    const undo = Promise.resolve('Undo');
    await answering(api, { inform: informing([], undo) }, () => runVerb('unprotect', row));
    await until('the undo', async () => (await cloud.images.get(id)).get('protected') === true);
    const again = await rowThat(
      api,
      id,
      'to be protected',
      ({ seen: { image } }) => image.get('protected') === true,
    );
    await answering(api, { inform: async () => undefined }, () => runVerb('unprotect', again));
    await rowThat(api, id, 'to be free', ({ seen: { image } }) => image.get('protected') === false);
  });

  it('is tagged with the others that are selected, and those that cannot be are named', async () => {
    const { api, id, cloud } = await ownImageIn();
    const row = await rowThat(api, id, 'to be there', () => true);
    const [base] = (await cloud.images.list({ visibility: 'public', limit: '1' }).next()).value ?? [];
    const other = await rowOf(api, String(base?.get('id')));
    const complaints: string[] = [];
    const answers: Partial<Ui> = {
      ask: async () => 'many',
      inform: async () => undefined,
      complain: async (message) => void complaints.push(message),
    };
    await answering(api, answers, () => runVerb('addTag', row, [row, other]));
    assert.deepEqual((await cloud.images.get(id)).get('tags'), ['many']);
    assert.equal(complaints.length, 1);
    assert.match(complaints.join(), /You cannot tag “.*”\. It belongs to another account\./);
    await cloud.images.removeTag(id, 'many');
  });

  it('is offered by the palette where the verb fits, and its id is copied', async () => {
    const { api, id } = await ownImageIn();
    const offered: string[][] = [];
    await answering(api, { pick: picking(offered, () => false) }, () => runVerb('rename'));
    const [labels = []] = offered;
    assert.ok(labels.length > 0 && !labels.includes('CentOS 7 (PVHVM)'), labels.join());
    await runVerb('copyId', await rowOf(api, id));
    assert.equal(await vscode.env.clipboard.readText(), id);
  });

  it('disables what the role forbids, and names the role that is needed', async () => {
    const { api, id } = await ownImageIn();
    await asUser(api, 'observer', async (cloud) => {
      const row = await rowThat(api, id, 'to be there', () => true);
      const item = api.imagesView.getTreeItem(row);
      assert.match(
        item.contextValue ?? '',
        /can:addTag .*cannot:rename cannot:protect cannot:share .*cannot:delete/,
      );
      const { tooltip } = item;
      assert.ok(tooltip instanceof vscode.MarkdownString);
      assert.match(
        tooltip.value.replaceAll('\\', ''),
        /cannot rename.* You need the role identity:user-admin.*. Your roles: observer\./,
      );
      for (const verb of ['rename', 'protect', 'share', 'unshare', 'delete'])
        assert.match(
          await refusal(api, {}, verb, row),
          /You cannot .*You need the role .*. Your roles: observer\./,
          verb,
        );
      assert.match(await refusal(api, {}, 'rename'), /You cannot rename an image\. You need the role /);
      assert.match(await refusal(api, {}, 'acceptById'), /You cannot accept an image\. You need the role /);
      await answering(api, { ask: async () => 'seen', inform: async () => undefined }, () =>
        runVerb('addTag', row),
      );
      assert.deepEqual((await cloud.images.get(id)).get('tags'), ['seen'], 'observers tag');
      await cloud.images.removeTag(id, 'seen');
    });
  });

  it('shows the words of the cloud when the image is gone', async () => {
    const { api, id, cloud } = await ownImageIn();
    const row = await rowThat(api, id, 'to be there', () => true);
    const confirm = async (): Promise<boolean> => {
      await cloud.images.delete(id);
      return true;
    };
    assert.match(
      await refusal(api, { confirm }, 'delete', row),
      /Failed to find image .* to delete.*HTTP 404/,
    );
  });
});

type Ui = Api['context']['ui'];

function informing(told: string[], answer: Promise<string | undefined>): Ui['inform'] {
  return (message) => {
    told.push(message);
    return answer;
  };
}

function picking(offered: string[][], choose: (label: string) => boolean): Ui['pick'] {
  return async (items) => {
    offered.push(items.map(({ label }) => label));
    return items.find(({ label }) => choose(label));
  };
}
