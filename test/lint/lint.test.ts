import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { chooseColors } from '../../server/commandLine.ts';
import { makeDisk } from '../tools/disks.ts';

/** `cloud-images lint` as a process, on a folder of its own. */
const cli = join(import.meta.dirname, '..', '..', 'dist', 'cli.js');
const root = mkdtempSync(join(tmpdir(), 'cloud-images-lint-'));
const importOf = (disk: string) =>
  `type: import\ninput:\n  import_from: exports/${disk}\n  image_properties: { name: web }\n`;

before(() => {
  for (const folder of ['exports', 'node_modules', 'deep/er', 'clean'])
    mkdirSync(join(root, folder), { recursive: true });
  makeDisk(join(root, 'exports', 'large.vhd'), '41-gib');
  write('bad.image.yaml', 'name: web\ntags: [a b]\ncom.rackspace__1__x: "1" # <&>\n');
  write('deep/er/large.image-import.yaml', importOf('large.vhd'));
  write('node_modules/x.image.yaml', 'com.rackspace: "1"\n');
  write('clean/ok.image-patch.json', '[{ "op": "add", "path": "/team", "value": "blue" }]\n');
  write('clean/hint.image.yaml', 'tags: [web-front]\n');
  write('notes.yaml', 'com.rackspace: no manifest\n');
});
after(() => rmSync(root, { recursive: true }));

test('a folder is searched, findings are printed, and errors end with 1', () => {
  const { status, stdout } = lint();
  assert.equal(status, 1);
  assert.match(
    stdout,
    /^bad\.image\.yaml\n {2}2:8 +warning .* tag\/url-safe\n {2}3:1 +error .*403.* property\/protected$/m,
  );
  assert.match(
    stdout,
    /413: The virtual size of the disk is larger than the limit of 40 GB\. {2}import\/virtual-size$/m,
  );
  assert.doesNotMatch(stdout, /node_modules|notes\.yaml|hint\.image/);
  assert.match(stdout, /^4 manifests: 2 errors, 1 warning; 1 fixable with --fix$/m);
});

test('nothing found ends with 0, also with hints', () => {
  assert.deepEqual(lint('clean'), { status: 0, stdout: '2 manifests: 0 errors, 0 warnings\n', stderr: '' });
});

test('a folder without a manifest is a failure unless that is allowed', () => {
  mkdirSync(join(root, 'empty'), { recursive: true });
  const empty = lint('empty');
  assert.deepEqual([empty.status, empty.stdout], [1, '0 manifests: 0 errors, 0 warnings\n']);
  assert.match(
    empty.stderr,
    /There is no manifest in empty\. Name the files, or add --allow-empty\. \(manifest\/missing\)\n$/,
  );
  assert.deepEqual(
    [lint('empty', '--format', 'json').stdout, lint('empty', '--allow-empty').status],
    ['[]\n', 0],
  );
});

test('a project asks more of its images, by policies of its own and by presets', () => {
  const policies = [
    { property: 'os_purpose', required: true, severity: 'error', message: 'Say what it is for.' },
  ];
  write('policies/.cloud-images.json', JSON.stringify({ profile: 'openstack', preset: ['scs'], policies }));
  write('policies/a.image.yaml', 'name: web\narchitecture: x86_64\n');
  const { stdout, status } = lint('policies/a.image.yaml');
  assert.equal(status, 1);
  assert.match(stdout, /error +Say what it is for\. +policy\/required/);
  assert.match(stdout, /warning +SCS-0102 requires 'min_disk'\. Add it\. +policy\/required/);
  write('policies/.cloud-images.json', '{ "policies": [{ "property": "a", "pattern": "(" }] }');
  assert.match(lint('policies/a.image.yaml').stderr, /\/policies\/0\/pattern cannot be used/);
});

test('the preset strict makes an error of a disk that is not here', () => {
  write('strict/.cloud-images.json', '{ "preset": "strict" }');
  write('strict/gone.image-import.yaml', importOf('gone.vhd'));
  const { status, stdout } = lint('strict');
  assert.equal(status, 1);
  assert.match(stdout, /3:16 +error +Not checked: .* \(looked for at .*gone\.vhd\)\..* import\/unchecked$/m);
});

test('--require-disks makes an error of a disk that is not here', () => {
  write('away/a.image-import.yaml', importOf('away.vhd'));
  write('away/.cloud-images.json', '{ "severities": { "import/unchecked": "off" } }');
  assert.deepEqual([lint('away').status, lint('away', '--require-disks').status], [0, 1]);
  const { stdout } = lint('away', '--require-disks');
  assert.match(stdout, /error .*exports\/away\.vhd.* import\/unchecked$/m);
  const places = [root, join(root, 'away')].map((one) => join(realpathSync(one), 'exports', 'away.vhd'));
  assert.ok(stdout.includes(`was not found (looked for at ${places.join(' and ')}).`), stdout);
});

