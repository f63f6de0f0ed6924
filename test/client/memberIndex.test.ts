import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CloudSource } from '../../client/cloud/cloudSource.ts';
import type { LiveImage } from '../../client/cloud/imageCollection.ts';
import { MemberIndex } from '../../client/cloud/memberIndex.ts';
import { Emitter } from '../../client/ui/emitter.ts';
import type { Member } from '../../server/cloud/services/members.ts';
import { CloudError } from '../../server/cloud/session/errors.ts';
import { profiles } from '../../server/rules/profile/table.ts';

const image = (id: string, visibility = 'private'): LiveImage => ({
  image: new Map(Object.entries({ id, owner: '100001', visibility })),
});

/** An index over a cloud of which each request is noted, and answered as `answer` says. */
function open(answer: (id: string) => readonly Member[] = () => []) {
  const asked: string[] = [];
  const changed = new Emitter<string | undefined>((error) => assert.fail(String(error)));
  const connection = {
    profile: profiles.rackspace,
    caller: { account: '100001', roles: ['identity:user-admin'] },
    cloud: {
      members: {
        list: async (id: string) => {
          asked.push(id);
          return answer(id);
        },
      },
    },
  };
  const source = { connection } as unknown as CloudSource;
  const members = new MemberIndex(source, { onDidChange: changed.on.bind(changed) }, () => undefined);
  return { members, asked, change: (id?: string) => changed.fire(id) };
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const shared: readonly Member[] = [{ account: '100002', status: 'accepted' }];
const refuse = (status: number) => (): never => {
  throw new CloudError({ method: 'GET', url: 'http://cloud/v2' }, { status, text: 'no' });
};

test('an image that is seen is asked for its members once, and again when it has changed', async () => {
  const { members, asked, change } = open((id) => (id === 'shared' ? shared : []));
  const known: string[] = [];
  members.onDidChange((id) => known.push(id));
  for (const id of ['shared', 'own', 'shared']) members.want(image(id));
  await settle();
  assert.deepEqual(asked, ['shared', 'own']);
  assert.deepEqual(known, ['shared'], 'what nobody has draws no row');
  assert.deepEqual(members.get('shared'), shared);
  change('shared');
  assert.equal(members.get('shared'), undefined);
  members.want(image('shared'));
  members.want(image('own'));
  await settle();
  assert.deepEqual(asked.slice(2), ['shared']);
});

test('no more than a hundred are asked for in the background; the others when their row is opened', async () => {
  const { members, asked } = open();
  for (let at = 0; at < 150; at++) members.want(image(`image ${at}`));
  for (let at = 0; at < 100; at++) await settle();
  assert.equal(asked.length, 100);
  assert.deepEqual([members.isLate('image 99'), members.isLate('image 100')], [false, true]);
  assert.deepEqual(await members.read('image 100'), []);
  assert.equal(members.isLate('image 100'), false);
});

test('a cloud that is busy or refuses is left alone, and an image that is gone is no reason to', async () => {
  for (const [status, count] of [
    [404, 3],
    [403, 2],
    [503, 2],
  ] as const) {
    const { members, asked } = open(refuse(status));
    for (const id of ['a', 'b', 'c']) members.want(image(id));
    for (let at = 0; at < 5; at++) await settle();
    assert.equal(asked.length, count, `${status}`);
  }
});

test('only images of the account that can have members are asked', () => {
  const { members } = open();
  assert.equal(members.mayHave(image('own')), true);
  assert.equal(members.mayHave(image('own', 'public')), false);
  assert.equal(members.mayHave({ image: new Map([['owner', '100002']]) }), false);
});
