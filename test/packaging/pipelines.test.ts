import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { after, before, test } from 'node:test';
import { parse } from 'yaml';
import { packForNpm } from '../../packaging/npm/pack.ts';
import { ask, logIn, removeFolder, temporaryFolder } from '../emulator/harness.ts';

/** The scripts of the GitHub Action, the GitLab component and the devcontainer feature, run by hand as those run them. */

const root = join(import.meta.dirname, '..', '..');
const packaging = join(root, 'packaging');
const folder = temporaryFolder();
const work = join(folder, 'work');
const temporary = join(folder, 'runner');
const skip = process.platform === 'win32' && 'the scripts are for a POSIX shell';
let tarball = '';
let env: NodeJS.ProcessEnv = {};

before(() => {
  for (const one of [work, temporary]) mkdirSync(one);
  tarball = packForNpm(folder);
  const own = Object.entries(process.env).filter(([name]) => !/^(OS_|CLOUD_IMAGES_|GITHUB_|npm_)/.test(name));
  env = { ...Object.fromEntries(own), HOME: folder, npm_config_offline: 'true', RUNNER_TEMP: temporary };
  for (const name of ['ENV', 'OUTPUT', 'PATH', 'STEP_SUMMARY']) {
    env[`GITHUB_${name}`] = join(folder, name);
    writeFileSync(join(folder, name), '');
  }
});
after(() => removeFolder(folder));

const read = (name: string): string => readFileSync(join(folder, name), 'utf8');

/** NAME=VALUE lines, as runners read them. */
const pairs = (name: string): Record<string, string> =>
  Object.fromEntries([...read(name).matchAll(/^(\w+)=(.*)$/gm)].map(([, key, value]) => [key, value]));

function run(command: string, args: readonly string[], more: NodeJS.ProcessEnv = {}) {
  return spawnSync(command, args, { cwd: work, env: { ...env, ...more }, encoding: 'utf8' });
}

const action = (script: string): string => join(packaging, 'github-action', script);

test('the action installs, checks, starts a cloud for the steps that follow, and shows what it refused', {
  skip,
}, async () => {
  const installed = run('sh', [action('install.sh')], { CLOUD_IMAGES_PACKAGE: tarball });
  assert.equal(installed.status, 0, installed.stderr);
  const bin = read('PATH').trim();
  assert.deepEqual(readdirSync(bin), ['cloud-images'], 'the node of later steps stays theirs');

  writeFileSync(join(work, 'web.image.yaml'), 'name: web\ncom.rackspace__1__x: "1"\n');
  const lint = run('sh', [action('lint.sh')], { CLOUD_IMAGES_LINT: '.' });
  assert.equal(lint.status, 1, lint.stderr);
  assert.match(lint.stdout, /^::error file=web\.image\.yaml,line=2/m);
  const { sarif = '' } = pairs('OUTPUT');
  assert.equal(JSON.parse(readFileSync(sarif, 'utf8')).runs[0].results.length, 1);
  writeFileSync(join(work, 'web.image.yaml'), 'name: web\n');
  assert.equal(run('sh', [action('lint.sh')], { CLOUD_IMAGES_LINT: '.' }).status, 0);

  const started = run(process.execPath, [action('start.mjs')], {
    CLOUD_IMAGES_PROFILE: 'openstack',
    CLOUD_IMAGES_SEED: 'empty',
    CLOUD_IMAGES_SPEED: '',
  });
  assert.equal(started.status, 0, started.stderr);
  const {
    CLOUD_IMAGES_EMULATOR_TOKEN: token = '',
    CLOUD_IMAGES_EMULATOR_URL: url = '',
    ...variables
  } = pairs('ENV');
  assert.match(started.stdout, new RegExp(`^::add-mask::${token}$`, 'm'));
  assert.equal(pairs('OUTPUT')['url'], url);
  assert.deepEqual([variables['OS_PROJECT_NAME'], variables['OS_REGION_NAME']], ['100001', 'RegionOne']);
  const plan = run(join(bin, 'cloud-images'), ['plan', 'web.image.yaml'], variables);
  assert.equal(plan.status, 2, plan.stdout + plan.stderr);

  const owner = await logIn(url, 'owner');
  for (const id of ['a|b', 'a|b'])
    await owner.ask('GET', `/regionone/image/v2/images/${encodeURIComponent(id)}`);
  const control = { authorization: `Bearer ${token}` };
  const fault = { path: '/regionone/image/v2/schemas/*', status: 503 };
  assert.equal((await ask(url, 'POST', '/emulator/faults', fault, control)).status, 201);
  await owner.ask('GET', '/regionone/image/v2/schemas/image');
  const finish = join(packaging, 'github-action', 'finish', 'finish.mjs');
  const ended = run(process.execPath, [finish], pairs('ENV'));
  assert.equal(ended.status, 0, ended.stderr);
  const summary = read('STEP_SUMMARY');
  assert.match(summary, /The cloud refused 3 requests\./);
  assert.match(summary, /^\| 404 \| `GET \/regionone\/image\/v2\/images\/a[^|]*b` \| [\w/-]+ \| 2 \|$/m);
  assert.match(summary, /^\| 503 \| .* \| injected fault \| 1 \|$/m);
  await assert.rejects(fetch(`${url}/emulator/health`), 'it has ended');
  assert.equal(
    run(process.execPath, [finish]).status,
    0,
    'where no cloud was started there is nothing to do',
  );
});

