import assert from 'node:assert/strict';
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { removeFolder, start, temporaryFolder } from '../emulator/harness.ts';
import { makeDisk } from '../tools/disks.ts';
import { makeDemo } from '../workbench/demo.ts';
import { type Cli, cliIn } from './cli.ts';

/** `cloud-images rehearse` as CI runs it. */
const folder = temporaryFolder();
after(() => removeFolder(folder));

/** A workspace of its own, and a folder for what is temporary, to see that nothing is left. */
function place(): { cli: Cli; temporary: string; run: Cli['run'] } {
  const own = mkdtempSync(join(folder, 'place-'));
  const cli = cliIn(own);
  const temporary = join(own, 'tmp');
  for (const one of [temporary, join(cli.workspace, 'exports')]) mkdirSync(one);
  return { cli, temporary, run: (args) => cli.run(args, { TMPDIR: temporary }) };
}

const importOf = (object: string, name: string): string =>
  `type: import\ninput:\n  import_from: exports/${object}\n  image_properties: { name: ${name} }\n`;

test('the manifests of the demo workspace: what is right is accepted, each mistake refused, and lint said so before', async () => {
  const { cli, temporary, run } = place();
  await makeDemo(cli.workspace);
  const { code, stdout, stderr } = await run(['rehearse', 'manifests', '--format', 'json']);
  assert.equal(code, 1, stderr);
  const { documents, images } = JSON.parse(stdout);
  assert.deepEqual(
    documents.map((one: Record<string, unknown>) => [one['file'], one['document'], one['outcome']]),
    [
      [join('manifests', 'mistakes.image-import.yaml'), 1, 'refused'],
      [join('manifests', 'mistakes.image-import.yaml'), 2, 'refused'],
      [join('manifests', 'mistakes.image-import.yaml'), 3, 'refused'],
      [join('manifests', 'web.image-import.yaml'), 1, 'accepted'],
      [join('manifests', 'web.image.yaml'), 1, 'accepted'],
      [join('manifests', 'web.image-patch.json'), 1, 'accepted'],
    ],
  );
  for (const one of documents.slice(0, 3)) {
    assert.ok(one.refused.text.length > 0);
    assert.match(one.lint, /mistakes\.image-import\.yaml:\d+:\d+ import\//, 'lint says the same words');
  }
  assert.match(documents[1].refused.text, /^413: /);
  assert.equal(images.length, 1);
  assert.deepEqual(
    [images[0].name, images[0].min_ram, images[0]['org.example.release'], images[0].vm_mode],
    ['Web frontend 2', 1024, '2026-11', 'hvm'],
  );
  assert.deepEqual(readdirSync(temporary), [], 'nothing is left');

  const good = await run([
    'rehearse',
    ...['import.yaml', '.yaml', 'patch.json'].map(
      (end) => `manifests/web.image${end === '.yaml' ? end : `-${end}`}`,
    ),
  ]);
  assert.equal(good.code, 0, good.stdout + good.stderr);
  assert.match(good.stdout, /3 accepted, 0 refused, 0 not rehearsed/);
  assert.match(good.stdout, /PATCH .* → 200/);
});

test('what the rules refuse is asked for all the same, and the emulator answers in the same words', async () => {
  const { cli, run } = place();
  makeDisk(join(cli.workspace, 'exports', 'web.vhd'), 'linux');
  cli.write(
    'all.image-import.yaml',
    `${importOf('web.vhd', 'Web')}---\ntags: [a]\ncom.rackspace__1__x: "1"\n---\nmembers: ["100002", "100002"]\n---\n- { op: remove, path: /nothing }\n---\ntype: export\ninput: { receiving_swift_container: a.b }\n---\nserver: { name: web, imageRef: x, flavorRef: "2" }\n`,
  );
  const { code, stdout } = await run(['rehearse', 'all.image-import.yaml', '--format', 'json']);
  assert.equal(code, 1);
  const { documents } = JSON.parse(stdout);
  assert.deepEqual(
    documents.map((one: { outcome: string; refused?: { status: number; rule?: string } }) => [
      one.outcome,
      one.refused?.status,
      one.refused?.rule,
    ]),
    [
      ['accepted', undefined, undefined],
      ['refused', 403, 'property/protected'],
      ['refused', 409, 'share/duplicate'],
      ['refused', 409, 'patch/missing'],
      ['refused', 0, undefined],
      ['refused', 400, 'server/image-ref'],
    ],
  );
  assert.match(documents[1].lint, /all\.image-import\.yaml:\d+:\d+ property\/protected/);
  const text = await run(['rehearse', 'all.image-import.yaml']);
  assert.match(
    text.stdout,
    /warning: cloud-images lint says so before: all\.image-import\.yaml:\d+:\d+ property\/protected/,
  );
  assert.match(
    text.stdout,
    /document 6: refused\n {2}POST \/dfw\/compute\/\S+ → 400 Invalid imageRef provided/,
  );
  assert.match(text.stdout, /Needs up to [\d,]+ bytes/);
});

test('JUnit has a suite a file and a case a document', async () => {
  const { cli, run } = place();
  makeDisk(join(cli.workspace, 'exports', 'web.vhd'), 'linux');
  cli.write(
    'a.image-import.yaml',
    `${importOf('web.vhd', 'Web & "Co"')}---\n- { op: remove, path: /nothing }\n`,
  );
  cli.write('b.image.yaml', 'name: somebody else\n');
  const { code, stdout } = await run([
    'rehearse',
    'a.image-import.yaml',
    'b.image.yaml',
    '--format',
    'junit',
  ]);
  assert.equal(code, 1);
  assert.match(stdout, /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<testsuites>/);
  assert.match(stdout, /<testsuite name="a\.image-import\.yaml" tests="2" failures="1" skipped="0">/);
  assert.match(stdout, /<testcase name="import, document 1" classname="a\.image-import\.yaml"\/>/);
  assert.match(
    stdout,
    /<failure type="patch\/missing" message="409 Property nothing does not exist\. \(patch\/missing\)"\/>/,
  );
  assert.match(stdout, /<testsuite name="b\.image\.yaml" tests="1" failures="0" skipped="1">/);
  assert.match(stdout, /<\/testsuites>\n$/);
});

test('an interrupt ends the emulator and leaves nothing', async () => {
  const { cli, temporary } = place();
  makeDisk(join(cli.workspace, 'exports', 'web.vhd'), 'linux');
  cli.write('a.image-import.yaml', importOf('web.vhd', 'Web'));
  cli.write('b.image-import.yaml', importOf('web.vhd', 'Web 2'));
  // So slow that it never ends by itself; the first document is on its way when it says what it needs.
  const running = cli.start(['rehearse', 'a.image-import.yaml', '--speed', '0.001'], { TMPDIR: temporary });
  await running.said('Needs up to');
  const pids = (): string[] => readdirSync(temporary);
  assert.equal(pids().length, 1);
  running.kill('SIGINT');
  const { code, stderr } = await running.ended;
  assert.equal(code, 130);
  assert.match(stderr, /Interrupted/);
  assert.deepEqual(pids(), []);
});

test('keeps its data where asked, and begins with the data of an emulator that has ended', async () => {
  const { cli, temporary, run } = place();
  makeDisk(join(cli.workspace, 'exports', 'web.vhd'), 'linux');
  cli.write('a.image-import.yaml', importOf('web.vhd', 'Web'));
  cli.write('b.image.yaml', 'name: Web\nrole: db\n');
  const kept = join(temporary, '..', 'kept');
  const first = await run(['rehearse', 'a.image-import.yaml', '--keep', kept]);
  assert.equal(first.code, 0, first.stdout + first.stderr);
  assert.ok(first.stdout.includes(`cloud-images emulator --data ${kept}`) || first.stdout.includes('Kept:'));
  assert.deepEqual(readdirSync(temporary), []);
  const again = await run(['rehearse', 'a.image-import.yaml', '--keep', kept]);
  assert.equal(again.code, 1);
  assert.match(again.stderr, /the folder is not empty/);
  const second = await run(['rehearse', 'b.image.yaml', '--data-from', kept]);
  assert.equal(second.code, 0, second.stderr);
  assert.match(second.stdout, /1 accepted, 0 refused, 0 not rehearsed/);
  const without = await run(['rehearse', 'b.image.yaml']);
  assert.equal(without.code, 0);
  assert.match(without.stdout, /not rehearsed: You have no image named 'Web'/);
  const running = await start(kept);
  const busy = await run(['rehearse', 'b.image.yaml', '--data-from', kept]);
  await running.end();
  assert.equal(busy.code, 1);
  assert.match(busy.stderr, /An emulator runs on/);

  const seed = join(cli.workspace, 'seed.json');
  const users = [
    { name: 'mine', password: 'secret', apiKey: 'key', account: '7', roles: ['identity:user-admin'] },
  ];
  writeFileSync(seed, JSON.stringify({ accounts: [{ id: '7', name: '7' }], users }));
  const seeded = await run(['rehearse', 'a.image-import.yaml', '--data-from', seed]);
  assert.equal(seeded.code, 0, seeded.stdout + seeded.stderr);
});

test('jsonl is a line a document, with the rules that had something to say of it', async () => {
  const { cli, run } = place();
  await makeDemo(cli.workspace);
  const { code, stdout } = await run(['rehearse', 'manifests', '--format', 'jsonl']);
  assert.equal(code, 1);
  const documents = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    documents.map(({ document, outcome, rules }) => [document, outcome, rules]),
    [
      [1, 'refused', ['import/properties']],
      [2, 'refused', ['import/virtual-size']],
      [3, 'refused', ['import/windows']],
      [1, 'accepted', []],
      [1, 'accepted', ['image/unprepared', 'tag/url-safe']],
      [1, 'accepted', []],
    ],
  );
});

