import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../../server/rules/json.ts';
import { type Caller, readEvents } from '../harness.ts';
import { withUsers } from '../plain.ts';
import { expectAnswer } from './asking.ts';
import { act, build, lastEvent, makeImage, show } from './living.ts';

test('a resize is a migration, which administrators list', async () => {
  await withUsers(async ({ owner, admin }, emulator) => {
    const id = await build(emulator, owner, { imageRef: await makeImage(owner) });
    const other = await build(emulator, owner, { imageRef: await makeImage(owner) });
    const list = async (query: string, version: number): Promise<JsonObject[]> => {
      const { json } = await expectAnswer(admin, `GET /os-migrations${query}`, [200], { version });
      return json['migrations'] as JsonObject[];
    };
    await expectAnswer(owner, 'GET /os-migrations', [403, /os-migrations:index/]);
    assert.deepEqual(await list('', 1), []);
    await act(emulator, owner, id, { resize: { flavorRef: '2' } });
    const [finished] = await list('', 1);
    assert.partialDeepStrictEqual(finished, {
      ...{ id: 1, source_compute: 'emulator', dest_compute: 'emulator' },
      ...{ instance_uuid: id, status: 'finished' },
    });
    const has = (name: string) => Object.hasOwn(finished ?? {}, name);
    assert.deepEqual([has('uuid'), has('migration_type'), has('user_id')], [false, false, false]);

    const after = await lastEvent(emulator);
    await owner.ask('POST', `/regionone/compute/v2.1/servers/${id}/action`, { confirmResize: null });
    const isActive = ({ data }: { data: JsonObject }) => data['id'] === id && data['status'] === 'ACTIVE';
    await readEvents(emulator, `after=${after}`, isActive);
    assert.equal((await list('', 23))[0]?.['status'], 'confirmed');
    await act(emulator, owner, other, { resize: { flavorRef: '2' } });
    await act(emulator, owner, other, { revertResize: null });

    const statuses = (rows: readonly JsonObject[]) => rows.map(({ status }) => status);
    assert.deepEqual(statuses(await list('', 1)), ['confirmed', 'reverted']);
    assert.deepEqual(statuses(await list('', 59)), ['reverted', 'confirmed'], 'the newest first');
    for (const [query, version, expected] of [
      [`?instance_uuid=${id}`, 1, ['confirmed']],
      ['?status=reverted', 1, ['reverted']],
      ['?host=emulator&limit=1', 1, ['confirmed', 'reverted']],
      ['?source_compute=x', 1, []],
      ['?migration_type=evacuation', 1, []],
      ['?hidden=true', 1, []],
      ['?project_id=100001', 80, ['reverted', 'confirmed']],
      ['?user_id=nobody', 80, []],
      ['?changes-since=2200-01-01T00:00:00Z', 66, []],
    ] as const)
      assert.deepEqual(statuses(await list(query, version)), expected, query);
    const page = await expectAnswer(admin, 'GET /os-migrations?limit=1', [200], { version: 80 });
    const [newest] = page.json['migrations'] as JsonObject[];
    assert.equal((page.json['migrations_links'] as JsonObject[]).length, 1);
    assert.deepEqual(statuses(await list(`?marker=${newest?.['uuid']}`, 59)), ['confirmed']);
    await expectAnswer(admin, 'GET /os-migrations?marker=x', [400, 'Marker x could not be found.'], {
      version: 59,
    });
    await expectAnswer(admin, 'GET /os-migrations?x=1', [400, /'x' was unexpected/], { version: 59 });
  });
});

test('an aggregate gives the host its zone', async () => {
  await withUsers(async ({ owner, admin }, emulator) => {
    const imageRef = await makeImage(owner);
    const zones = async () => {
      const { json } = await expectAnswer(owner, 'GET /os-availability-zone', [200]);
      return (json['availabilityZoneInfo'] as JsonObject[]).map(({ zoneName }) => zoneName);
    };
    const add = async (name: string, zone: string) => {
      const body = { aggregate: { name, availability_zone: zone } };
      const { json } = await expectAnswer(admin, 'POST /os-aggregates', [200], { body });
      return `/os-aggregates/${(json['aggregate'] as JsonObject)['id']}`;
    };
    const change = (aggregate: string, body: JsonObject, status = 200, text?: string) =>
      expectAnswer(admin, `POST ${aggregate}/action`, text === undefined ? [status] : [status, text], {
        body,
      });
    const refuse = (zone: string, as: Caller = owner) =>
      expectAnswer(as, 'POST /servers', [400, 'The requested availability zone is not available'], {
        body: { server: { name: 'a', flavorRef: '1', imageRef, availability_zone: zone } },
      });
    const host = { host: 'emulator' };
    const east = await add('a', 'east');
    await refuse('east');
    await change(east, { add_host: host });
    assert.deepEqual(await zones(), ['east']);
    await refuse('nova');
    for (const more of [{ availability_zone: 'east' }, {}]) {
      const id = await build(emulator, owner, { imageRef, ...more });
      assert.equal((await show(owner, id))['OS-EXT-AZ:availability_zone'], 'east');
    }
    const services = await expectAnswer(admin, 'GET /os-services?binary=nova-compute', [200]);
    assert.partialDeepStrictEqual(services.json, { services: [{ zone: 'east' }] });
    await expectAnswer(admin, 'GET /os-availability-zone/detail', [
      200,
      { availabilityZoneInfo: [{ zoneName: 'internal' }, { zoneName: 'east' }] },
    ]);

    const number = east.split('/').at(-1);
    const west = { availability_zone: 'west' };
    await expectAnswer(
      admin,
      `PUT ${east}`,
      [400, `Cannot update aggregate ${number}. Reason: One or more hosts contain instances in this zone.`],
      { body: { aggregate: west } },
    );
    await change(
      east,
      { set_metadata: { metadata: west } },
      400,
      `Cannot update metadata of aggregate ${number}. Reason: One or more hosts contain instances in this zone.`,
    );
    await change(
      east,
      { set_metadata: { metadata: { availability_zone: null } } },
      400,
      `Cannot update metadata of aggregate ${number}. Reason: Aggregate a does not support empty named availability zone.`,
    );
    const second = await add('b', 'west');
    await change(
      second,
      { add_host: host },
      409,
      `Cannot add host to aggregate ${second.split('/').at(-1)}. Reason: One or more hosts already in availability zone(s) ['east'].`,
    );
    await change(east, { remove_host: host });
    assert.deepEqual(await zones(), ['nova']);
  });
});