test('the summary counts what --fix would repair, and none after it', () => {
  write('count/c.image.yaml', 'tags: [a b, web, web]\ncom.rackspace: "1"\n');
  write('count/d.image.yaml', 'tags: [x y]\n');
  assert.match(lint('count').stdout, /^2 manifests: 1 error, 3 warnings; 3 fixable with --fix$/m);
  assert.match(lint('count', '--fix').stdout, /^2 manifests: 1 error, 0 warnings; 3 fixed$/m);
});

test('colors are for terminals, and those who force them; a manifest brings none of its own', () => {
  write('colors/c.image.yaml', 'com.rackspace: "\\e[31m"\ntags: ["\\e[31m"]\n');
  const { stdout: plain } = lint('colors');
  const sign = '\u001b';
  assert.ok(!plain.includes(sign));
  const colored = (env: Record<string, string>) =>
    lint('colors', { env: { ...process.env, FORCE_COLOR: '', ...env } }).stdout;
  assert.ok(colored({}).includes(`${sign}[31merror${sign}[0m`));
  assert.equal(stripVTControlCharacters(colored({})), plain, 'nothing but colors is added');
  assert.equal(colored({ FORCE_COLOR: '0' }), plain);
  const written = (tty: boolean, env: Record<string, string>) =>
    chooseColors({ isTTY: tty }, env)('red', 'x') !== 'x';
  assert.deepEqual(
    [
      written(true, {}),
      written(false, {}),
      written(true, { NO_COLOR: '1' }),
      written(true, { NO_COLOR: '' }),
      written(true, { TERM: 'dumb' }),
      written(false, { FORCE_COLOR: '1', NO_COLOR: '1' }),
      written(true, { FORCE_COLOR: 'false' }),
    ],
    [true, false, false, true, false, true, false],
  );
});

test('--max-warnings makes warnings a failure', () => {
  write('warn/w.image.yaml', 'tags: [a b]\n');
  assert.equal(lint('warn').status, 0);
  assert.equal(lint('warn', '--max-warnings', '0').status, 1);
  assert.equal(lint('warn', '--max-warnings', '1').status, 0);
});

test('--fix repairs in the file what needs no choice, and reports the rest', () => {
  write('fix/f.image.yaml', '# c\ntags: [a b, web, web] # t\ncom.rackspace: "1"\n');
  const { status, stdout } = lint('fix', '--fix');
  assert.equal(
    readFileSync(join(root, 'fix/f.image.yaml'), 'utf8'),
    '# c\ntags: [a_b, web] # t\ncom.rackspace: "1"\n',
  );
  assert.equal(status, 1);
  assert.match(stdout, /1 manifest: 1 error, 0 warnings/);
});

test('standard input is judged under the name it is given, or the kind', () => {
  assert.match(lint('-', { input: 'tags: [a b]\n' }).stdout, /^stdin\.image\.yaml\n {2}1:8/);
  assert.match(lint('-', '--kind', 'patch', { input: '- { op: move, path: /a }\n' }).stdout, /patch\/shape/);
  const disk = lint('-', '--stdin-path', 'x.image-import.yaml', { input: importOf('large.vhd') });
  assert.match(disk.stdout, /import\/virtual-size/);
});

test('--release takes releases of OpenStack alone', () => {
  const { status, stderr } = lint('bad.image.yaml', '--release', 'bobcat');
  assert.equal(status, 64);
  assert.match(stderr, /--release takes one of zed, 2023\.1, .*, not 'bobcat'/);
});

test('--profile openstack protects nothing', () => {
  assert.doesNotMatch(lint('bad.image.yaml', '--profile', 'openstack').stdout, /property\/protected/);
});

test('every format says the same findings', () => {
  const json = JSON.parse(lint('bad.image.yaml', '--format', 'json').stdout);
  assert.deepEqual(
    json[0].findings.map(({ rule, line, column }: { rule: string; line: number; column: number }) => [
      rule,
      line,
      column,
    ]),
    [
      ['tag/url-safe', 2, 8],
      ['property/protected', 3, 1],
    ],
  );
  const sarif = JSON.parse(lint('bad.image.yaml', '--format', 'sarif').stdout);
  assert.equal(sarif.version, '2.1.0');
  assert.deepEqual(
    sarif.runs[0].results.map(({ ruleId, level }: { ruleId: string; level: string }) => [ruleId, level]),
    [
      ['tag/url-safe', 'warning'],
      ['property/protected', 'error'],
    ],
  );
  const ids = sarif.runs[0].tool.driver.rules.map(({ id }: { id: string }) => id);
  assert.ok(ids.includes('property/protected'));
  assert.match(
    lint('bad.image.yaml', '--format', 'github').stdout,
    /^::error file=bad\.image\.yaml,line=3,col=1,endLine=3,endColumn=20,title=property\/protected::.*%0AThe cloud answers 403/m,
  );
  const junit = lint('bad.image.yaml', '--format', 'junit').stdout;
  assert.match(junit, /<testsuite name="bad\.image\.yaml" tests="2" failures="2">/);
});

