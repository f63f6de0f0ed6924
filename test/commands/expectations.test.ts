import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { removeFolder, temporaryFolder } from '../emulator/harness.ts';
import { cliIn } from './cli.ts';

/** `*.image-test.yaml` beside manifests, and kept plans, as `cloud-images rehearse` holds them. */
const folder = temporaryFolder();
after(() => removeFolder(folder));
const cli = cliIn(folder);
cli.write('.cloud-images.json', '{"profile":"openstack"}');
const rehearse = (...args: string[]) => cli.run(['rehearse', ...args]);
const formats = 'disk_format: raw\ncontainer_format: bare\n';

test('what is refused as its test expects is no failure; anything else is, with what it was', async () => {
  cli.write('refused.image.yaml', `name: refused\n${formats}size: 5\n`);
  cli.write(
    'refused.image-test.yaml',
    'expect: { status: 403, text: "Attribute \'size\' is read-only" }\nafter: { absent: [refused] }\n',
  );
  const met = await rehearse('refused.image.yaml');
  assert.equal(met.code, 0, met.stdout + met.stderr);
  assert.match(met.stdout, /refused\.image-test\.yaml: as expected/);
  assert.match(met.stdout, /0 accepted, 1 refused, 0 not rehearsed\n1 of 1 as their tests expect\n$/);

  for (const [text, words] of [
    ['expect: accepted\n', /expected accepted; it was refused: 403 Attribute 'size' is read-only/],
    ['expect: { status: 409 }\n', /expected refused: 409; it was refused: 403/],
    ['expect: { rule: tag/length }\n', /expected refused: \(tag\/length\); it was refused: 403/],
  ] as const) {
    cli.write('refused.image-test.yaml', text);
    const unmet = await rehearse('refused.image.yaml', '--format', 'junit');
    assert.equal(unmet.code, 1, unmet.stdout);
    assert.match(unmet.stdout.replaceAll('&apos;', "'"), words);
    assert.match(unmet.stdout, /<testsuite .* failures="1"/);
  }
});

test('what must stand afterwards is looked at: attributes, what is not there, members', async () => {
  const manifest = cli.write('stands.image.yaml', `name: stands\n${formats}role: web\ntags: [a, b]\n`);
  cli.write(
    'stands.image-test.yaml',
    'after:\n  images:\n    - { name: stands, status: queued, role: web, tags: [b, a], os_distro: null, members: [] }\n  absent: [other]\n',
  );
  const met = await rehearse(manifest);
  assert.equal(met.code, 0, met.stdout + met.stderr);
  cli.write(
    'stands.image-test.yaml',
    'after:\n  images:\n    - { name: stands, role: db, os_distro: x }\n    - { name: nobody }\n  absent: [stands]\n',
  );
  const unmet = await rehearse(manifest, '--format', 'json');
  assert.equal(unmet.code, 1, unmet.stderr);
  const [{ expected }] = JSON.parse(unmet.stdout).documents;
  assert.deepEqual(expected, {
    file: 'stands.image-test.yaml',
    met: false,
    wanted: 'accepted',
    failures: [
      'expected role "db" of image \'stands\' afterwards; it is "web"',
      'expected os_distro "x" of image \'stands\' afterwards; it is not there',
      "expected one image 'nobody' afterwards; there is none",
      "expected no image 'stands' afterwards; there is one",
    ],
  });
});

