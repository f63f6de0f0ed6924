import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { Api } from '../../../client/extension.ts';
import { answering, cloudOf, extension, until } from './support.ts';

describe('the user', () => {
  it('is picked from the demo users, and the tree names the cloud, the user and the account', async () => {
    const api = await extension();
    await cloudOf(api);
    const offered: string[] = [];
    await switching(api, {
      pick: async (items) => {
        offered.push(...items.map(({ label, description }) => `${label}: ${description ?? ''}`));
        return items.find(({ label }) => label === 'partner');
      },
    });
    assert.ok(
      offered.some((row) => /^owner: .*100001.*signed in now · roles: identity:user-admin$/.test(row)),
      offered.join('\n'),
    );
    assert.equal(offered.length, 8);
    assert.equal(api.context.source.connection?.cloud?.session.account.id, '100002');
    assert.equal(api.imagesTree.description, 'Emulator DFW · partner · 100002 · identity:user-admin');
  });

  it('signs in by name and password, and a refused one changes nothing', async () => {
    const api = await extension();
    const asked: unknown[] = [];
    const as = (...given: (string | undefined)[]): Promise<string[]> =>
      switching(api, {
        pick: async (items) => items.at(-1),
        ask: async (title, validate, how) => {
          asked.push([title, validate(''), how?.password]);
          return given.shift();
        },
      });
    const [refused = ''] = await as('owner', 'wrong');
    assert.match(refused, /^owner could not sign in: .*authenti.*HTTP 401/);
    assert.equal(api.context.source.connection?.cloud?.session.user.name, 'partner');
    assert.deepEqual(await as('owner', undefined), [], 'going away is no failure');
    assert.deepEqual(await as('owner', 'emulator'), []);
    assert.equal(api.context.source.connection?.cloud?.session.user.name, 'owner');
    assert.deepEqual(asked[1], ['Password of owner', 'Enter a password.', true]);
    await until('the rows of the account', async () => (await api.imagesView.getChildren()).length > 0);
  });

  it('stays in another region', async () => {
    const api = await extension();
    const choose = (region: string) =>
      answering(api, { pick: async (items) => items.find(({ label }) => label === region) }, () =>
        vscode.commands.executeCommand('cloudImages.chooseRegion'),
      );
    await choose('ORD');
    assert.equal(api.imagesTree.description, 'Emulator ORD · owner · 100001 · identity:user-admin');
    await choose('DFW');
    assert.equal(api.context.source.connection?.cloud?.region, 'DFW');
  });
});

/** Switches the user, and answers what was complained of. */
async function switching(api: Api, answers: Partial<Api['context']['ui']>): Promise<string[]> {
  const complaints: string[] = [];
  const complain = async (message: string): Promise<undefined> => void complaints.push(message);
  await answering(api, { ...answers, complain }, () =>
    vscode.commands.executeCommand('cloudImages.switchUser'),
  );
  return complaints;
}