test('what it cannot do it says, and a wrong command line ends with 64', () => {
  assert.deepEqual(lint('absent'), {
    status: 1,
    stdout: '',
    stderr: "cloud-images lint: There is no file or folder 'absent'. (file/missing)\n",
  });
  assert.match(
    lint('--format', 'xml').stderr,
    /--format takes one of stylish, json, sarif, github, junit, not 'xml'/,
  );
  assert.match(lint('--max-warnings', 'few').stderr, /takes a whole number/);
  const unknown = lint('--unknown');
  assert.equal(unknown.status, 64);
  assert.match(unknown.stderr, /Unknown option '--unknown'.*\. See cloud-images lint --help\.\n$/);
  write('broken/.cloud-images.json', '{ "profile": "azure" }');
  write('broken/b.image.yaml', 'name: web\n');
  const broken = lint('broken');
  assert.equal(broken.status, 1);
  assert.match(
    broken.stderr,
    /\.cloud-images\.json is not used: \/profile must be equal to one of the allowed values/,
  );
});

test('patterns find manifests, and so does what the settings name', () => {
  write('globs/deep/a.image.yaml', 'tags: [a b]\n');
  write('globs/deep/b.image.json', '{ "tags": ["a b"] }\n');
  write('globs/other.yaml', 'tags: [a b]\n');
  const paths = (...args: string[]) =>
    JSON.parse(lint(...args, '--format', 'json').stdout).map(({ path }: { path: string }) => path);
  assert.deepEqual(paths('globs/**/*.yaml'), ['globs/deep/a.image.yaml', 'globs/other.yaml']);
  assert.deepEqual(paths('globs/deep/*.{json,yml}'), ['globs/deep/b.image.json']);
  assert.deepEqual(paths('globs/deep/?.image.*', 'globs/deep'), [
    'globs/deep/a.image.yaml',
    'globs/deep/b.image.json',
  ]);
  assert.deepEqual(lint('globs/*.yml'), {
    status: 1,
    stdout: '',
    stderr: "cloud-images lint: No manifest matches 'globs/*.yml'. (manifest/missing)\n",
  });
  assert.deepEqual(paths('globs'), ['globs/deep/a.image.yaml', 'globs/deep/b.image.json']);
  write('globs/.cloud-images.json', '{ "manifests": { "other.yaml": "image" } }');
  assert.deepEqual(paths('globs'), [
    'globs/deep/a.image.yaml',
    'globs/deep/b.image.json',
    'globs/other.yaml',
  ]);
});

test('many files are judged on all cores, each once and in their order, and one that cannot be judged ends it', () => {
  const names = Array.from({ length: 700 }, (_, at) => `many/m${String(at).padStart(3, '0')}.image.yaml`);
  for (const [at, name] of names.entries()) write(name, `name: web\ntags: [a b${at}]\n`);
  const { status, stdout } = lint('many', '--format', 'json', '--fix');
  assert.equal(status, 0);
  assert.deepEqual(
    JSON.parse(stdout),
    names.map((path) => ({ path, findings: [], fixable: 0, fixed: 1 })),
  );
  assert.equal(readFileSync(join(root, 'many/m699.image.yaml'), 'utf8'), 'name: web\ntags: [a_b699]\n');
  write('many/deep/.cloud-images.json', '{');
  write('many/deep/x.image.yaml', 'name: web\n');
  const broken = lint('many');
  assert.equal(broken.status, 1);
  assert.match(broken.stderr, /many\/deep\/\.cloud-images\.json is not used/);
});

function lint(...args: (string | { readonly input?: string; readonly env?: NodeJS.ProcessEnv })[]): {
  status: number | null;
  stdout: string;
  stderr: string;
} {
  const { input, env } = args.find((one) => typeof one === 'object') ?? {};
  const parameters = args.filter((one) => typeof one === 'string');
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, 'lint', ...parameters], {
    cwd: root,
    encoding: 'utf8',
    ...(input === undefined ? {} : { input }),
    ...(env ? { env } : {}),
  });
  return { status, stdout, stderr };
}

function write(path: string, text: string): void {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), text);
}
