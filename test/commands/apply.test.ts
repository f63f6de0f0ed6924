import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { exitCodesUsage } from '../../server/commandLine.ts';
import type { JsonObject } from '../../server/rules/json.ts';
import { patchType } from '../emulator/harness.ts';
import { imageNow, makeImageIn, membersNow, onEmulator, openPlace, proxyTo } from './cli.ts';

/** `cloud-images plan` and `apply` against an emulator. */
const { folder, emulator, owner, cli } = await openPlace({ emulator: { open: ['create'] } });

const images = '/dfw/image/v2/images';

const makeImage = (body: JsonObject) => makeImageIn(owner, 'dfw', body);

const at = (): string => onEmulator(emulator);

test('the plan is the smallest: keys that equal the live image are nothing, tags are a set, what is not stated stays', async () => {
  const id = await makeImage({
    name: 'Small',
    min_ram: 512,
    tags: ['a', 'b'],
    'com.example.x': '1',
    keep: 'me',
  });
  const manifest = cli.write(
    'small.image.yaml',
    `name: Small\nmin_ram: 1024\ntags: [b, a]\ncom.example.x: "1"\nvm_mode: hvm\nstatus: queued\n`,
  );
  const text = await cli.run(['plan', at(), manifest]);
  assert.equal(text.code, 2, text.stderr);
  assert.match(text.stdout, /~ min_ram: 512 → 1024/);
  assert.match(text.stdout, /\+ vm_mode: "hvm"/);
  assert.doesNotMatch(text.stdout, /tags|com\.example|keep|status/);
  const { stdout, code } = await cli.run(['plan', at(), '--json', manifest]);
  assert.equal(code, 2);
  const plan = JSON.parse(stdout);
  assert.deepEqual(plan.steps[0].calls, [
    {
      type: 'patch',
      image: id,
      form: 'v2.1',
      body: [
        { op: 'replace', path: '/min_ram', value: 1024 },
        { op: 'add', path: '/vm_mode', value: 'hvm' },
      ],
    },
  ]);
  assert.equal((await imageNow(owner, 'dfw', id))['min_ram'], 512, 'a plan changes nothing');

  assert.equal((await cli.run(['apply', '--yes', at(), manifest])).code, 0);
  const again = await cli.run(['plan', at(), manifest]);
  assert.match(again.stdout, /nothing to do/);
  const live = await imageNow(owner, 'dfw', id);
  assert.deepEqual([live['min_ram'], live['vm_mode'], live['keep']], [1024, 'hvm', 'me']);
});

test('what the cloud refuses is told before anything is sent, in its words, and nothing is sent', async () => {
  const id = await makeImage({ name: 'Refused', tags: [] });
  const was = await imageNow(owner, 'dfw', id);
  const cases: [string, string, RegExp][] = [
    [
      'image',
      'name: Refused\nmin_ram: 5\ncom.rackspace__1__x: "1"\n',
      /403 Attribute 'com\.rackspace__1__x' is reserved\. \(property\/protected\)/,
    ],
    ['image', 'name: Refused\nsize: 5\n', /403 Attribute 'size' is read-only\./],
    [
      'image',
      'name: Refused\nmembers: ["100002", "100002"]\n',
      /409 The target member 100002 is already associated/,
    ],
    [
      'image',
      'name: Refused\nvisibility: public\n',
      /403 You are not authorized to complete publicize_image/,
    ],
    [
      'image',
      `name: Refused\ntags: [${Array.from({ length: 129 }, (_, one) => `t${one}`).join(', ')}]\n`,
      /413 The limit has been exceeded on the number of allowed image tags/,
    ],
    ['patch', '- { op: remove, path: /nothing }\n', /409 Property nothing does not exist\./],
    ['patch', '- { op: replace, path: /a/b, value: x }\n', /400 Invalid JSON pointer/],
    ['patch', '- { add: /name, value: x }\n', /409 Property name already present\. \(patch\/present\)/],
  ];
  for (const [kind, text, words] of cases) {
    const file = cli.write(`refused.image${kind === 'patch' ? '-patch' : ''}.yaml`, text);
    const image = kind === 'patch' ? ['--image', id] : [];
    const { code, stdout, stderr } = await cli.run(['apply', '--yes', at(), ...image, file]);
    assert.equal(code, 1, stdout + stderr);
    assert.match(stdout, words);
    assert.match(stdout, /Nothing was changed\./);
  }
  assert.deepEqual(await imageNow(owner, 'dfw', id), was);
});

