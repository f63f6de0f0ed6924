import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../server/rules/json.ts';
import { ask, patchType } from '../emulator/harness.ts';
import { imageNow, makeImageIn, membersNow, onEmulator, openPlace } from './cli.ts';

/** What an apply that broke off leaves, and how it is taken back. */
const { emulator, owner, cli } = await openPlace({ emulator: { open: ['create'] } });

const images = '/dfw/image/v2/images';

const makeImage = (body: JsonObject) => makeImageIn(owner, 'dfw', body);

const at = (): string => onEmulator(emulator);

test('an undo brings everything back: properties, tags, members; and can itself be undone', async () => {
  const id = await makeImage({
    name: 'Back',
    min_disk: 20,
    tags: ['one', 'two'],
    gone: 'here',
    changed: 'old',
  });
  for (const member of ['100002', '100003'])
    assert.equal((await owner.ask('POST', `${images}/${id}/members`, { member })).status, 200);
  const was = [await imageNow(owner, 'dfw', id), await membersNow(owner, 'dfw', id)];
  cli.write(
    'back.image.yaml',
    'name: Back\nmin_disk: 40\ntags: [two, three]\nchanged: new\nadded: "1"\nmembers: ["100003", "100004"]\n',
  );
  cli.write(
    'back.image-patch.json',
    '[{"op":"remove","path":"/gone"},{"op":"replace","path":"/name","value":"Forth"}]',
  );
  const applied = await cli.run([
    'apply',
    '--yes',
    '--allow-delete',
    at(),
    'back.image.yaml',
    'back.image-patch.json',
  ]);
  assert.equal(applied.code, 0, applied.stdout + applied.stderr);
  const became = [await imageNow(owner, 'dfw', id), await membersNow(owner, 'dfw', id)];
  assert.deepEqual((became[1] as string[]).sort(), ['100003', '100004']);
  assert.equal((became[0] as JsonObject)['name'], 'Forth');
  assert.equal('gone' in (became[0] as JsonObject), false);

  const undo = cli.kept('undo').at(-1) ?? '';
  assert.ok(applied.stdout.includes(`cloud-images apply --undo ${undo}`));
  const dry = await cli.run(['apply', '--dry-run', at(), '--undo', undo]);
  assert.equal(dry.code, 2, dry.stderr);
  assert.deepEqual(await imageNow(owner, 'dfw', id), became[0]);
  const undone = await cli.run(['apply', '--yes', '--undo', undo]); // it knows its cloud
  assert.equal(undone.code, 0, undone.stdout + undone.stderr);
  const { tags, ...now } = await imageNow(owner, 'dfw', id);
  const { tags: tagsBefore, ...then } = was[0] as JsonObject;
  assert.deepEqual(now, then);
  assert.deepEqual([...(tags as string[])].sort(), [...(tagsBefore as string[])].sort());
  assert.deepEqual((await membersNow(owner, 'dfw', id)).sort(), (was[1] as string[]).sort());

  const redo = cli.kept('undo').at(-1) ?? '';
  assert.notEqual(redo, undo);
  assert.equal((await cli.run(['apply', '--yes', at(), '--undo', redo])).code, 0);
  assert.equal((await imageNow(owner, 'dfw', id))['name'], 'Forth');
});

test('an undo says what was changed since, and takes only its own back', async () => {
  const id = await makeImage({ name: 'Since', role: 'a', other: 'a' });
  cli.write('since.image.yaml', 'name: Since\nrole: b\n');
  assert.equal((await cli.run(['apply', '--yes', at(), 'since.image.yaml'])).code, 0);
  const undo = cli.kept('undo').at(-1) ?? '';
  const patch = ['role', 'other'].map((name) => ({ op: 'replace', path: `/${name}`, value: 'c' }));
  assert.equal((await owner.ask('PATCH', `${images}/${id}`, patch, patchType)).status, 200);
  const undone = await cli.run(['apply', '--yes', at(), '--undo', undo]);
  assert.match(undone.stdout, /role has changed since the apply/);
  assert.doesNotMatch(undone.stdout, /other was changed/);
  const live = await imageNow(owner, 'dfw', id);
  assert.deepEqual([live['role'], live['other']], ['a', 'c']);
  const elsewhere = await cli.run(['apply', '--yes', at(), '--region', 'ORD', '--undo', undo]);
  assert.equal(elsewhere.code, 1);
  assert.match(elsewhere.stderr, /account 100001 in DFW; you are connected to 100001 in ORD/);
});

