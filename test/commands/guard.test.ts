import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { plan as validate } from '../../schemas/generated/validators.js';
import { requirePolicies } from '../../server/commands/guard.ts';
import type { JsonObject } from '../../server/rules/json.ts';
import { imageNow, makeImageIn, membersNow, onEmulator, openPlace, proxyTo } from './cli.ts';

/** What may take something away, and policies that refuse plans. */
const { emulator, owner, cli } = await openPlace({
  profile: 'openstack',
  emulator: { open: ['create'] },
});
const images = '/regionone/image/v2/images';
const at = onEmulator(emulator);
const hasTerminal =
  spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') ?? false;

const makeImage = (body: JsonObject) => makeImageIn(owner, 'regionone', body);

async function share(id: string, member: string): Promise<void> {
  assert.equal((await owner.ask('POST', `${images}/${id}/members`, { member })).status, 200);
}

const now = (id: string) => imageNow(owner, 'regionone', id);

test('what hides an image or takes it away from an account needs --allow-delete; --yes is not enough', async () => {
  const id = await makeImage({ name: 'Guarded', visibility: 'shared' });
  await share(id, 'partner-one');
  const other = await makeImage({ name: 'Unnamed', visibility: 'shared', role: 'kept' });
  await share(other, 'partner-one');
  const was = [await now(other), await membersNow(owner, 'regionone', other)];
  const cases: [string, string, RegExp][] = [
    [
      'unshare',
      `id: ${id}\nmembers: []\n`,
      /takes image 'Guarded' \(\S+\) away from account partner-one\. Add --allow-delete/,
    ],
    ['hide', `id: ${id}\nos_hidden: true\n`, /hides image 'Guarded' \(\S+\)\. Add --allow-delete/],
  ];
  for (const [name, text, words] of cases) {
    const file = cli.write(`${name}.image.yaml`, text);
    for (const more of [['--yes'], ['--yes', '--json']]) {
      const before = [await now(id), await membersNow(owner, 'regionone', id)];
      const refused = await cli.run(['apply', ...more, at, file]);
      assert.equal(refused.code, 1, refused.stdout);
      assert.match(refused.stderr, new RegExp(`Nothing was changed: ${name}\\.image\\.yaml ${words.source}`));
      assert.deepEqual([await now(id), await membersNow(owner, 'regionone', id)], before);
    }
    const kept = await cli.run(['plan', at, '-o', `${name}.plan.json`, file]);
    assert.equal(kept.code, 2, kept.stderr);
    const byPlan = await cli.run(['apply', '--yes', `${name}.plan.json`]);
    assert.equal(byPlan.code, 1);
    assert.match(byPlan.stderr, words);
    const allowed = await cli.run(['apply', '--yes', '--allow-delete', `${name}.plan.json`]);
    assert.equal(allowed.code, 0, allowed.stdout + allowed.stderr);
  }
  assert.equal((await now(id))['os_hidden'], true);
  assert.deepEqual(await membersNow(owner, 'regionone', id), []);
  assert.deepEqual([await now(other), await membersNow(owner, 'regionone', other)], was, 'nobody named it');
});

test('a run takes nothing away that it did not take away in the plan, though that was allowed', async () => {
  const id = await makeImage({ name: 'Joined', visibility: 'shared', role: 'a' });
  await share(id, 'partner-one');
  const file = cli.write('joined.image.yaml', 'name: Joined\nrole: b\nmembers: [partner-one]\n');
  // The image is asked for twice, for the plan and right before the call; in between it is shared with one more.
  let asked = 0;
  const between = await proxyTo(emulator.url, async (method, path) => {
    if (method === 'GET' && path.endsWith(id) && ++asked === 2) await share(id, 'partner-two');
  });
  const run = ['apply', '--yes', '--allow-delete', `--emulator=${between.url}`, file];
  const { code, stdout, stderr } = await cli.run(run);
  between.close();
  assert.equal(code, 1, stdout + stderr);
  assert.match(stderr, /partner-two.*, which it did not in the plan\. Plan again\. \(plan\/stale\)/);
  assert.deepEqual(await membersNow(owner, 'regionone', id), ['partner-one', 'partner-two']);
  assert.equal((await now(id))['role'], 'a');
});

