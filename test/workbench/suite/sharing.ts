import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { Api } from '../../../client/extension.ts';
import { answering, asUser, ownImageIn, refusal, rowOf, rowThat, runVerb, until } from './support.ts';

describe('sharing', () => {
  it('asks for an account, explains the consequences, and copies the UUID to send', async () => {
    const { api, id, cloud } = await ownImageIn();
    const row = await rowThat(api, id, 'to be there', () => true);
    const asked: string[] = [];
    const no = { ask: async () => '100002', confirm: async () => false };
    await answering(api, no, () => runVerb('share', row));
    assert.deepEqual(await cloud.members.list(id), [], 'a no shares nothing');
    await answering(
      api,
      {
        ask: async (_, validate) => {
          asked.push(JSON.stringify([validate(''), validate(' '), validate('100001'), validate('100002')]));
          return '100002';
        },
        confirm: async (question, detail) => {
          asked.push(question, detail);
          return true;
        },
        inform: async () => 'Copy UUID',
      },
      () => runVerb('share', row),
    );
    assert.deepEqual(await cloud.members.list(id), [{ account: '100002', status: 'pending' }]);
    const [objections = '', question = '', detail = ''] = asked;
    assert.match(
      objections,
      /^\["Member can't be empty","Member can't be empty",\{"note":"This is your own.*"\},null\]$/,
    );
    assert.match(question, /^Share “.*” with account 100002\?$/);
    assert.match(detail, /does not tell your user whether the account exists/);
    assert.match(detail, /in DFW only.*UUID.*Infrastructure service level.*licensed/s);
    await until('the UUID', async () => (await vscode.env.clipboard.readText()) === id);
    const again: Ui['ask'] = async (_, validate) => {
      asked.push(String(validate('100002')));
      return undefined;
    };
    await answering(api, { ask: again }, () => runVerb('share', row));
    assert.match(asked.at(-1) ?? '', /100002 is already associated with image/);
  });

  it('lets the other account accept, withdraw its answer, reject, and accept by UUID', async () => {
    const { api, id } = await ownImageIn();
    await asUser(api, 'partner', async (cloud) => {
      const waiting = await rowThat(api, id, 'to wait', ({ group }) => group === 'waiting');
      const item = api.imagesView.getTreeItem(waiting);
      assert.match(String(item.description), /from 100001$/);
      assert.match(item.contextValue ?? '', /^image shared active can:accept can:reject cannot:reconsider$/);
      const asked: string[] = [];
      const confirm = async (_: string, detail: string): Promise<boolean> => {
        asked.push(detail);
        return asked.length > 1;
      };
      await answering(api, { confirm }, () => runVerb('accept', waiting));
      assert.equal((await cloud.members.get(id, '100002')).status, 'pending', 'a no accepts nothing');
      await answering(api, { confirm }, () => runVerb('accept', waiting));
      assert.match(asked.join(), /account 100001\. .*know and trust/);
      const accepted = await rowThat(api, id, 'to be accepted', ({ group }) => group === 'shared');
      assert.match(await refusal(api, {}, 'rename', accepted), /It belongs to another account\./);
      await runVerb('reconsider', accepted);
      const pending = await rowThat(api, id, 'to wait again', ({ group }) => group === 'waiting');
      await runVerb('reject', pending);
      const rejected = await rowThat(api, id, 'to be rejected', ({ group }) => group === 'rejected');
      assert.match(await refusal(api, {}, 'reject', rejected), /already “rejected”/);

      const objections: unknown[] = [];
      const ask: Ui['ask'] = async (_, validate) => {
        objections.push(validate('web'), validate(` ${id.toUpperCase()} `));
        return ` ${id.toUpperCase()} `;
      };
      await answering(api, { ask }, () => runVerb('acceptById'));
      assert.match(String(objections[0]), /Enter a UUID, such as/);
      assert.equal(objections[1], undefined);
      await rowThat(api, id, 'to be accepted', ({ group }) => group === 'shared');
      const unknown = '00000000-0000-4000-8000-000000000000';
      const said = await refusal(api, { ask: async () => unknown }, 'acceptById');
      assert.match(said, /No image found with ID 00000000.*HTTP 404/);
    });
  });

  it('ends at once when the owner ends it', async () => {
    const { api, id, cloud } = await ownImageIn();
    const row = await rowOf(api, id);
    const offered: string[] = [];
    const answers: Partial<Ui> = {
      pickMany: async (items) => {
        offered.push(...items.map(({ label, description }) => `${label} ${description ?? ''}`));
        return items;
      },
      confirm: async () => true,
    };
    await answering(api, answers, () => runVerb('unshare', row));
    assert.deepEqual(offered, ['100002 accepted']);
    assert.deepEqual(await cloud.members.list(id), []);
    assert.match(await refusal(api, {}, 'unshare', row), /is shared with no account/);
    await asUser(api, 'partner', async () => {
      assert.equal(await refusal(api, {}, 'accept'), 'There is no image here that you can accept.');
      await until('the groups', async () => (await api.imagesView.getChildren()).length > 0);
      assert.equal(await rowOf(api, id), undefined);
    });
  });

  it('of a public image is refused in the words of the cloud', async () => {
    const { api, cloud } = await ownImageIn();
    const [base] = (await cloud.images.list({ visibility: 'public', limit: '1' }).next()).value ?? [];
    const row = await rowOf(api, String(base?.get('id')));
    assert.match(await refusal(api, {}, 'share', row), /It belongs to another account\./);
    assert.match(await refusal(api, {}, 'accept', row), /It is not shared with your account\./);
  });
});

type Ui = Api['context']['ui'];
