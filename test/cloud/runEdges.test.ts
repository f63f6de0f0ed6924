import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect } from '../../server/cloud/cloud.ts';
import { execute, planRun } from '../../server/cloud/run/execute.ts';
import { chooseByName, planImage, planRestore } from '../../server/cloud/run/imagePlan.ts';
import { prepareTransfer, type TransferRequest } from '../../server/cloud/run/keptTransfer.ts';
import { perform } from '../../server/cloud/run/perform.ts';
import { noDisks, type Ports, type Step } from '../../server/cloud/run/steps.ts';
import { openWorld } from '../../server/cloud/run/world.ts';
import { openImageData } from '../../server/cloud/services/imageData.ts';
import { CloudError } from '../../server/cloud/session/errors.ts';
import type { Json } from '../../server/rules/json.ts';
import { profiles } from '../../server/rules/profile/table.ts';
import type { ManifestPart } from '../../server/workspace/parts.ts';
import { openPlace } from '../commands/cli.ts';

/** What a run says and keeps where the cloud or the person is another by now. */

const caller = { account: '100001', roles: ['identity:user-admin'] };
const context = { profile: profiles.rackspace, caller };
const image = (entries: Readonly<Record<string, Json>>) =>
  new Map<string, Json>(Object.entries({ id: 'x', owner: '100001', visibility: 'private', ...entries }));

test('an undo says which property was added or removed since', () => {
  const added = { image: 'x', set: {}, absent: ['team'], left: { set: {} } };
  const gone = { image: 'x', set: { team: 'red' }, absent: [], left: { set: { team: 'blue' } } };
  const notes = (restore: typeof added | typeof gone, live: Readonly<Record<string, Json>>) =>
    planRestore({ ...restore, set: { ...restore.set } }, { image: image(live) }, context).notes;
  assert.match(notes(gone, {}).join(), /team has changed since the apply/);
  assert.deepEqual(notes(gone, { team: 'blue' }), []);
  assert.match(
    planRestore(
      { ...added, left: { set: { squad: 'a' } } },
      { image: image({ squad: 'b' }) },
      context,
    ).notes.join(),
    /squad has changed since the apply/,
  );
  // It was taken away by the apply, and somebody has added it again.
  const removed = { image: 'x', set: { team: 'red' }, absent: [], left: { set: {} } };
  assert.match(
    planRestore(removed, { image: image({ team: 'green' }) }, context).notes.join(),
    /team has changed since the apply/,
  );
});

test('a plan that stops sharing says that its undo shares anew', () => {
  const live = { image: image({}), members: ['100002', '100003'] };
  assert.match(planImage({ members: ['100002'] }, live, context).notes.join(), /accept it again/);
  assert.deepEqual(planImage({ members: ['100002', '100003'] }, live, context).notes, []);
});

test('tags are set by one patch where the roles allow it, and else one by one', () => {
  const typesFor = (role: string) =>
    planImage(
      { tags: ['new'] },
      { image: image({ tags: ['old'] }) },
      {
        ...context,
        caller: { account: '100001', roles: [role] },
      },
    ).calls.map(({ type }) => type);
  assert.deepEqual(typesFor('identity:user-admin'), ['patch']);
  assert.deepEqual(typesFor('observer'), ['remove-tag', 'add-tag']);
});

test('a name means an image of one’s own account', () => {
  const theirs = image({ id: 'theirs', owner: '100002' });
  assert.ok('none' in chooseByName('web', [theirs], context));
  assert.deepEqual(chooseByName('web', [theirs, image({ id: 'mine' })], context), { id: 'mine' });
});

test('a new image is made under the id that its plan showed', () => {
  const world = openWorld(caller);
  world.note([{ type: 'new-id', key: 'web.image.yaml 0 web', id: 'chosen' }]);
  assert.equal(world.begin().newId('web.image.yaml 0 web'), 'chosen');
});