test('where the role only tags, tags go by their route; what it may not is refused', async () => {
  const id = await makeImage({ name: 'Tagged', tags: ['old', 'both'] });
  const only = cli.write('tagged.image.yaml', 'name: Tagged\ntags: [both, new tag]\n');
  const tagged = await cli.run(['apply', '--yes', at(), '--user', 'images-observer', only]);
  assert.equal(tagged.code, 0, tagged.stdout + tagged.stderr);
  assert.match(tagged.stdout, /DELETE .*\/tags\/old → 204/);
  assert.match(tagged.stdout, /PUT .*\/tags\/new%20tag → 204/);
  assert.doesNotMatch(tagged.stdout, /PATCH/);
  assert.deepEqual(((await imageNow(owner, 'dfw', id))['tags'] as string[]).sort(), ['both', 'new tag']);
  const undo = cli.kept('undo').at(-1) ?? '';
  assert.equal(
    (await cli.run(['apply', '--yes', at(), '--user', 'images-observer', '--undo', undo])).code,
    0,
  );
  assert.deepEqual(((await imageNow(owner, 'dfw', id))['tags'] as string[]).sort(), ['both', 'old']);

  const more = cli.write('more.image.yaml', 'name: Tagged\nmin_ram: 99\ntags: [x]\nmembers: ["100002"]\n');
  const observer = await cli.run(['plan', at(), '--user', 'images-observer', more]);
  assert.equal(observer.code, 1);
  assert.match(observer.stdout, /403 You are not authorized to complete modify_image action/);
  assert.match(observer.stdout, /403 You are not authorized to complete add_member action/);
  const share = cli.write('share.image.yaml', 'name: Tagged\nmembers: ["100002"]\n');
  const creator = await cli.run(['apply', '--yes', at(), '--user', 'creator', share]);
  assert.equal(creator.code, 0, creator.stdout + creator.stderr);
  assert.deepEqual(await membersNow(owner, 'dfw', id), ['100002']);
});

test('items of a list that mean one image, by its id and by its names, are each planned behind those before', async () => {
  const id = await makeImage({ name: 'Listed', tags: ['old'] });
  const list = cli.write('listed.image.yaml', `- id: ${id}\n  tags: [a]\n- name: Listed\n  tags: [b]\n`);
  const applied = await cli.run(['apply', '--yes', at(), '--user', 'images-observer', list]);
  assert.equal(applied.code, 0, applied.stdout + applied.stderr);
  assert.doesNotMatch(applied.stdout, /404/);
  assert.deepEqual((await imageNow(owner, 'dfw', id))['tags'], ['b']);
  const renamed = cli.write(
    'renamed.image.yaml',
    `- id: ${id}\n  name: Listed anew\n- name: Listed anew\n  min_ram: 512\n`,
  );
  const second = await cli.run(['apply', '--yes', at(), renamed]);
  assert.equal(second.code, 0, second.stdout + second.stderr);
  const live = await imageNow(owner, 'dfw', id);
  assert.deepEqual([live['name'], live['min_ram']], ['Listed anew', 512]);
});

test('a target that is not clear is no guess', async () => {
  const ids = [await makeImage({ name: 'Twin' }), await makeImage({ name: 'Twin' })];
  cli.write('twin.image.yaml', 'name: Twin\nrole: x\n');
  const several = await cli.run(['apply', '--yes', at(), 'twin.image.yaml']);
  assert.equal(several.code, 1);
  for (const id of ids) assert.ok(several.stdout.includes(id));
  cli.write('none.image.yaml', 'name: Nobody\nrole: x\n');
  const none = await cli.run(['plan', at(), 'none.image.yaml']);
  assert.equal(none.code, 1);
  assert.match(none.stdout, /no image named 'Nobody'.*Import its disk first/);
  cli.write('alone.image-patch.yaml', '- { op: add, path: /x, value: "1" }\n');
  const alone = await cli.run(['plan', at(), 'alone.image-patch.yaml']);
  assert.equal(alone.code, 1);
  assert.match(alone.stdout, /names no image/);
  const [first = ''] = ids;
  assert.equal((await cli.run(['apply', '--yes', at(), '--image', first, 'alone.image-patch.yaml'])).code, 0);
  assert.equal((await imageNow(owner, 'dfw', first))['x'], '1');
});

