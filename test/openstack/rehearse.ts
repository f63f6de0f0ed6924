/**
 * `cloud-images rehearse --cloud` in a project of real services that holds nothing. Run by `npm run test:openstack -- rehearse`,
 * which says by TEST_ACCOUNT whom to sign in as.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { connect } from '../../server/cloud/cloud.ts';
import { listHoldings } from '../../server/cloud/run/disposable.ts';
import { openImageData } from '../../server/cloud/services/imageData.ts';
import { cliIn } from '../commands/cli.ts';
import { removeFolder, temporaryFolder } from '../emulator/harness.ts';
import type { Account } from './requests.ts';
import { region } from './services/place.ts';

const account: Account = JSON.parse(
  process.env['TEST_ACCOUNT'] ?? assert.fail('TEST_ACCOUNT says no account.'),
);
const { authUrl, user, password, project } = account;
/** Somebody else in the same project. */
const other = await connect({ authUrl, userName: user, password, project, region });
const folder = temporaryFolder();
after(() => removeFolder(folder));
const cli = cliIn(folder);
const domains = { user_domain_name: 'Default', project_domain_name: 'Default' };
const auth = { auth_url: authUrl, username: user, password, project_name: project, ...domains };
cli.write('clouds.yaml', JSON.stringify({ clouds: { real: { auth, region_name: region } } }));
cli.write('.cloud-images.json', '{ "profile": "openstack" }');
writeFileSync(join(cli.workspace, 'disk.raw'), Buffer.alloc(2 ** 20));
const raw = 'disk_format: raw\ncontainer_format: bare\n';
cli.write(
  'whole.image.yaml',
  `name: web\n${raw}protected: true\ntags: [blue]\nsource: { file: disk.raw }
---
server: { name: web, flavorRef: "1" }
---
createImage: { name: of web, metadata: { team: red } }
server: {}
---
os_hidden: true
protected: true
`,
);
cli.write('bad.image.yaml', `name: bad\n${raw}min_disk: -1\n`);
cli.write('bad.image-test.yaml', 'expect: { status: 400 }\nafter: { absent: [bad] }\n');
cli.write(
  'many.image.yaml',
  Array.from({ length: 60 }, (_, at) => `name: image ${at}\n${raw}`).join('---\n'),
);
const rehearse = ['rehearse', '--cloud', 'real'];

const leftBehind = (): Promise<string[]> => listHoldings(other);

async function makeImage(values: Readonly<Record<string, string | boolean>> = {}): Promise<string> {
  const id = crypto.randomUUID();
  await openImageData(other.session, region).create({ id, name: "somebody else's", ...values });
  return id;
}

/** The ids in the journal of this project; undefined where there is none. */
function readJournal(): string[] | undefined {
  const journal = cli.kept('rehearsals').find((file) => file.endsWith('.json'));
  if (journal === undefined) return undefined;
  const { entries } = JSON.parse(readFileSync(journal, 'utf8')) as { entries: { id?: string }[] };
  return entries.flatMap(({ id }) => id ?? []);
}

test('images with bytes, a server and its image are rehearsed, and gone afterwards', async () => {
  const { code, stdout, stderr } = await cli.run([...rehearse, 'whole.image.yaml', 'bad.image.yaml']);
  assert.equal(code, 0, stdout + stderr);
  assert.match(stdout, /4 accepted, 1 refused, 0 not rehearsed/);
  assert.deepEqual(await leftBehind(), []);
  assert.deepEqual(cli.kept('rehearsals'), []);
});

test('a project that holds anything is refused, and nothing is made there', async () => {
  const { objects, images, session } = other;
  const sent = (container: string, method: string) =>
    session.send(`${session.endpoint('object-store', region)}/${container}`, { method });
  const cases: (() => Promise<[held: string, remove: () => Promise<unknown>]>)[] = [
    async () => {
      const id = await makeImage();
      return [`image ${id}`, () => images.delete(id)];
    },
    async () => {
      const id = await makeImage({ os_hidden: true });
      return [`image ${id}`, () => images.delete(id)];
    },
    async () => {
      await objects.putContainer('used');
      return ['container used', () => sent('used', 'DELETE')];
    },
  ];
  for (const hold of cases) {
    const [held, remove] = await hold();
    const { code, stdout, stderr } = await cli.run([...rehearse, 'many.image.yaml']);
    assert.equal(code, 1, stdout);
    assert.match(stderr, new RegExp(`holds ${held}\\. .*\\(rehearse/not-empty\\)`));
    assert.deepEqual(await leftBehind(), [held]);
    assert.deepEqual(cli.kept('rehearsals'), []);
    await remove();
  }
});

test('what somebody else makes meanwhile stays', async () => {
  const run = cli.start([...rehearse, 'many.image.yaml']);
  await run.said('document 2: accepted');
  const second = await cli.run([...rehearse, 'many.image.yaml']);
  assert.equal(second.code, 1, second.stdout);
  assert.match(second.stderr, /is in use: process \d+ rehearses there.*\(rehearse\/under-way\)/);
  const [id, hidden] = [await makeImage(), await makeImage({ os_hidden: true, name: 'image 3' })];
  await other.objects.putContainer('theirs');
  const { code, stdout, stderr } = await run.ended;
  assert.equal(code, 0, stdout + stderr);
  assert.deepEqual(await leftBehind(), [`image ${id}`, `image ${hidden}`, 'container theirs']);
  for (const one of [id, hidden]) await other.images.delete(one);
  await other.objects.deleteContainer('theirs');
});

test('what kill -9 left, and that alone, the next run or --clean takes back by the journal', async () => {
  for (const [file, said, again] of [
    ['many.image.yaml', 'document 3: accepted', '--clean'],
    ['many.image.yaml', 'document 20: accepted', 'bad.image.yaml'],
    ['whole.image.yaml', 'document 2: accepted', '--clean'],
  ] as const) {
    const run = cli.start([...rehearse, file]);
    await run.said(said);
    run.kill('SIGKILL');
    assert.equal((await run.ended).code, null);
    const made = readJournal() ?? [];
    const left = (await leftBehind()).map((one) => one.replace(/^\w+ /, ''));
    assert.ok(left.length >= 2, left.join());
    for (const id of left) assert.ok(made.includes(id), `${id} was kept before it was made`);
    const id = await makeImage();
    const next = await cli.run([...rehearse, again]);
    assert.deepEqual(await leftBehind(), [`image ${id}`], next.stdout + next.stderr);
    assert.deepEqual(cli.kept('rehearsals'), []);
    assert.equal(next.code, again === '--clean' ? 0 : 1, next.stdout + next.stderr);
    if (again !== '--clean') assert.match(next.stderr, new RegExp(`holds image ${id}\\.`));
    await other.images.delete(id);
  }
});

test('an interrupted run takes back what it made', async () => {
  const run = cli.start([...rehearse, 'whole.image.yaml']);
  await run.said('document 1: accepted');
  run.kill('SIGINT');
  assert.equal((await run.ended).code, 130);
  assert.deepEqual(await leftBehind(), []);
  assert.deepEqual(cli.kept('rehearsals'), []);
});
