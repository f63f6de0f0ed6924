import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Ajv, type SchemaObject } from 'ajv';
import { listCodes } from '../../server/commands/explain.ts';
import { verbs } from '../../server/verbs/verbs.ts';
import { makeDisk } from '../tools/disks.ts';
import { openPlace } from './cli.ts';

const place = await openPlace({}, '--speed', '1e9');
const { cli } = place;
const folder = join(import.meta.dirname, '..', '..', 'schemas', 'output');
const schemas = new Map(
  readdirSync(folder).map((file): [string, SchemaObject] => [
    file.replace('.json', ''),
    JSON.parse(readFileSync(join(folder, file), 'utf8')),
  ]),
);
const ajv = new Ajv({
  schemas: [...schemas.values()],
  strict: true,
  strictTypes: false,
  strictRequired: false,
  allErrors: true,
});
const emulator = `--emulator=${join(place.folder, 'data')}`;

const owned = 'imported';
cli.write('web.image.yaml', `name: ${owned}\ntags: [blue]\n`);
cli.write('bad.image.yaml', `name: ${owned}\ncom.rackspace__1__x: "1"\n`);
cli.write(
  'file.image.yaml',
  'name: f\ndisk_format: qcow2\ncontainer_format: bare\nsource: { file: f.qcow2 }\n',
);
cli.write(
  'large.image-import.yaml',
  'type: import\ninput:\n  import_from: exports/large.vhd\n  image_properties: { name: large }\n',
);
cli.write(
  'web.image-import.yaml',
  'type: import\ninput:\n  import_from: exports/web.vhd\n  image_properties: { name: imported }\n',
);
cli.write('exports/none', '');
makeDisk(join(cli.workspace, 'exports', 'web.vhd'), 'linux');
makeDisk(join(cli.workspace, 'exports', 'large.vhd'), '41-gib');

/** Runs a verb with --json, and holds what it prints to its schema: each field is described, none is missing. */
async function ask(args: readonly string[], exit: number): Promise<Record<string, unknown>> {
  const [verb = ''] = args;
  const { code, stdout, stderr } = await cli.run([...args, '--json']);
  const answer = JSON.parse(stdout) as Record<string, unknown>;
  const validate = ajv.getSchema(`cloud-images:output/${verb}`);
  assert.ok(validate, `${verb} has a schema`);
  assert.ok(validate(answer), `${args.join(' ')}: ${ajv.errorsText(validate.errors)}\n${stdout}`);
  const common = schemas.get('common')?.['definitions'].head.properties;
  const described = new Set([...Object.keys(schemas.get(verb)?.['properties']), ...Object.keys(common)]);
  for (const name of Object.keys(answer)) assert.ok(described.has(name), `${verb}: ${name} is described`);
  assert.deepEqual([code, answer['exit'], answer['verb']], [exit, exit, verb], stdout + stderr);
  const { error } = answer as { error?: { code: string } };
  if (error) assert.ok(listCodes().includes(error.code), `${error.code} can be explained`);
  return answer;
}

test('each verb with --json has a schema, and each schema is one of a verb', () => {
  const names = verbs.filter(({ options }) => options['json']).map(({ name }) => name);
  assert.deepEqual([...names, 'common'].sort(), [...schemas.keys()].sort());
});

test('an import, an export, a copy and a transfer', async () => {
  await ask(['import', 'web.image-import.yaml', emulator, '--dry-run'], 0);
  await ask(['import', 'web.image-import.yaml', emulator, '--yes'], 0);
  await ask(['export', 'imported', '--container', 'out', emulator, '--dry-run'], 0);
  await ask(['export', 'imported', '--container', 'out', '--download', 'out.vhd', emulator, '--yes'], 0);
  await ask(['copy', 'imported', '--name', 'mine', emulator, '--dry-run'], 0);
  await ask(['transfer', 'imported', '--from', 'DFW', '--to', 'ORD', emulator, '--dry-run'], 0);
  await ask(['transfer', 'imported', '--from', 'DFW', '--to', 'ORD', emulator, '--yes'], 0);
});

test('a plan, an apply and its undo', async () => {
  const plan = await ask(['plan', 'web.image.yaml', emulator], 2);
  assert.equal(plan['outcome'], 'differs');
  assert.deepEqual(plan['place'], {
    emulator: join(place.folder, 'data'),
    region: 'DFW',
    account: '100001',
    user: 'owner',
    profile: 'rackspace',
  });
  assert.equal((await ask(['plan', 'bad.image.yaml', emulator], 1))['sound'], false);
  const done = await ask(['apply', 'web.image.yaml', emulator, '--yes'], 0);
  assert.equal((done['done'] as unknown[]).length, 1);
  assert.equal((await ask(['plan', 'web.image.yaml', emulator], 0))['outcome'], 'done');
  await ask(['apply', '--undo', String(done['undo']), '--dry-run'], 2);
});

test('a kept plan, what differs and what is adopted', async () => {
  cli.write('kept.image.yaml', `name: ${owned}\ntags: [kept]\n`);
  assert.equal((await ask(['diff', 'kept.image.yaml', emulator], 2))['same'], false);
  await ask(['plan', 'kept.image.yaml', '-o', 'kept.plan.json', emulator], 2);
  await ask(['plan', '--show', 'kept.plan.json'], 0);
  await ask(['apply', 'kept.plan.json', '--dry-run'], 2);
  await ask(['apply', 'kept.plan.json', '--yes'], 0);
  const { error } = (await ask(['apply', 'kept.plan.json', '--yes'], 1)) as { error: { code: string } };
  assert.equal(error.code, 'plan/applied');
  cli.write('cut.plan.json', '{ "format": "cloud-images-plan", ');
  const cut = (await ask(['plan', '--show', 'cut.plan.json'], 1)) as { error: { code: string } };
  assert.equal(cut.error.code, 'plan/unusable');
  assert.equal((await ask(['diff', 'kept.image.yaml', emulator], 0))['same'], true);
  await ask(['adopt', owned, '-o', 'adopted', emulator], 0);
});