test('at a terminal the name of the image is typed', {
  skip: !hasTerminal && 'there is no script of util-linux',
}, async () => {
  const id = await makeImage({ name: 'Typed' });
  const file = cli.write('typed.image.yaml', `id: ${id}\nos_hidden: true\n`);
  const program = join(import.meta.dirname, '..', '..', 'dist', 'cli.js');
  for (const [typed, code, hidden] of [
    ['typed', 1, false],
    ['Typed', 0, true],
  ] as const) {
    const quoted = [process.execPath, program, 'apply', '--yes', at, file].map((arg) => `'${arg}'`).join(' ');
    const child = spawn('script', ['-qefc', quoted, '/dev/null'], {
      cwd: cli.workspace,
      env: { ...process.env, HOME: cli.home },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let screen = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const isAsked = screen.includes('to allow that:');
      screen += text;
      if (!isAsked && screen.includes('to allow that:')) child.stdin.write(`${typed}\n`);
    });
    const ended = await new Promise((resolve) => child.once('close', resolve));
    assert.equal(ended, code, screen);
    assert.equal((await now(id))['os_hidden'], hidden, screen);
  }
});

test('a policy is given the plan, and refuses it with a sentence', async () => {
  const id = await makeImage({ name: 'Judged', role: 'a' });
  const file = cli.write('judged.image.yaml', `id: ${id}\nrole: b\n`);
  const seen = join(cli.workspace, 'seen.json');
  cli.write(
    'policy.mjs',
    `import { readFileSync, writeFileSync } from 'node:fs';
const plan = readFileSync(0, 'utf8');
writeFileSync(${JSON.stringify(seen)}, plan);
if (plan.includes('"role"')) { console.error('Roles are changed on Mondays.'); process.exitCode = 1; }
`,
  );
  const command = `"${process.execPath}" policy.mjs`;
  const ways: [string[], Record<string, string>][] = [
    [['--policy', command], {}],
    [[], { CLOUD_IMAGES_POLICY: command }],
    [['--policy', 'exit 0'], { CLOUD_IMAGES_POLICY: command }],
  ];
  for (const [args, env] of ways)
    for (const verb of [
      ['plan', '-o', 'judged.plan.json'],
      ['apply', '--yes'],
    ]) {
      const { code, stderr } = await cli.run([...verb, at, ...args, file], env);
      assert.equal(code, 1, stderr);
      assert.match(stderr, /the policy '.*' refuses it: Roles are changed on Mondays\. \(plan\/policy\)\n$/);
    }
  assert.equal(existsSync(join(cli.workspace, 'judged.plan.json')), false);
  assert.ok(validate(JSON.parse(readFileSync(seen, 'utf8'))), JSON.stringify(validate.errors));
  const missing = await cli.run(['apply', '--yes', at, '--policy', 'no-such-policy-command', file]);
  assert.equal(missing.code, 1);
  assert.match(missing.stderr, /policy 'no-such-policy-command' cannot be run: .*not found/);
  assert.equal((await now(id))['role'], 'a');
  cli.write('.cloud-images.json', '{"profile":"openstack","policy":{"command":"touch owned"}}');
  const told = await cli.run(['apply', '--yes', at, file]);
  assert.equal(existsSync(join(cli.workspace, 'owned')), false, 'a file of the workspace runs nothing');
  assert.equal(told.code, 1);
});

test('a policy that gives no answer refuses, and ends with what it has started', async () => {
  const { signal } = new AbortController();
  const plan = JSON.parse('{}');
  await assert.rejects(
    requirePolicies(plan, ['sleep 60; exit 0'], { signal, milliseconds: 200 }),
    /gave no answer within 0\.2 seconds/,
  );
  await assert.rejects(
    requirePolicies(plan, ['exit 3'], { signal }),
    /refuses it: it ended with 3 and said nothing/,
  );
  await requirePolicies(plan, ['cat > /dev/null', 'true'], { signal });
});
