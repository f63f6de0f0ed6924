import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
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
    ['expect: [\n', /wrong\.image-test\.yaml:\d+: /],
  ] as const) {
    cli.write('wrong.image-test.yaml', text);
    const { code, stderr } = await rehearse(manifest);
    assert.equal(code, 1);
    assert.match(stderr, words);
  }
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