test('a cloud that does not start fails the step with its reason', { skip }, () => {
  const { status, stdout, stderr } = run(process.execPath, [action('start.mjs')], {
    CLOUD_IMAGES_PROFILE: 'aws',
  });
  assert.equal(status, 1);
  assert.match(
    stdout + stderr,
    /--profile takes rackspace or openstack, not 'aws'[\s\S]*::error::The cloud did not start/,
  );
});

test('a sign-in that is refused names the inputs, and leaves no cloud to the next start', {
  skip,
}, async () => {
  const nobody = run(process.execPath, [action('start.mjs')], {
    CLOUD_IMAGES_PROFILE: 'openstack',
    CLOUD_IMAGES_USER: 'nobody',
  });
  assert.equal(nobody.status, 1);
  assert.equal(
    nobody.stdout.replace(/^::add-mask::.*\n/, '') + nobody.stderr,
    "::error::The cloud has no user 'nobody' with this password. Give the inputs 'user' and 'password' those of a user of its seed or snapshot.\n",
  );
  const data = join(temporary, 'cloud-images', 'data');
  assert.ok(!readdirSync(data).includes('emulator.lock'), 'it has ended');
  const { status, stderr } = run(process.execPath, [action('start.mjs')], {
    CLOUD_IMAGES_PROFILE: 'openstack',
    CLOUD_IMAGES_USER: 'observer',
  });
  assert.equal(status, 0, stderr);
  assert.equal(pairs('ENV')['OS_USERNAME'], 'observer');
  run(process.execPath, [join(packaging, 'github-action', 'finish', 'finish.mjs')], pairs('ENV'));
});

test('the action passes on each input it declares, and names no other', () => {
  for (const name of ['action.yml', join('finish', 'action.yml')]) {
    const { inputs = {}, runs } = parse(readFileSync(action(name), 'utf8'));
    const text = JSON.stringify(runs);
    assert.deepEqual(
      [...new Set([...text.matchAll(/inputs\.([\w-]+)/g)].map(([, input]) => input))].sort(),
      Object.keys(inputs).sort(),
    );
    for (const step of runs.steps)
      assert.ok(step.uses ?? step.shell, 'a step of a composite action names its shell');
  }
});

test('the jobs of the GitLab component do what they say', { skip }, () => {
  const [head = '', body = ''] = readFileSync(join(packaging, 'gitlab', 'template.yml'), 'utf8').split(
    '\n---\n',
  );
  const inputs: Record<string, { default: string }> = parse(head).spec.inputs;
  const values: Record<string, string> = {
    package: tarball,
    script: 'test -n "$OS_AUTH_URL" && exit 9',
    seed: 'empty',
  };
  const text = body.replace(/\$\[\[ inputs\.(\w+) \]\]/g, (_, name: string) => {
    const input = inputs[name];
    assert.ok(input, `the input ${name} is declared`);
    return values[name] ?? input.default;
  });
  const jobs: Record<
    string,
    { script?: string[]; before_script?: string[]; variables?: Record<string, string> }
  > = parse(text);
  const prefix = join(folder, 'gitlab');
  const around = {
    npm_config_prefix: prefix,
    PATH: [join(prefix, 'bin'), process.env['PATH']].join(delimiter),
  };
  const runJob = (name: string, before: readonly string[] = []) =>
    run('sh', ['-ec', [...before, ...(jobs[name]?.script ?? [])].join('\n')], {
      ...around,
      ...jobs[name]?.variables,
    });
  writeFileSync(join(work, 'web.image.yaml'), 'name: web\ncom.rackspace__1__x: "1"\n');
  const lint = runJob('cloud-images-lint', jobs['.cloud-images']?.before_script);
  assert.equal(lint.status, 1, lint.stdout + lint.stderr);
  assert.match(readFileSync(join(work, 'cloud-images.xml'), 'utf8'), /<testsuites[\s\S]*property\/protected/);
  const cloud = runJob('cloud-images-cloud');
  assert.equal(cloud.status, 9, cloud.stdout + cloud.stderr);
});

test('the devcontainer feature installs the command line, or says that it needs Node', { skip }, () => {
  const feature = join(packaging, 'devcontainer', 'src', 'cloud-images');
  const { options } = JSON.parse(readFileSync(join(feature, 'devcontainer-feature.json'), 'utf8'));
  assert.match(
    readFileSync(join(feature, 'install.sh'), 'utf8'),
    new RegExp(`PACKAGE:-${options.package.default}`),
  );
  const prefix = join(folder, 'devcontainer');
  const path = [join(prefix, 'bin'), process.env['PATH']].join(delimiter);
  const script = join(feature, 'install.sh');
  const installed = run('sh', [script], { PACKAGE: tarball, npm_config_prefix: prefix, PATH: path });
  assert.equal(installed.status, 0, installed.stderr);
  assert.match(installed.stdout, /^\d+\.\d+\.\d+$/m);
  const without = run('/bin/sh', [script], { PATH: join(folder, 'nothing') });
  assert.equal(without.status, 1);
  assert.match(without.stderr, /needs Node 20\.19 or newer with npm/);
});
