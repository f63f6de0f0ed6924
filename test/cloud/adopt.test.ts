import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect } from '../../server/cloud/cloud.ts';
import { adoptImage, nameManifests, writeAdopted } from '../../server/cloud/run/adopt.ts';
import { findDrift, findFileDrift, writeLive } from '../../server/cloud/run/drift.ts';
import { planRun } from '../../server/cloud/run/execute.ts';
import { noDisks } from '../../server/cloud/run/steps.ts';
import { readState } from '../../server/cloud/run/targets.ts';
import { openImageData } from '../../server/cloud/services/imageData.ts';
import { wordsOf } from '../../server/manifests/nodes.ts';
import { readManifest } from '../../server/manifests/read.ts';
import { findRule } from '../../server/rules/evaluate.ts';
import { isObject, type Json } from '../../server/rules/json.ts';
import { profiles } from '../../server/rules/profile/table.ts';
import type { Finding } from '../../server/rules/rule.ts';
import { judgeData } from '../../server/workspace/judge.ts';
import { toParts } from '../../server/workspace/parts.ts';
import { openPlace } from '../commands/cli.ts';
import { randomOf } from '../fuzz/random.ts';
import { randomImage } from './randomImage.ts';

/** How many random images of each profile. */
const cases = 100;

for (const profile of Object.values(profiles))
  test(`the plan of a manifest that is written of an image is empty: ${profile.name}`, async () => {
    const { emulator } = await openPlace({ profile: profile.name, emulator: { open: ['create'] } });
    const region = profile.name === 'rackspace' ? 'DFW' : 'RegionOne';
    const authUrl = `${emulator.url}/identity/v2.0`;
    const cloud = await connect({ authUrl, userName: 'owner', password: 'emulator', region });
    const { account, roles } = { account: cloud.session.account.id, roles: cloud.session.roles };
    const context = { profile, caller: { account, roles } };
    const images = openImageData(cloud.session, region);
    const ports = { cloud, waiting: { interval: 1 }, disks: noDisks, upload: {} };
    for (let seed = 1; seed <= cases; seed++) {
      const chance = randomOf(14, seed);
      const body = randomImage(chance);
      const id = String((await images.create(body)).get('id'));
      if (chance.once(3) && profile.name === 'rackspace') await cloud.members.add(id, '100002');
      const live = await readState(cloud, profile, id, true);
      assert.ok(live);
      for (const format of ['yaml', 'json'] as const) {
        const text = writeAdopted(live, context, { format });
        const label = `seed ${seed}, ${format}:\n${text}`;
        const file = readManifest({ text, path: `a.image.${format}` });
        assert.deepEqual(file.problems, [], label);
        const data = file.documents[0]?.data;
        assert.ok(isObject(data), label);
        assert.deepEqual(new Map(Object.entries(data)), adoptImage(live, context), label);
        const parts = toParts(file, { path: file.path, profile }, undefined);
        const { steps } = await planRun(parts, ports, context.caller);
        const plans = steps.map((step) => (step.type === 'change' ? step.plan : assert.fail(label)));
        assert.deepEqual(
          plans.map(({ calls, refusals }) => [calls, refusals]),
          [[[], []]],
          label,
        );
        const errors: Finding[] = judgeData('image', data, { ...context, image: live.image }).filter(
          // What only boots fail of, the image has already.
          ({ severity, rule }) => severity === 'error' && !findRule(rule)?.atBoot,
        );
        assert.deepEqual(errors, [], label);
        const [document] = file.documents;
        assert.deepEqual(wordsOf(document?.root, file), [], label);
        assert.deepEqual(document && findDrift(document, data, live), [], label);
        for (const [name, value] of Object.entries(body))
          if (name in data) assert.deepEqual(data[name], live.image.get(name) ?? value, label);
          else assert.fail(`${name} is missing. ${label}`);
      }
    }
  });

test('drift names each attribute that differs, with both values and its place', async () => {
  const text = '# ours\nname: web\ntags: [a, b]\nmin_disk: 20 # GB\nrole: x\nmembers: ["100002"]\n';
  const file = readManifest({ text, path: 'web.image.yaml' });
  const image = new Map<string, Json>([
    ['name', 'web'],
    ['tags', ['b', 'a']],
    ['min_disk', 40],
    ['other', 'y'],
  ]);
  const found = await findFileDrift(file, async () => ({ image, members: [] }));
  assert.deepEqual(
    found[0]?.drift.map(({ place, start, pointer: _, ...drift }) => ({
      ...drift,
      at: text.slice(start, place.end),
    })),
    [
      { name: 'min_disk', stated: 20, live: 40, at: 'min_disk: 20' },
      { name: 'role', stated: 'x', at: 'role: x' },
      { name: 'members', stated: ['100002'], live: [], at: 'members: ["100002"]' },
    ],
  );
  assert.equal(writeLive(file, found), '# ours\nname: web\ntags: [a, b]\nmin_disk: 40 # GB\nmembers: []\n');
});

test('a list of images is compared one by one, and what is not there is left out', async () => {
  const text = '- id: "1"\n  min_disk: 1\n- id: "2"\n  min_disk: 2\n- id: "3"\n  min_disk: 3\n';
  const file = readManifest({ text, path: 'all.image.yaml' });
  const found = await findFileDrift(file, async ({ id }) =>
    id === '3'
      ? undefined
      : {
          image: new Map<string, Json>([
            ['id', id ?? null],
            ['min_disk', 1],
          ]),
        },
  );
  assert.deepEqual(
    found.map(({ drift }) => drift.map(({ pointer }) => pointer)),
    [[], ['/1/min_disk']],
  );
  assert.equal(writeLive(file, found), text.replace('min_disk: 2', 'min_disk: 1'));
});

test('files of a folder have safe names of their own', () => {
  const image = (id: string, name: Json): Map<string, Json> =>
    new Map([
      ['id', id],
      ['name', name],
    ]);
  const images = [
    image('11111111-aaaa', 'Web'),
    image('22222222-aaaa', 'web'),
    image('33333333-aaaa', '../x/y'),
    image('44444444-aaaa', null),
    image('55555555-aaaa', 'con'),
    image('22222222-bbbb', 'web'),
  ];
  assert.deepEqual(nameManifests(images, 'yaml'), [
    'Web.image.yaml',
    'web-22222222.image.yaml',
    '_x_y.image.yaml',
    '44444444-aaaa.image.yaml',
    '55555555-aaaa.image.yaml',
    'web-22222222-bbbb.image.yaml',
  ]);
});
