import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Cloud, connect } from '../../server/cloud/cloud.ts';
import { makeCall } from '../../server/cloud/run/call.ts';
import type { ImageState } from '../../server/cloud/run/calls.ts';
import { type ImagePlan, planImage, planPatch, planRestore } from '../../server/cloud/run/imagePlan.ts';
import { readState } from '../../server/cloud/run/targets.ts';
import { openImageData } from '../../server/cloud/services/imageData.ts';
import { CloudError } from '../../server/cloud/session/errors.ts';
import type { Json, JsonObject } from '../../server/rules/json.ts';
import type { Profile } from '../../server/rules/profile/profile.ts';
import { profiles } from '../../server/rules/profile/table.ts';
import { openPlace } from '../commands/cli.ts';
import { type Random, randomOf } from '../fuzz/random.ts';

/**
 * Plans of generated manifests and patches, by users of each role, made at a real emulator: what a plan says is refused
 * is refused in the same words, everything else is accepted, comes out as planned, and is taken back exactly.
 */
const cases = 120;

const values: Readonly<Record<string, readonly Json[]>> = {
  name: ['x', 'y', null, 7],
  min_ram: [0, 512, -1, 'x'],
  min_disk: [0, 2],
  tags: [[], ['a'], ['b', 'c d'], ['old', 'a'], ['a', ''], ['t'.repeat(256)]],
  visibility: ['private', 'shared', 'public'],
  protected: [false, 'no'],
  role: ['q', 'r', 1],
  vm_mode: ['hvm', 'xen'],
  auto_disk_config: ['True', 'disabled'],
  members: [[], ['100002'], ['100003'], ['100002', '100004'], ['100003', '100003'], [7]],
  'x~y': ['1'],
  'com.rackspace__1__x': ['1'],
  image_type: ['base'],
  size: [5],
  disk_format: ['vhd', 'raw'],
  missing: ['1'],
};

for (const profile of Object.values(profiles))
  test(`plans and the cloud agree: ${profile.name}`, async () => {
    const configuration = { profile: profile.name, emulator: { open: ['create'] } };
    const { emulator } = await openPlace(configuration);
    const region = profile.name === 'rackspace' ? 'DFW' : 'RegionOne';
    const as = (userName: string): Promise<Cloud> =>
      connect({ authUrl: `${emulator.url}/identity/v2.0`, userName, password: 'emulator', region });
    const [owner, ...others] = await Promise.all(['owner', 'creator', 'images-observer', 'admin'].map(as));
    assert.ok(owner);
    const counts = { accepted: 0, refused: 0, undone: 0 };
    for (let seed = 1; seed <= cases; seed++) {
      const chance = randomOf(1, seed);
      const id = await makeImage(owner, profile);
      const cloud = chance.below(10) < 6 ? owner : chance.pick(others);
      await agree(chance, cloud, profile, id, `seed ${seed}`, counts);
    }
    assert.ok(counts.accepted > cases / 10 && counts.refused > cases / 10, JSON.stringify(counts));
    assert.ok(counts.undone > cases / 12, JSON.stringify(counts));
  });

async function makeImage({ session, region, members }: Cloud, profile: Profile): Promise<string> {
  const made = await openImageData(session, region).create({
    name: 'generated',
    tags: ['a', 'old'],
    role: 'r',
    disk_format: 'vhd',
    container_format: 'bare',
    ...(profile.name === 'openstack' ? { visibility: 'shared' } : {}),
  });
  const id = String(made.get('id'));
  await members.add(id, '100002');
  return id;
}

async function agree(
  chance: Random,
  cloud: Cloud,
  profile: Profile,
  id: string,
  label: string,
  counts: { accepted: number; refused: number; undone: number },
): Promise<void> {
  const context = { profile, caller: { account: cloud.session.account.id, roles: cloud.session.roles } };
  const now = async (): Promise<ImageState> => {
    const state = await readState(cloud, profile, id, true);
    assert.ok(state);
    return state;
  };
  const live = await now();
  const body = chance.below(10) < 6 ? manifest(chance) : patch(chance);
  const plan = Array.isArray(body) ? planPatch(body, live, context) : planImage(body, live, context);
  const words = `${label}: ${JSON.stringify(body)} planned ${JSON.stringify(plan.refusals)}`;
  const refused = await made(cloud, plan);
  assert.equal(refused === undefined, plan.refusals.length === 0, `${words}, the cloud: ${refused?.text}`);
  if (refused) {
    assert.ok(
      plan.refusals.some(({ text, status }) => text === refused.text && status === refused.status),
      `${words}, the cloud: ${refused.text}`,
    );
    counts.refused++;
    return;
  }
  counts.accepted++;
  assert.deepEqual(comparable(await now(), profile), comparable({ ...live, ...plan.after }, profile), words);
  if (plan.undo === 'cannot' || 'delete' in plan.undo) return;
  const back = planRestore(plan.undo, await now(), context);
  if (back.refusals.length > 0) return; // who may share may not take it back, and is told
  assert.equal(await made(cloud, back), undefined, words);
  assert.deepEqual(comparable(await now(), profile), comparable(live, profile), words);
  counts.undone++;
}

async function made(cloud: Cloud, { calls }: ImagePlan): Promise<CloudError | undefined> {
  try {
    for (const call of calls) await makeCall(cloud, call);
    return undefined;
  } catch (error) {
    if (error instanceof CloudError && error.status > 0) return error;
    throw error;
  }
}

/** Tags and members are sets; the time of the last change is another each time; plain OpenStack lists members of shared images only. */
function comparable({ image, members = [] }: ImageState, { name }: Profile): object {
  const listed = name === 'openstack' && image.get('visibility') !== 'shared' ? [] : members;
  const entries = [...image].filter(([name]) => name !== 'updated_at');
  const sorted = entries.map(([name, value]) => [name, Array.isArray(value) ? [...value].sort() : value]);
  return { image: Object.fromEntries(sorted), members: [...listed].sort() };
}

function manifest(chance: Random): JsonObject {
  return Object.fromEntries(several(chance).map((name) => [name, chance.pick(values[name] ?? [])]));
}

function patch(chance: Random): Json[] {
  const old = chance.once(5);
  return several(chance).map((name): Json => {
    const op = chance.pick(['add', 'replace', 'remove']);
    const path = `/${name.replaceAll('~', '~0')}`;
    const value = op === 'remove' ? {} : { value: chance.pick(values[name] ?? []) };
    return old ? { [op]: path, ...value } : { op, path, ...value };
  });
}

function several(chance: Random): string[] {
  return Array.from({ length: chance.once(2) ? 1 : 2 }, () => chance.pick(Object.keys(values)));
}