test('a disk that is too small refuses before anything starts; other words that make no sense too', async () => {
  const { cli, temporary, run } = place();
  // A sparse disk takes no room, and would not fit.
  cli.write('huge.image-import.yaml', importOf('huge.vhd', 'Huge'));
  const file = openSync(join(cli.workspace, 'exports', 'huge.vhd'), 'w');
  ftruncateSync(file, 8 * 2 ** 40);
  closeSync(file);
  const small = await run(['rehearse', 'huge.image-import.yaml']);
  assert.equal(small.code, 1, small.stdout);
  assert.match(small.stderr, /is too small: [\d,]+ bytes are needed, [\d,]+ bytes are free/);
  assert.deepEqual(readdirSync(temporary), []);
  const cases: [string[], RegExp][] = [
    [[], /Name the manifests/],
    [['x.image.yaml'], /There is no file or folder 'x\.image\.yaml'/],
    [['huge.image-import.yaml', '--speed', 'fast'], /--speed takes a number/],
    [
      ['huge.image-import.yaml', '--format', 'xml'],
      /--format takes one of text, json, jsonl, junit, not 'xml'/,
    ],
    [['huge.image-import.yaml', '--region', 'MARS'], /--region MARS: the rehearsal's cloud has dfw, ord, /],
    [['huge.image-import.yaml', '--data-from', 'no.json'], /--data-from no\.json cannot be read/],
    [['huge.image-import.yaml', '--profile', 'aws'], /--profile takes rackspace or openstack/],
  ];
  for (const [args, words] of cases) {
    const { code, stdout, stderr } = await run(['rehearse', ...args]);
    assert.deepEqual([code, stdout], [/ --help\.\n$/.test(stderr) ? 64 : 1, '']);
    assert.match(stderr, words);
  }
});

test('what stands behind an import that failed is not rehearsed, its export neither', async () => {
  const { cli, run } = place();
  const behind = '---\ntags: [web]\n---\ntype: export\ninput: { receiving_swift_container: exports }\n';
  cli.write('web.image-import.yaml', `${importOf('none.vhd', 'web')}${behind}`);
  const { code, stdout } = await run(['rehearse', 'web.image-import.yaml', '--format', 'json']);
  assert.equal(code, 1);
  const { documents } = JSON.parse(stdout);
  assert.deepEqual(
    documents.map(({ outcome }: { outcome: string }) => outcome),
    ['refused', 'not rehearsed', 'not rehearsed'],
  );
});

test('a server is built of the image that the document before it describes, and refused by its properties', async () => {
  const { cli, run } = place();
  cli.write('.cloud-images.json', '{ "profile": "openstack" }');
  cli.write('web.raw', 'x'.repeat(2048));
  const file = (properties: string, server = 'flavorRef: "1"'): string =>
    `name: web\ndisk_format: raw\ncontainer_format: bare\n${properties}source: { file: web.raw }\n---\nserver:\n  name: web-1\n  ${server}\n`;
  const outcomes = async (text: string): Promise<string[]> => {
    cli.write('web.image.yaml', text);
    const { stdout } = await run(['rehearse', 'web.image.yaml', '--format', 'json']);
    const { documents } = JSON.parse(stdout) as {
      documents: { outcome: string; refused?: { text: string }; lint?: string }[];
    };
    return documents.map(({ outcome, refused, lint }) => [outcome, refused?.text, lint].join(' ').trim());
  };
  assert.deepEqual(await outcomes(file('')), ['accepted', 'accepted']);
  assert.deepEqual(await outcomes(file('hw_disk_bus: virtoi\n')), [
    'accepted',
    'refused Invalid image metadata. Error: Field value virtoi is invalid web.image.yaml:7:1 server/image-properties',
  ]);
  const [, refused] = await outcomes(file('hw_numa_nodes: "2"\n'));
  assert.match(refused ?? '', /^refused Instance CPUs and\/or memory cannot be evenly distributed/);
  const volume = `{ boot_index: 0, source_type: blank, destination_type: volume, volume_size: 1 }`;
  const [, other] = await outcomes(file('', `block_device_mapping_v2: [${volume}]\n  flavorRef: "1"`));
  assert.doesNotMatch(other ?? '', /image-properties/, 'a server of a volume is none of the image');
});
