import assert from 'node:assert/strict';
import { readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { plan as validate } from '../../schemas/generated/validators.js';
import type { JsonObject } from '../../server/rules/json.ts';
import { patchType } from '../emulator/harness.ts';
import { makeVhd } from '../tools/disks.ts';
import { imageNow, membersNow, onEmulator, openPlace, proxyTo } from './cli.ts';

/** Plans that are kept in files: `plan -o FILE`, `apply FILE`. */
const { emulator, owner, cli } = await openPlace({ emulator: { open: ['create'] } }, '--speed', '1000000');
const images = '/dfw/image/v2/images';
const at = onEmulator(emulator);

async function makeImage(body: JsonObject): Promise<string> {
  const made = await owner.ask('POST', images, { disk_format: 'vhd', container_format: 'ovf', ...body });
  assert.equal(made.status, 201, made.text);
  return String(made.json['id']);
}

async function patch(id: string, ...operations: JsonObject[]): Promise<void> {
  assert.equal((await owner.ask('PATCH', `${images}/${id}`, operations, patchType)).status, 200);
}

/** Plans manifests into a file; answers what it holds. */
async function plan(file: string, ...paths: string[]): Promise<JsonObject & { steps: JsonObject[] }> {
  const { code, stdout, stderr } = await cli.run(['plan', at, '-o', file, ...paths]);
  assert.equal(code, 2, stdout + stderr);
  const content = JSON.parse(readFileSync(join(cli.workspace, file), 'utf8'));
  assert.ok(validate(content), JSON.stringify(validate.errors));
  return content;
}

/** Where an image is shared. */
const sharing = /\/members$/;

/**
 * Plans a manifest, and kills its apply when its first POST to a path like that is on its way, which the cloud never sees.
 * Answers what leads to the cloud.
 */
async function killAt(file: string, manifest: string, asked: RegExp) {
  let passes: Parameters<typeof proxyTo>[1] | undefined;
  let reach = (): void => undefined;
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  const way = await proxyTo(emulator.url, async (method, path) => {
    if (passes) return passes(method, path);
    if (method !== 'POST' || !asked.test(path)) return;
    reach();
    await new Promise(() => undefined);
  });
  const through = `--emulator=${way.url}`;
  const planned = await cli.run(['plan', through, '-o', file, manifest]);
  assert.equal(planned.code, 2, planned.stderr);
  const running = cli.start(['apply', '--yes', file]);
  await Promise.race([reached, running.ended]);
  running.kill('SIGKILL');
  assert.equal((await running.ended).code, null);
  passes = async () => undefined;
  return {
    close: way.close,
    /** Calls this before each request from now on. */
    watch: (before: Parameters<typeof proxyTo>[1]) => {
      passes = before;
    },
  };
}

test('a kept plan makes its calls once, without the manifests, and can be undone', async () => {
  const id = await makeImage({ name: 'Kept', role: 'a', tags: ['x'] });
  const was = await imageNow(owner, 'dfw', id);
  cli.write('kept.image.yaml', 'name: Kept\nrole: b\ntags: [x, y]\nmembers: ["100002"]\n');
  const content = await plan('kept.plan.json', 'kept.image.yaml');
  const [step = {}] = content.steps;
  assert.deepEqual(
    (step['calls'] as JsonObject[]).map(({ type }) => type),
    ['patch', 'add-member'],
  );
  const facts = step['restsOn'] as JsonObject[];
  const read = facts.find(({ type }) => type === 'image');
  assert.match(String(read?.['revision']), /^\d{4}-.*Z$/);
  assert.equal((read?.['values'] as JsonObject | undefined)?.['role'], 'a');
  assert.deepEqual(facts.find(({ type }) => type === 'images')?.['found'], [id]);
  assert.equal((await imageNow(owner, 'dfw', id))['role'], 'a', 'a plan changes nothing');
  rmSync(join(cli.workspace, 'kept.image.yaml'));

  const dry = await cli.run(['apply', '--dry-run', 'kept.plan.json']);
  assert.deepEqual([dry.code, (await imageNow(owner, 'dfw', id))['role']], [2, 'a'], dry.stderr);
  const applied = await cli.run(['apply', '--yes', 'kept.plan.json']); // it knows its cloud
  assert.equal(applied.code, 0, applied.stdout + applied.stderr);
  assert.match(applied.stdout, /PATCH \S+ → 200[\s\S]*POST \S+\/members → 200/);
  const live = await imageNow(owner, 'dfw', id);
  assert.deepEqual([live['role'], (live['tags'] as string[]).sort()], ['b', ['x', 'y']]);
  assert.deepEqual(await membersNow(owner, 'dfw', id), ['100002']);

  const again = await cli.run(['apply', '--yes', 'kept.plan.json']);
  assert.equal(again.code, 1);
  assert.match(again.stderr, /kept\.plan\.json was applied on \d{4}-\S+Z, and a plan is applied once\./);
  assert.match((await cli.run(['plan', '--show', 'kept.plan.json'])).stdout, /It was applied on \d{4}-/);
  const undo = cli.kept('undo').at(-1) ?? '';
  assert.ok(applied.stdout.includes(undo));
  const undone = await cli.run(['apply', '--yes', '--undo', undo]);
  assert.equal(undone.code, 0, undone.stdout + undone.stderr);
  assert.deepEqual(await imageNow(owner, 'dfw', id), was);
  assert.deepEqual(await membersNow(owner, 'dfw', id), []);
});

test('a plan is refused when anything that it read has moved, with attribute and values; it can still be shown', async () => {
  const id = await makeImage({ name: 'Moves', role: 'a', other: 'a' });
  cli.write('moves.image.yaml', 'name: Moves\nrole: b\nmembers: ["100002"]\n');
  const cases: [() => Promise<unknown>, RegExp, () => Promise<unknown>][] = [
    [
      () => patch(id, { op: 'replace', path: '/role', value: 'c' }),
      /image 'Moves' \(\S+\): role was "a" when it was planned, and is "c" now/,
      () => patch(id, { op: 'replace', path: '/role', value: 'a' }),
    ],
    [
      () => patch(id, { op: 'replace', path: '/other', value: 'z' }),
      /other was "a" when it was planned, and is "z" now/,
      () => patch(id, { op: 'replace', path: '/other', value: 'a' }),
    ],
    [
      () => patch(id, { op: 'add', path: '/new', value: '1' }),
      /new was nothing when it was planned, and is "1" now/,
      () => patch(id, { op: 'remove', path: '/new' }),
    ],
    [
      () => owner.ask('POST', `${images}/${id}/members`, { member: '100003' }),
      /members was \[\] when it was planned, and is \["100003"\] now/,
      () => owner.ask('DELETE', `${images}/${id}/members/100003`),
    ],
    [
      () => makeImage({ name: 'Moves' }),
      /images with name 'Moves', owner '100001': id was \["\S+"\] when it was planned, and is \["\S+","\S+"\] now/,
      async () => undefined,
    ],
  ];
  const content = await plan('moves.plan.json', 'moves.image.yaml');
  assert.equal(content.steps.length, 1);
  for (const [move, words, back] of cases) {
    await move();
    const was = await imageNow(owner, 'dfw', id);
    const { code, stdout, stderr } = await cli.run(['apply', '--yes', 'moves.plan.json']);
    assert.equal(code, 1, stdout);
    assert.match(stderr, /moves\.plan\.json is stale, and nothing was changed/);
    assert.match(stderr, words);
    assert.doesNotMatch(stdout, /→ 2/);
    assert.deepEqual(await imageNow(owner, 'dfw', id), was);
    await back();
  }
  const shown = await cli.run(['plan', '--show', 'moves.plan.json']);
  assert.equal(shown.code, 0, shown.stderr);
  assert.match(shown.stdout, /Planned on .* DFW, account 100001, as owner/);
  assert.match(shown.stdout, /~ role: "a" → "b"/);
});

test('a plan for another region or account, of another version, edited or cut off is refused in a sentence', async () => {
  const id = await makeImage({ name: 'Elsewhere', role: 'a' });
  cli.write('elsewhere.image.yaml', `id: ${id}\nrole: b\n`);
  const content = await plan('elsewhere.plan.json', 'elsewhere.image.yaml');
  const text = readFileSync(join(cli.workspace, 'elsewhere.plan.json'), 'utf8');
  cli.write('version.json', JSON.stringify({ ...content, version: 7 }));
  cli.write('edited.json', text.replace('"value": "b"', '"value": "evil"'));
  cli.write('cut.json', text.slice(0, text.length / 2));
  cli.write('member.json', JSON.stringify({ ...content, steps: [{}] }));
  const cases: [string[], RegExp][] = [
    [
      [at, '--region', 'ORD', 'elsewhere.plan.json'],
      /is a plan for \S+, DFW, account 100001; you are connected to \S+, ORD,/,
    ],
    [
      [at, '--user', 'partner', 'elsewhere.plan.json'],
      /is a plan for .* account 100001; you are connected to .* account 100002\.|401/,
    ],
    [
      ['version.json'],
      /version\.json is a plan of version 7; this cloud-images reads version 1\. Plan again\./,
    ],
    [['edited.json'], /edited\.json has been edited or damaged since it was planned/],
    [['cut.json'], /cut\.json is cut off or damaged/],
    [['member.json'], /member\.json is no whole plan: \/steps\/0 must have required property/],
    [[at, '--resume', 'elsewhere.plan.json'], /was never begun/],
  ];
  for (const [args, words] of cases) {
    const { code, stderr } = await cli.run(['apply', '--yes', ...args]);
    assert.equal(code, 1, stderr);
    assert.match(stderr, words);
  }
  assert.equal((await imageNow(owner, 'dfw', id))['role'], 'a');
});

test('a plan holds no token, password or header, and what would need one is not kept', async () => {
  const id = await makeImage({ name: 'Silent', role: 'a', api_token: 'property-secret' });
  cli.write('silent.image.yaml', `id: ${id}\nrole: b\n`);
  const variables = {
    OS_AUTH_URL: `${emulator.url}/identity/v2.0`,
    OS_USERNAME: 'owner',
    OS_PASSWORD: 'emulator',
    OS_REGION_NAME: 'DFW',
  };
  const { code, stderr } = await cli.run(['plan', '-o', 'silent.plan.json', 'silent.image.yaml'], variables);
  assert.equal(code, 2, stderr);
  const text = readFileSync(join(cli.workspace, 'silent.plan.json'), 'utf8');
  assert.doesNotMatch(text, /"emulator"(?!\s*:)/, 'the password');
  for (const secret of [emulator.token, String(owner.token ?? ''), 'property-secret', 'X-Auth'])
    if (secret !== '') assert.ok(!text.includes(secret), secret);
  assert.doesNotMatch(text, /password|token|authorization/i);
  const applied = await cli.run(['apply', '--yes', 'silent.plan.json'], variables);
  assert.equal(applied.code, 0, applied.stdout + applied.stderr);
  for (const [name, body] of [
    ['patched.image.yaml', `id: ${id}\napi_token: other\n`],
    [
      'web.server.yaml',
      `server:\n  name: web\n  imageRef: ${id}\n  flavorRef: "2"\n  adminPass: hunter2hunter2\n`,
    ],
  ] as const) {
    const kept = await cli.run(['plan', at, '-o', 'secret.plan.json', cli.write(name, body)]);
    assert.equal(kept.code, 1, kept.stdout);
    assert.match(
      kept.stdout + kept.stderr,
      /cannot be kept in a plan: it holds what may be secret|refused: /,
    );
    assert.throws(() => readFileSync(join(cli.workspace, 'secret.plan.json')));
  }
});

test('a plan that kill -9 ended between two calls says what was done, goes on, or is taken back', async () => {
  for (const way of ['go on', 'take back'] as const) {
    const first = await makeImage({ name: `First ${way}`, role: 'a' });
    const id = await makeImage({ name: `Cut ${way}`, role: 'a' });
    const next = await makeImage({ name: `Next ${way}`, role: 'a' });
    const live = () => Promise.all([first, id, next].map((one) => imageNow(owner, 'dfw', one)));
    const was = await live();
    const role = (one: string) => `- id: ${one}\n  role: b\n`;
    cli.write('cut.image.yaml', `${role(first)}${role(id)}  members: ["100002"]\n${role(next)}`);
    const file = `cut-${way.replace(' ', '-')}.plan.json`;
    const through = await killAt(file, 'cut.image.yaml', sharing);
    after(through.close);
    const told = await cli.run(['apply', '--yes', file]);
    assert.equal(told.code, 1, told.stdout);
    assert.match(told.stderr, /This plan was begun on \S+Z and did not come to its end/);
    assert.match(told.stderr, /Under way: .*image 'Cut .*1 of its 2 calls answered/);
    const [, undo = ''] = /Take it back: cloud-images apply --undo (\S+)/.exec(told.stderr) ?? [];
    assert.match(told.stderr, new RegExp(`Go on: cloud-images apply --resume ${file}`));
    if (way === 'take back') {
      const undone = await cli.run(['apply', '--yes', '--undo', undo]);
      assert.equal(undone.code, 0, undone.stdout + undone.stderr);
      assert.deepEqual(await live(), was);
      assert.deepEqual(await membersNow(owner, 'dfw', id), []);
      continue;
    }
    const resumed = await cli.run(['apply', '--yes', '--resume', file]);
    assert.equal(resumed.code, 0, resumed.stdout + resumed.stderr);
    assert.equal(resumed.stdout.match(/PATCH .* → 200/g)?.length, 1, 'what was answered is not asked again');
    assert.deepEqual(
      (await live()).map((image) => image['role']),
      ['b', 'b', 'b'],
    );
    assert.deepEqual(await membersNow(owner, 'dfw', id), ['100002']);
    const whole = await cli.run(['apply', '--yes', '--undo', undo]);
    assert.equal(whole.code, 0, whole.stdout + whole.stderr);
    assert.deepEqual(await live(), was);
  }
});

test('a call that was made and whose answer nobody heard is found, and not made again', async () => {
  const id = await makeImage({ name: 'Unheard', role: 'a' });
  cli.write('unheard.image.yaml', `id: ${id}\nrole: b\nmembers: ["100002"]\n`);
  const through = await killAt('unheard.plan.json', 'unheard.image.yaml', sharing);
  after(through.close);
  const made = await owner.ask('POST', `${images}/${id}/members`, { member: '100002' });
  assert.equal(made.status, 200, 'as if the call had come through');
  const told = await cli.run(['apply', '--yes', 'unheard.plan.json']);
  assert.match(told.stderr, /One more call was sent, and its answer is not known/);
  const resumed = await cli.run(['apply', '--yes', '--resume', 'unheard.plan.json']);
  assert.equal(resumed.code, 0, resumed.stdout + resumed.stderr);
  assert.doesNotMatch(resumed.stdout, /POST \S+ →/);
});

test('a server that was asked for when the run was killed is left to a person', async () => {
  const [base] = (await owner.ask('GET', `${images}?visibility=public&os_distro=debian`)).json[
    'images'
  ] as JsonObject[];
  cli.write(
    'boots.server.yaml',
    `server: { name: boots, imageRef: ${String(base?.['id'])}, flavorRef: general1-2 }\n`,
  );
  const through = await killAt('boots.plan.json', 'boots.server.yaml', /\/servers$/);
  after(through.close);
  const resumed = await cli.run(['apply', '--yes', '--resume', 'boots.plan.json']);
  assert.equal(resumed.code, 1, resumed.stdout);
  assert.match(
    resumed.stdout + resumed.stderr,
    /its server was asked for, and whether the cloud has begun it cannot be told\. Look for it/,
  );
});

test('an import and what applies to its image are kept with a placeholder, and rest on the bytes of the disk', async () => {
  const disk = join(cli.workspace, 'exports', 'web.vhd');
  cli.write('exports/none', '');
  makeVhd(disk, { guest: 'linux' });
  cli.write(
    'web.image-import.yaml',
    'type: import\ninput:\n  import_from: exports/web.vhd\n  image_properties: { name: Imported }\n---\ntags: [a]\nvm_mode: hvm\n',
  );
  const content = await plan('import.plan.json', 'web.image-import.yaml');
  assert.deepEqual(
    content.steps.map(({ type, image }) => [type, image]),
    [
      ['import', undefined],
      ['change', '@1'],
    ],
  );
  const bytes = readFileSync(disk);
  const changed = Buffer.from(bytes);
  changed.writeUInt8(changed.readUInt8(600) ^ 1, 600);
  writeFileSync(disk, changed);
  const stale = await cli.run(['apply', '--yes', 'import.plan.json']);
  assert.equal(stale.code, 1);
  assert.match(stale.stderr, /file \S+web\.vhd: sha256 was "[0-9a-f]{64}" when it was planned, and is "/);
  writeFileSync(disk, bytes);
  utimesSync(disk, 1e9, 1e9); // the same bytes with another time, as of a fresh checkout
  rmSync(join(cli.workspace, 'web.image-import.yaml'));
  const applied = await cli.run(['apply', '--yes', '--json', 'import.plan.json']);
  assert.equal(applied.code, 0, applied.stdout + applied.stderr);
  const image = await imageNow(owner, 'dfw', JSON.parse(applied.stdout).done[0].result);
  assert.deepEqual([image['name'], image['tags'], image['vm_mode']], ['Imported', ['a'], 'hvm']);
});

test('of several processes that apply a plan at once, one does', async () => {
  const id = await makeImage({ name: 'Raced', role: 'a' });
  cli.write('raced.image.yaml', `id: ${id}\nrole: b\n`);
  await plan('raced.plan.json', 'raced.image.yaml');
  const ended = await Promise.all([1, 2, 3].map(() => cli.run(['apply', '--yes', 'raced.plan.json'])));
  assert.deepEqual(
    ended.map(({ code }) => code).sort(),
    [0, 1, 1],
    ended.map(({ stdout, stderr }) => stdout + stderr).join(''),
  );
  for (const { code, stderr } of ended)
    if (code === 1) assert.match(stderr, /is being applied by|was applied (on|by)|is stale/);
});

test('of two processes that go on with a plan at once, one does', async () => {
  const id = await makeImage({ name: 'Twice', role: 'a' });
  cli.write('twice.image.yaml', `id: ${id}\nrole: b\nmembers: ["100002"]\n`);
  const through = await killAt('twice.plan.json', 'twice.image.yaml', sharing);
  after(through.close);
  // Both have read how far it is when either goes on.
  let looks = 0;
  let goOn = (): void => undefined;
  const both = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  let shared = 0;
  through.watch(async (method, path) => {
    if (method === 'POST' && path.endsWith('/members')) shared++;
    if (method !== 'GET' || !path.endsWith(id) || looks === 2) return;
    if (++looks === 2) goOn();
    await both;
  });
  const ended = await Promise.all(
    [1, 2].map(() => cli.run(['apply', '--yes', '--resume', 'twice.plan.json'])),
  );
  const said = ended.map(({ stdout, stderr }) => stdout + stderr).join('');
  assert.deepEqual(ended.map(({ code }) => code).sort(), [0, 1], said);
  assert.match(said, /twice\.plan\.json (is being|was) applied by .*plan\/under-way/);
  assert.equal(shared, 1, said);
  assert.deepEqual(await membersNow(owner, 'dfw', id), ['100002']);
  const { id: plan } = JSON.parse(readFileSync(join(cli.workspace, 'twice.plan.json'), 'utf8'));
  assert.deepEqual(
    cli.kept('plans').filter((file) => file.includes(`${plan}.json.`)),
    [],
    'nothing of the two or of the one that was killed',
  );
});

test('a plan for an emulator holds at its data folder and at its address, and for no other', async () => {
  const id = await makeImage({ name: 'Place', role: '0' });
  const other = await openPlace({ emulator: { open: ['create'] } }, '--speed', '1000000');
  const places = [at, `--emulator=${emulator.url}`];
  for (const [turn, [made, applied]] of [places, places.toReversed()].entries()) {
    cli.write('place.image.yaml', `id: ${id}\nrole: "${turn + 1}"\n`);
    const planned = await cli.run(['plan', String(made), '-o', 'place.plan.json', 'place.image.yaml']);
    assert.equal(planned.code, 2, planned.stderr);
    for (const one of [onEmulator(other.emulator), `--emulator=${other.emulator.url}`]) {
      const elsewhere = await cli.run(['apply', '--yes', one, 'place.plan.json']);
      assert.equal(elsewhere.code, 1, elsewhere.stdout);
      assert.match(elsewhere.stderr, /is a plan for \S+, DFW, account 100001; you are connected to/);
    }
    const { code, stdout, stderr } = await cli.run(['apply', '--yes', String(applied), 'place.plan.json']);
    assert.equal(code, 0, stdout + stderr);
    assert.equal((await imageNow(owner, 'dfw', id))['role'], String(turn + 1));
  }
});