test('what needs no cloud', async () => {
  await ask(['lint', 'web.image.yaml'], 0);
  assert.equal((await ask(['lint', 'bad.image.yaml', emulator], 1))['errors'], 1);
  await ask(['disk', 'exports/web.vhd'], 0);
  await ask(['convert', 'file.image.yaml', '--to', 'ansible'], 0);
  await ask(['explain', 'property/protected'], 0);
  await ask(['explain', 'cloud/unreachable'], 0);
  await ask(['emulator', '--check', '--data', join(place.folder, 'none')], 1);
});

test('a rehearsal', async () => {
  const { documents } = await ask(['rehearse', 'web.image-import.yaml', 'large.image-import.yaml'], 1);
  assert.equal((documents as unknown[]).length, 2);
});

test('an error is JSON on standard output, and a sentence on standard error', async () => {
  const cases: readonly (readonly [args: readonly string[], exit: number, code: string])[] = [
    [['plan', '--nonsense'], 64, 'usage'],
    [['plan', 'web.image.yaml', '--emulator=http://127.0.0.1:9'], 1, 'failed'],
    [['plan', 'web.image.yaml', '--emulator=nowhere'], 1, 'emulator/not-running'],
    [['plan', 'absent.image.yaml', emulator], 1, 'file/missing'],
    [['import', 'web.image.yaml', emulator, '--yes'], 1, 'manifest/kind'],
    [['copy', 'nothing', emulator, '--yes'], 1, 'image/not-found'],
    [['disk', 'absent.vhd'], 1, 'file/missing'],
    [['explain', 'tag/lenght'], 64, 'usage'],
    [['lint', 'none*'], 1, 'manifest/missing'],
  ];
  for (const [args, exit, code] of cases) {
    const { error } = (await ask(args, exit)) as { error: { code: string; message: string } };
    assert.equal(error.code, code, `${args.join(' ')}: ${error.message}`);
    const { stderr, stdout } = await cli.run(args);
    assert.equal(stdout, '');
    assert.ok(stderr.startsWith(`cloud-images ${args[0]}: `), stderr);
    if (code !== 'usage' && code !== 'failed') assert.ok(stderr.trimEnd().endsWith(`(${code})`), stderr);
  }
});

test('what a cloud refuses is told by its rule or by a code, with the request', async () => {
  const { error } = (await ask(['plan', 'web.image.yaml', emulator, '--user', 'nobody'], 1)) as {
    error: Record<string, unknown>;
  };
  assert.deepEqual([error['status'], error['method'], error['code']], [401, 'POST', 'identity/login']);
  cli.write(
    'clouds.yaml',
    'clouds:\n  gone: { auth: { auth_url: "http://127.0.0.1:9/v3", username: a, password: b, project_name: c } }\n  half: { auth: { auth_url: "http://127.0.0.1:9/v3" } }\n',
  );
  const gone = (await ask(['plan', 'web.image.yaml', '--cloud', 'gone'], 1)) as { error: { code: string } };
  assert.equal(gone.error.code, 'cloud/unreachable');
  const half = (await ask(['plan', 'web.image.yaml', '--cloud', 'half'], 1)) as { error: { code: string } };
  assert.equal(half.error.code, 'cloud/configuration');
});

test('--quiet says what is wrong alone, --verbose also what caused it', async () => {
  cli.write('quiet.image.yaml', `name: ${owned}\ntags: [quiet]\n`);
  for (const args of [
    ['lint', 'web.image.yaml'],
    ['plan', 'quiet.image.yaml', emulator],
    ['apply', 'quiet.image.yaml', emulator, '--yes'],
    ['rehearse', 'web.image-import.yaml'],
    ['disk', 'exports/web.vhd'],
  ]) {
    const { stdout, stderr } = await cli.run([...args, '--quiet']);
    assert.deepEqual([stdout, stderr], ['', ''], args.join(' '));
  }
  assert.match((await cli.run(['plan', 'bad.image.yaml', emulator, '--quiet'])).stdout, /refused: 403/);
  assert.match((await cli.run(['lint', 'bad.image.yaml', '--quiet'])).stdout, /property\/protected/);
  const { stderr } = await cli.run(['plan', 'web.image.yaml', '--emulator=nowhere', '--verbose']);
  assert.match(stderr, /\n {2}cause: .*ENOENT/);
});

test('NO_COLOR and FORCE_COLOR decide on colors of every verb', async () => {
  for (const args of [
    ['plan', 'bad.image.yaml', emulator],
    ['lint', 'bad.image.yaml'],
    ['disk', 'absent.vhd'],
    ['emulator', '--port', 'x'],
  ]) {
    const colored = await cli.run(args, { FORCE_COLOR: '1' });
    assert.ok((colored.stdout + colored.stderr).includes('\u001b['), args.join(' '));
    const plain = await cli.run(args, { NO_COLOR: '1' });
    assert.ok(!(plain.stdout + plain.stderr).includes('\u001b['), args.join(' '));
  }
});
