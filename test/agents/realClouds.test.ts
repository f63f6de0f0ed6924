import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { JsonObject } from '../../server/rules/json.ts';
import { imageNow, openPlace, proxyTo } from '../commands/cli.ts';
import { openMcp, yes } from './client.ts';

/** Nobody changes a real cloud by an agent, nor reads one, unless a person has said so. */
const { emulator, owner, cli } = await openPlace({ emulator: { open: ['create'] } });

/** A cloud that is no emulator to who asks it, and what reached it. */
const asked: string[] = [];
const real = await proxyTo(emulator.url, async (method, path) => {
  asked.push(`${method} ${path}`);
});
after(() => real.close());

const env = { OS_AUTH_URL: `${real.url}/identity/v3`, OS_USERNAME: 'owner', OS_PASSWORD: 'emulator' };
cli.write(
  'clouds.yaml',
  `clouds:\n  real:\n    region_name: DFW\n    auth: { auth_url: '${env.OS_AUTH_URL}', username: owner, password: emulator, project_id: '100001', user_domain_name: Default }\n`,
);

async function makeImage(body: JsonObject): Promise<string> {
  const images = '/dfw/image/v2/images';
  const made = await owner.ask('POST', images, { disk_format: 'vhd', container_format: 'ovf', ...body });
  assert.equal(made.status, 201, made.text);
  return String(made.json['id']);
}

const id = await makeImage({ name: 'Real', min_ram: 1 });
const plan = { text: 'name: Real\nmin_ram: 2\n', kind: 'image' };

/** Each tool, with an input that reaches the cloud where it may. */
const calls: readonly (readonly [tool: string, input: Record<string, unknown>])[] = [
  ...['images', 'tasks', 'servers', 'containers'].map((what) => ['cloud_images_list', { what }] as const),
  ['cloud_images_list', { what: 'objects', container: 'exports' }],
  ['cloud_images_show', { what: 'image', id }],
  ['cloud_images_plan', plan],
  ['cloud_images_plan', { text: `image_uuid: ${id}\n`, kind: 'export' }],
  ['cloud_images_apply', { plan: 'plan-000000000000-00000000' }],
];

const changes = (): string[] => asked.filter((one) => !/^(?:GET|HEAD) |\/tokens$/.test(one));

for (const [how, args] of [
  ['an entry of clouds.yaml', ['--cloud', 'real']],
  ['an address of this machine that is called an emulator', [`--emulator=${real.url}`]],
] as const)
  test(`nothing is asked of ${how} without --allow-cloud, by no tool`, async () => {
    asked.length = 0;
    const { refusal, client } = await openMcp(cli, [...args, '--allow-apply'], { person: yes });
    const { tools } = await client.listTools();
    const reaching = new Set(calls.map(([tool]) => tool));
    for (const { name } of tools)
      assert.ok(reaching.has(name) || /explain|lint/.test(name), `${name} is not tried here`);
    for (const [tool, input] of calls)
      assert.match(await refusal(tool, input), /Agents may not .*--allow-cloud/, tool);
    assert.deepEqual(asked, [], 'not even somebody signed in');
  });

test('variables of the environment lead to no real cloud by themselves', async () => {
  asked.length = 0;
  const { refusal } = await openMcp(cli, [], { env });
  assert.match(await refusal('cloud_images_list', { what: 'images' }), /No emulator runs/);
  assert.deepEqual(asked, []);
});

test('with --allow-cloud read a real cloud is read and planned for, and never changed', async () => {
  asked.length = 0;
  const { call, refusal } = await openMcp(
    cli,
    ['--cloud', 'real', '--allow-cloud', 'read', '--allow-apply'],
    {
      person: yes,
    },
  );
  for (const [tool, input] of calls.slice(0, -1)) await call(tool, input);
  const { plan: made } = await call('cloud_images_plan', plan);
  assert.match(await refusal('cloud_images_apply', { plan: made }), /Agents may not change real/);
  assert.ok(asked.length > calls.length);
  assert.deepEqual(changes(), []);
  assert.equal((await imageNow(owner, 'dfw', id))['min_ram'], 1);
});

test('with --allow-cloud apply a real cloud is changed after the person was asked, and only then', async () => {
  asked.length = 0;
  let answer: 'decline' | 'accept' = 'decline';
  const person = () => (answer === 'accept' ? yes() : { action: answer });
  const { call, refusal, questions } = await openMcp(cli, ['--cloud', 'real', '--allow-cloud', 'apply'], {
    person,
  });
  const { plan: made } = await call('cloud_images_plan', plan);
  assert.match(await refusal('cloud_images_apply', { plan: made }), /said no/);
  assert.deepEqual(changes(), []);
  assert.match(questions[0] ?? '', /^Apply this plan to real, DFW/);
  answer = 'accept';
  await call('cloud_images_apply', { plan: made });
  assert.deepEqual(changes(), [`PATCH /dfw/image/v2/images/${id}`]);
});