test('a plan counts on all documents before, a run on the items of the same one alone', () => {
  const plan = planImage({ name: 'new' }, { image: image({ name: 'old' }) }, context);
  const knownAfter = (world: ReturnType<typeof openWorld>) => {
    world.beginDocument();
    world.note([{ type: 'planned', plan }]);
    const inDocument = [world.planned('x')?.image.get('name'), world.plannedByName('new')];
    world.beginDocument();
    return [...inDocument, world.planned('x')?.image.get('name'), world.plannedByName('new')];
  };
  assert.deepEqual(knownAfter(openWorld(caller)), ['new', 'x', 'new', 'x']);
  const refused = planImage(
    { name: 'new', status: 'active' },
    { image: image({ name: 'old', status: 'queued' }) },
    context,
  );
  const world = openWorld(caller);
  world.note([{ type: 'planned', plan: refused }]);
  assert.deepEqual([world.planned('x'), world.plannedByName('new')], [undefined, undefined]);
  assert.deepEqual(knownAfter(openWorld(caller).begin()), ['new', 'x', undefined, undefined]);
});

test('a cloud that fails is no cloud that refuses', async () => {
  const cloudOf = (status: number) => ({
    images: {
      delete: async () => {
        throw new CloudError({ method: 'DELETE', url: 'http://cloud' }, { status, text: 'words' });
      },
    },
  });
  const plan = { image: 'x', calls: [{ type: 'delete', image: 'x' }] };
  const step = { type: 'change', plan } as unknown as Step;
  const ports = (status: number) => ({ cloud: cloudOf(status), waiting: {} }) as unknown as Ports;
  assert.deepEqual(await perform(step, ports(403)), {
    refused: { status: 403, text: 'words' },
    untouched: true,
  });
  for (const status of [0, 500, 503]) await assert.rejects(perform(step, ports(status)), CloudError);
});

test('a transfer is gone on with by its own account alone', async () => {
  const cloudOf = (id: string) => ({
    cloud: { region: 'RegionOne', session: { account: { id } } },
    place: 'http://cloud',
  });
  const request = (account: string) =>
    ({
      name: 'web',
      image: async () => image({}),
      source: cloudOf(account),
      target: cloudOf(account),
      container: 'exports',
      profile: profiles.openstack,
      caller: { ...caller, account },
    }) as unknown as TransferRequest;
  const [one, same, other] = await Promise.all(
    ['100001', '100001', '100002'].map((account) => prepareTransfer(request(account))),
  );
  assert.equal(one?.path, same?.path);
  assert.notEqual(one?.path, other?.path);
  assert.equal(other?.state.account, '100002');
});

test('where the cloud would refuse by now, nobody is asked whether to go on', async () => {
  const { emulator } = await openPlace({ emulator: { open: ['create'] } });
  const cloud = await connect({
    authUrl: `${emulator.url}/identity/v2.0`,
    userName: 'owner',
    password: 'emulator',
    region: 'DFW',
  });
  const made = await openImageData(cloud.session, cloud.region).create({ name: 'gone', disk_format: 'vhd' });
  const id = String(made.get('id'));
  const part: ManifestPart = {
    ...{ path: 'gone.image.yaml', index: 0, of: 1, line: 1, start: 0, end: 0, kind: 'image' as const },
    data: { id, team: 'blue' },
    profile: profiles.rackspace,
    following: [],
  };
  const ports: Ports = { cloud, waiting: { interval: 5 }, disks: noDisks, upload: {} };
  const plan = await planRun([part], ports, caller);
  await cloud.images.delete(id);
  let asked = 0;
  const outcome = await execute([part], plan, {
    ports,
    journal: { path: '', entries: 0, add: () => false, withdraw: () => undefined },
    say: () => undefined,
    confirm: async () => {
      asked++;
      return true;
    },
  });
  assert.equal(asked, 0);
  assert.match(outcome.stopped?.reason ?? '', new RegExp(id));
});