test('what cannot run says why in a line, and where to look where the command line is wrong', async () => {
  cli.write('broken.image.yaml', 'name: web\n  tags: [\n');
  cli.write('good.image.yaml', 'name: web\n');
  const cases: [string[], RegExp][] = [
    [['apply', at()], /Name the manifests: .* See cloud-images apply --help\.\n$/],
    [['apply', at(), 'nothing.image.yaml'], /There is no file or folder 'nothing\.image\.yaml'/],
    [['plan', at(), 'broken.image.yaml'], /broken\.image\.yaml:\d+: /],
    [['apply', at(), 'good.image.yaml', '--undo', 'x'], /--undo takes no manifests/],
    [['apply', at(), '--undo', 'x'], /There is no file x/],
    [['plan', 'good.image.yaml'], /Which cloud\?.* See cloud-images plan --help\.\n$/],
    [['plan', '--cloud', 'a', at(), 'good.image.yaml'], /Use either --/],
    [['plan', `--emulator=${folder}`, 'good.image.yaml'], /No emulator runs on/],
    [['plan', at(), '--region', 'MARS', 'good.image.yaml'], /no service 'image' in region MARS/],
    [['plan', at(), '--user', 'nobody', 'good.image.yaml'], /does not let in 'nobody': .*identity\/login/],
  ];
  for (const [args, words] of cases) {
    const { code, stdout, stderr } = await cli.run(args);
    assert.deepEqual(
      [code, stdout],
      [/ --help\.\n$/.test(stderr) ? 64 : 1, ''],
      `${args.join(' ')}: ${stderr}`,
    );
    assert.match(stderr, words);
  }
  await makeImage({ name: 'Asked about' });
  const asking = cli.write('t.image.yaml', 'name: Asked about\nrole: y\n');
  const terminal = await cli.run(['apply', at(), asking]);
  assert.equal(terminal.code, 1);
  assert.match(terminal.stderr, /Add --yes/);
  for (const [args, code, words] of [
    [['--help'], 0, /^cloud-images emulator/],
    [[], 64, /^$/],
    [['burn'], 64, /^$/],
  ] as const) {
    const told = await cli.run(args);
    assert.equal(told.code, code, args.join());
    assert.match(told.stdout, words);
    assert.match(told.stdout + told.stderr, /cloud-images rehearse PATH…/);
  }
});

test('each verb has its options, one table of exit codes, and examples in its help', async () => {
  const verbs = [
    'emulator',
    'lint',
    'disk',
    'plan',
    'diff',
    'apply',
    'adopt',
    'import',
    'export',
    'transfer',
    'convert',
    'rehearse',
  ];
  for (const verb of verbs) {
    const { code, stdout } = await cli.run([verb, '--help']);
    assert.equal(code, 0);
    assert.match(stdout, new RegExp(`^cloud-images ${verb} `));
    assert.ok(stdout.includes(exitCodesUsage), verb);
    assert.match(stdout.split(exitCodesUsage)[1] ?? '', new RegExp(`^\\n {2}cloud-images ${verb}`));
  }
  assert.match((await cli.run(['--version'])).stdout, /^\d+\.\d+\.\d+\n$/);
});

test('a plan ends with 2 where something differs, and its changes are colored for those who want it', async () => {
  await makeImage({ name: 'Colored', role: 'a' });
  const manifest = cli.write('colored.image.yaml', 'name: Colored\nrole: b\n');
  const args = ['plan', at(), manifest];
  const plain = await cli.run(args);
  assert.equal(plain.code, 2);
  const colored = await cli.run(args, { FORCE_COLOR: '1' });
  assert.ok(colored.stdout.includes('\u001b[33m  ~ role: "a" → "b"\u001b[0m'), colored.stdout);
  assert.equal(stripVTControlCharacters(colored.stdout), plain.stdout);
  assert.equal((await cli.run(['apply', at(), '--yes', manifest])).code, 0);
  assert.equal((await cli.run(args)).code, 0);
  assert.equal((await cli.run(['apply', at(), '--dry-run', manifest])).code, 0);
});

test('a live image that changed between plan and apply is planned anew, and that is said', async () => {
  const id = await makeImage({ name: 'Moving', role: 'a', min_ram: 1 });
  cli.write('moving.image.yaml', 'name: Moving\nrole: b\nmin_ram: 2\n');
  // The image is asked for twice, for the plan and right before the call; in between somebody else changes it.
  let asked = 0;
  const between = await proxyTo(emulator.url, async (method, path) => {
    if (method !== 'GET' || !path.endsWith(id)) return;
    asked += 1;
    if (asked !== 2) return;
    const patch = [{ op: 'replace', path: '/min_ram', value: 2 }];
    assert.equal((await owner.ask('PATCH', `${images}/${id}`, patch, patchType)).status, 200);
  });
  try {
    const command = ['apply', '--yes', `--emulator=${between.url}`, 'moving.image.yaml'];
    const { code, stdout, stderr } = await cli.run(command);
    assert.equal(code, 0, stdout + stderr);
    assert.match(
      stdout,
      /~ min_ram: 1 → 2[\s\S]*moving\.image\.yaml: the cloud has changed since the plan\. It is now:\n[\s\S]*~ role: "a" → "b"/,
    );
    const after = stdout.slice(stdout.indexOf('It is now'));
    assert.doesNotMatch(after, /min_ram/);
  } finally {
    between.close();
  }
  const live = await imageNow(owner, 'dfw', id);
  assert.deepEqual([live['role'], live['min_ram']], ['b', 2]);
});
