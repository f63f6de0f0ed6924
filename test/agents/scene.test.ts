import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPlanBook, planLife } from '../../server/agents/planBook.ts';
import { readInput } from '../../server/agents/readInput.ts';
import { cleanResult } from '../../server/agents/results.ts';
import { type AgentScene, type Allowance, connectFor } from '../../server/agents/scene.ts';
import { agentTools, runTool } from '../../server/agents/tools.ts';
import { cloudIn, connect } from '../../server/cloud/cloud.ts';
import { openPlace } from '../commands/cli.ts';

/** What the tools stand on, without a door. */
const { emulator, owner } = await openPlace({ emulator: { open: ['create'] } });
const user = { userName: 'owner', password: 'emulator', region: 'DFW' };
const cloud = await connect({ authUrl: `${emulator.url}/identity/v3`, ...user });

let changes = 0;
function sceneOf(isSandbox: boolean, allowance: Allowance): AgentScene {
  const changeDisk = async (): Promise<void> => void changes++;
  return {
    place: () => ({ isSandbox, label: 'acme' }),
    connect: async () => ({
      ...{ cloud, isSandbox, label: 'acme', key: 'acme', interval: 100, choice: {}, control: { changeDisk } },
      caller: { account: cloud.session.account.id, roles: cloud.session.roles },
    }),
    openWorkspace: () => assert.fail('no manifests'),
    roots: () => [],
    judge: () => assert.fail('no manifests'),
    allowance: () => allowance,
    remedy: 'this test allows it',
    plans: openPlanBook(),
  };
}

test('what reads gets a cloud in which nothing can be changed, be it an emulator', async () => {
  const made = await owner.ask('POST', '/dfw/image/v2/images', {
    ...{ disk_format: 'vhd', container_format: 'ovf', name: 'Kept' },
  });
  const id = String(made.json['id']);
  for (const scene of [sceneOf(true, 'none'), sceneOf(false, 'read'), sceneOf(false, 'apply')]) {
    const { cloud: reading, control } = await connectFor('read', scene);
    assert.equal((await reading.images.get(id)).get('name'), 'Kept');
    const attempts: readonly (() => Promise<unknown>)[] = [
      () => reading.images.delete(id),
      () => reading.images.patch(id, []),
      () => reading.inRegion('ORD').images.delete(id),
      () => reading.tasks.create('import', {}),
      () => reading.objects.putContainer('made'),
      () => reading.objects.deleteObject('exports', 'x'),
      () => reading.servers.create({}),
      () => reading.members.remove(id, '1'),
      async () => control?.changeDisk('dfw', 'x', {}),
    ];
    for (const attempt of attempts)
      await assert.rejects(attempt(), /was not (?:sent|changed): this only reads/);
  }
  assert.equal(changes, 0);
  assert.equal((await cloud.images.get(id)).get('name'), 'Kept');
});

test('each allowance lets through what it says, and the emulator everything', async () => {
  const outcomes = async (isSandbox: boolean, allowance: Allowance): Promise<boolean[]> =>
    Promise.all(
      (['read', 'apply'] as const).map((purpose) =>
        connectFor(purpose, sceneOf(isSandbox, allowance)).then(
          () => true,
          () => false,
        ),
      ),
    );
  assert.deepEqual(await outcomes(false, 'none'), [false, false]);
  assert.deepEqual(await outcomes(false, 'read'), [true, false]);
  assert.deepEqual(await outcomes(false, 'apply'), [true, true]);
  assert.deepEqual(await outcomes(true, 'none'), [true, true]);
});

test('a cloud that is shown in place of the emulator meanwhile counts as what it is', async () => {
  const scene = { ...sceneOf(false, 'none'), place: () => ({ isSandbox: true, label: 'Emulator' }) };
  await assert.rejects(connectFor('apply', scene), /Agents may not change acme/);
});

test('a plan expires, is found until then, and is taken once', () => {
  let now = 0;
  const book = openPlanBook(() => now);
  const plan = { calls: [], summary: '', place: '', placeKey: '' } as unknown as Parameters<
    typeof book.keep
  >[0];
  const { id } = book.keep(plan);
  now = planLife - 1;
  assert.equal(book.find(id).id, id);
  assert.equal(book.take(id).id, id);
  assert.throws(() => book.find(id), /There is no plan/);
  const { id: late } = book.keep(plan);
  now += planLife;
  assert.throws(() => book.find(late), /it expired/);
});

test('a page is no longer than was asked for, whatever the cloud answers', async () => {
  const { session } = cloud;
  const json: typeof session.json = (url, request) =>
    session.json(url.replace(/limit=\d+/, 'limit=50'), request);
  const generous = cloudIn({ ...session, json }, 'DFW');
  const scene = sceneOf(true, 'none');
  const connecting = { ...scene, connect: async () => ({ ...(await scene.connect()), cloud: generous }) };
  const list = agentTools.find(({ name }) => name === 'cloud_images_list') ?? assert.fail();
  const ask = (more: object) =>
    runTool(list, { what: 'images', limit: 3, ...more }, connecting, { report: () => undefined });
  const first = await ask({});
  const [one, two] = [first, await ask({ after: first['next'] })].map(
    ({ items }) => items as { id: string }[],
  );
  assert.deepEqual([one?.length, two?.length], [3, 3]);
  assert.equal(first['next'], one?.at(-1)?.id);
  assert.notEqual(one?.at(-1)?.id, two?.[0]?.id);
});

test('inputs are read by their schemas, with what each takes', () => {
  const tool = (name: string) =>
    agentTools.find((one) => one.name === `cloud_images_${name}`) ?? assert.fail(name);
  const refuse = (name: string, input: unknown, words: RegExp) =>
    assert.throws(() => readInput(input, tool(name).input), words);
  refuse('list', {}, /needs 'what'/);
  refuse('list', { what: 'all' }, /'what' must be one of images/);
  refuse('list', { what: 'images', limit: 1.5 }, /'limit' must be a whole number from 1 to 100/);
  refuse('apply', { plan: 'x', yes: true }, /no input 'yes'. There are: plan/);
  refuse('plan', { paths: [1] }, /'paths' must be a list, each a text/);
  refuse('plan', { text: 'x'.repeat(200_001), kind: 'image' }, /'text' must be a text/);
  refuse('show', [], /must be an object/);
  assert.deepEqual(readInput(undefined, { type: 'object', properties: {} }), {});
});

test('results hold no secret, whatever they are called, and nothing that nobody sees', () => {
  const clean = JSON.stringify(
    cleanResult({
      adminPass: 'hidden1',
      nested: [{ api_key: 'hidden2', 'x-auth.token': 'hidden3' }],
      body: [{ op: 'add', path: '/my_password', value: 'hidden4' }],
      url: 'https://u:hidden5@host/',
      console: 'https://host:6080/vnc.html?autoconnect=1&token=hidden8',
      text: 'a\u202eb\u{e0041}\u{e0151}\ufe01\u00ad\u3164\u001bc',
      long: 'x'.repeat(10_000),
      accessToken: 'hidden6',
      'os:private_key': 'hidden7',
      token_count: 3,
    }),
  );
  assert.doesNotMatch(clean, /hidden|\u202e|\u{e0041}/u);
  assert.match(clean, /"text":"abc".*"token_count":3/);
  assert.ok(clean.length < 5000);
});