test('an apply ends at the first refusal of the cloud, and says what was done and what not', async () => {
  const [one, two] = [await makeImage({ name: 'One' }), await makeImage({ name: 'Two' })];
  const control = { authorization: `Bearer ${emulator.token}` };
  // The cloud refuses what no rule foretold.
  const fault = { method: 'PATCH', path: `${images}/${two}`, status: 403, count: 1 };
  const asked = await ask(emulator.url, 'POST', '/emulator/faults', fault, control);
  assert.ok(asked.status < 300, asked.text);
  for (const name of ['One', 'Two', 'Three']) cli.write(`${name}.image.yaml`, `name: ${name}\nrole: db\n`);
  await makeImage({ name: 'Three' });
  const { code, stdout } = await cli.run([
    'apply',
    '--yes',
    at(),
    'One.image.yaml',
    'Two.image.yaml',
    'Three.image.yaml',
  ]);
  assert.equal(code, 1);
  assert.match(stdout, /One\.image\.yaml: done/);
  assert.match(stdout, /Two\.image\.yaml: refused: 403/);
  assert.match(stdout, /Not done: Three\.image\.yaml/);
  assert.equal((await imageNow(owner, 'dfw', one))['role'], 'db');
  const undo = cli.kept('undo').at(-1) ?? '';
  assert.equal((await cli.run(['apply', '--yes', at(), '--undo', undo])).code, 0);
  assert.equal('role' in (await imageNow(owner, 'dfw', one)), false);
});

test('where the first call is refused, there is nothing to undo; what was kept of earlier ones stays', async () => {
  const [one, two] = [await makeImage({ name: 'First' }), await makeImage({ name: 'Second' })];
  const control = { authorization: `Bearer ${emulator.token}` };
  const refuse = (method: string, path: string) =>
    ask(emulator.url, 'POST', '/emulator/faults', { method, path, status: 403, count: 1 }, control);
  cli.write('First.image.yaml', 'name: First\nrole: db\n');
  cli.write('Second.image.yaml', 'name: Second\nrole: db\nmembers: ["100002"]\n');
  const before = cli.kept('undo').length;
  await refuse('PATCH', `${images}/${one}`);
  const first = await cli.run(['apply', '--yes', at(), 'First.image.yaml']);
  assert.match(first.stdout, /First\.image\.yaml: refused: 403/);
  assert.doesNotMatch(first.stdout + first.stderr, /undo/i);
  assert.equal(cli.kept('undo').length, before);

  await refuse('PATCH', `${images}/${two}`);
  const both = await cli.run(['apply', '--yes', at(), 'First.image.yaml', 'Second.image.yaml']);
  assert.match(both.stdout, /Second\.image\.yaml: refused: 403.*\nTo undo it: /s);
  await cli.run(['apply', '--yes', '--undo', cli.kept('undo').at(-1) ?? '']);
  assert.equal('role' in (await imageNow(owner, 'dfw', one)), false);

  await refuse('POST', `${images}/${two}/members`);
  const second = await cli.run(['apply', '--yes', at(), 'Second.image.yaml']);
  assert.match(second.stdout, /Second\.image\.yaml: refused: 403.*\nTo undo it: /s);
  assert.equal((await imageNow(owner, 'dfw', two))['role'], 'db');
  await cli.run(['apply', '--yes', '--undo', cli.kept('undo').at(-1) ?? '']);
  assert.equal('role' in (await imageNow(owner, 'dfw', two)), false);
});

test('an apply that is killed between two calls is taken back by what it kept before', async () => {
  const id = await makeImage({ name: 'Cut', role: 'a' });
  const was = await imageNow(owner, 'dfw', id);
  const control = { authorization: `Bearer ${emulator.token}` };
  const fault = { method: 'POST', path: `${images}/${id}/members`, delay: 600_000 };
  assert.ok((await ask(emulator.url, 'POST', '/emulator/faults', fault, control)).status < 300);
  cli.write('cut.image.yaml', 'name: Cut\nrole: b\nmembers: ["100002"]\n');
  const running = cli.start(['apply', '--yes', at(), 'cut.image.yaml']);
  await running.said(/PATCH .* → 200/);
  running.kill('SIGKILL');
  await running.ended;
  await ask(emulator.url, 'DELETE', '/emulator/faults', undefined, control);
  assert.equal((await imageNow(owner, 'dfw', id))['role'], 'b');
  const undone = await cli.run(['apply', '--yes', '--undo', cli.kept('undo').at(-1) ?? '']);
  assert.equal(undone.code, 0, undone.stdout + undone.stderr);
  assert.deepEqual(await imageNow(owner, 'dfw', id), was);
  assert.deepEqual(await membersNow(owner, 'dfw', id), []);
});