test('a test that is wrong itself is told with its file', async () => {
  const manifest = cli.write('wrong.image.yaml', `name: wrong\n${formats}`);
  for (const [text, words] of [
    [
      'manifest: wrong.image.yaml\nexpect: maybe\n',
      /wrong\.image-test\.yaml:2: The answer is accepted, or a refusal by its /,
    ],
    ['expects: accepted\n', /wrong\.image-test\.yaml:1: 'expects' is not known here\./],
    ['expect: [\n', /wrong\.image-test\.yaml:1: The closing ']' is missing/],
    ['\n"x\n', /wrong\.image-test\.yaml:2: The closing " is missing/],
    ['expect: []\n', /wrong\.image-test\.yaml:1: An empty list expects nothing\./],
    ['', /wrong\.image-test\.yaml:1: A test is an object that states 'expect', 'after' or both/],
    ['[1]\n', /wrong\.image-test\.yaml:1: A test is an object/],
  ] as const) {
    cli.write('wrong.image-test.yaml', text);
    const { code, stderr } = await rehearse(manifest);
    assert.equal(code, 1);
    assert.match(stderr, words);
  }
});

test('a test that belongs to no manifest is an error, of a folder as of lint', async () => {
  cli.write('orphans/b.image.yaml', `name: b\n${formats}`);
  const file = join('orphans', 'c.image-test.yaml');
  for (const [text, words] of [
    [
      'expect: accepted\nmanifest: nothere.image.yaml\n',
      /c\.image-test\.yaml:2: There is no manifest 'nothere\.image\.yaml' beside this test.*Correct 'manifest'/,
    ],
    [
      'expect: accepted\n',
      /c\.image-test\.yaml:1: There is no manifest of this test's name beside it.*Name it with 'manifest'/,
    ],
  ] as const) {
    cli.write(file, text);
    const { code, stderr } = await rehearse('orphans');
    assert.equal(code, 1, stderr);
    assert.match(stderr, words);
  }
  cli.write('orphans/passwords.image-test.yaml', 'manifest: ../../../../etc/passwd\n');
  cli.write('orphans/self.image-test.json', '{ "manifest": "c.image-test.yaml" }\n');
  const linted = await cli.run(['lint', '--format', 'github', 'orphans']);
  assert.equal(linted.code, 1, linted.stdout);
  for (const [name, words] of [
    ['c.image-test.yaml', "There is no manifest of this test's name"],
    ['passwords.image-test.yaml', "There is no manifest '../../../../etc/passwd'"],
    ['self.image-test.json', "There is no manifest 'c.image-test.yaml'"],
  ] as const)
    assert.ok(
      linted.stdout.split('\n').some((line) => line.includes(name) && line.includes(words)),
      linted.stdout,
    );
  for (const name of ['passwords.image-test.yaml', 'self.image-test.json'])
    rmSync(join(cli.workspace, 'orphans', name));
  const alone = await rehearse(join('orphans', 'b.image.yaml'));
  assert.equal(alone.code, 0, 'another file of the folder is not meant');

  cli.write('elsewhere.image.yaml', `name: e\n${formats}`);
  cli.write(file, 'manifest: ../elsewhere.image.yaml\n');
  const left = await rehearse('orphans');
  assert.equal(left.code, 1);
  assert.match(left.stderr, /its manifest elsewhere\.image\.yaml is not rehearsed, so nothing is tested/);
  assert.equal((await cli.run(['lint', 'orphans'])).code, 0, 'it is there');
});

test('a test of another name is held by the manifest that it names', async () => {
  const manifest = cli.write('named/b.image.yaml', `name: b\n${formats}`);
  cli.write('named/strict.image-test.yaml', 'manifest: b.image.yaml\nexpect: { status: 400 }\n');
  const { code, stdout } = await rehearse(manifest);
  assert.equal(code, 1, stdout);
  assert.match(stdout, /strict\.image-test\.yaml: expected refused: 400; it was accepted/);
});

test('plans are kept beside the manifests, compared, and kept anew when that is asked for', async () => {
  const manifest = cli.write('kept/plan.image.yaml', `name: planned\n${formats}role: a\n`);
  const path = join(cli.workspace, 'kept', '__plans__', 'plan.image.yaml.plan.txt');
  const none = await rehearse(manifest, '--snapshot');
  assert.equal(none.code, 2, none.stdout);
  assert.match(none.stderr, /plan\.image\.yaml\.plan\.txt: there is none\. Add --update/);
  assert.equal((await rehearse(manifest, '--snapshot', '--update')).code, 0);
  const text = readFileSync(path, 'utf8');
  assert.match(text, /new image 'planned' \(<id 1>\)[\s\S]*\+ role: "a"[\s\S]*POST \S+\/v2\/images → 201/);
  const same = await rehearse(manifest, '--snapshot');
  assert.deepEqual([same.code, same.stderr.includes('another')], [0, false], same.stderr);
  cli.write('kept/plan.image.yaml', `name: planned\n${formats}role: b\n`);
  const other = await rehearse(manifest, '--snapshot');
  assert.equal(other.code, 2, other.stdout);
  assert.match(other.stderr, /the plan is another[\s\S]*- {3}\+ role: "a"\n {2}\+ {3}\+ role: "b"/);
  assert.equal(readFileSync(path, 'utf8'), text, 'only --update writes');
});

test('a kept plan is the same from wherever it is compared', async () => {
  const [here, there] = [cliIn(join(folder, 'here')), cliIn(join(folder, 'there'))];
  here.write('disks/x.raw', 'x'.repeat(64));
  const manifest = here.write('in/a.image.yaml', `name: a\n${formats}source: { file: ../disks/x.raw }\n`);
  here.write('in/a.image-test.yaml', 'expect: accepted\n');
  const args = ['--profile', 'openstack', '--snapshot'];
  const path = join('..', '..', 'here', 'workspace', 'in');
  const kept = await there.run(['rehearse', path, ...args, '--update']);
  assert.equal(kept.code, 0, kept.stderr);
  const text = readFileSync(join(here.workspace, 'in', '__plans__', 'a.image.yaml.plan.txt'), 'utf8');
  assert.match(text, /^a\.image\.yaml: new image 'a'/);
  assert.match(text, /: \.\.\/disks\/x\.raw \(64 bytes\)/);
  assert.match(text, /^ {2}a\.image-test\.yaml: as expected/m);
  for (const [cli, given] of [
    [here, 'in'],
    [there, join(here.workspace, manifest)],
  ] as const) {
    const same = await cli.run(['rehearse', given, ...args]);
    assert.equal(same.code, 0, same.stderr);
  }
});

test('a kept plan whose manifest is gone is told, and goes with --update, where its folder is rehearsed', async () => {
  const manifest = cli.write('left/b.image.yaml', `name: b\n${formats}`);
  const gone = cli.write('left/below/__plans__/gone.image.yaml.plan.txt', 'old\n');
  const there = cli.write('left/__plans__/c.image.yaml.plan.txt', 'of a manifest that is there\n');
  cli.write('left/c.image.yaml', `name: c\n${formats}`);
  const one = await rehearse(manifest, '--snapshot', '--update');
  assert.equal(one.code, 0, one.stderr);
  assert.deepEqual(
    [gone, there].map((name) => existsSync(join(cli.workspace, name))),
    [true, true],
  );
  rmSync(join(cli.workspace, 'left/c.image.yaml'));
  const told = await rehearse('left', '--snapshot');
  assert.equal(told.code, 2, told.stderr);
  assert.match(
    told.stderr,
    /gone\.image\.yaml\.plan\.txt: its manifest is gone\. Add --update to remove it\./,
  );
  const removed = await rehearse('left', '--snapshot', '--update');
  assert.equal(removed.code, 0, removed.stderr);
  assert.deepEqual(
    [gone, there].map((name) => existsSync(join(cli.workspace, name))),
    [false, false],
  );
});
