import assert from 'node:assert/strict';
import { test } from 'node:test';
import { demoUsers } from '../../server/emulator/seed/demoAccounts.ts';
import { evaluate } from '../../server/rules/evaluate.ts';
import type { Kind } from '../../server/rules/facts.ts';
import type { Json } from '../../server/rules/json.ts';
import { profiles } from '../../server/rules/profile/table.ts';
import { type Caller, logIn, patchType, withEmulator } from '../emulator/harness.ts';

interface Row {
  readonly kind: Kind;
  readonly manifest: Json;
  /** Known to be none, or not known. */
  readonly image?: null;
  /** The manifest as it is sent. */
  send(caller: Caller): ReturnType<Caller['ask']>;
}

/** What a manifest of each kind asks of the service. `id`: an image of the cloud's, which everybody sees. */
function rowsOf(profile: 'rackspace' | 'openstack', base: string, id: string): Row[] {
  const patch = [{ op: 'add', path: '/team', value: 'blue' }];
  const rows: Row[] = [
    {
      kind: 'patch',
      manifest: patch,
      send: ({ ask }) => ask('PATCH', `${base}/images/${id}`, patch, patchType),
    },
    {
      kind: 'image',
      manifest: { id, team: 'blue' },
      send: ({ ask }) => ask('PATCH', `${base}/images/${id}`, patch, patchType),
    },
    {
      kind: 'image',
      manifest: { id, members: ['100009'] },
      send: ({ ask }) => ask('POST', `${base}/images/${id}/members`, { member: '100009' }),
    },
  ];
  if (profile === 'openstack') {
    const manifest = { name: 'new', disk_format: 'raw', container_format: 'bare' };
    return [
      ...rows,
      { kind: 'image', manifest, image: null, send: ({ ask }) => ask('POST', `${base}/images`, manifest) },
    ];
  }
  const inputs: [Kind, Json][] = [
    ['import', { type: 'import', input: { import_from: 'exports/x.vhd', image_properties: { name: 'x' } } }],
    ['export', { type: 'export', input: { image_uuid: id, receiving_swift_container: 'exports' } }],
  ];
  for (const [kind, manifest] of inputs)
    rows.push({ kind, manifest, send: ({ ask }) => ask('POST', `${base}/tasks`, manifest) });
  return rows;
}

for (const profile of ['rackspace', 'openstack'] as const)
  test(`what a role may not do, the rules and the emulator refuse alike in the profile ${profile}`, async () => {
    const base = `/${profile === 'rackspace' ? 'dfw' : 'regionone'}/image/v2`;
    await withEmulator(['--profile', profile], async ({ url }) => {
      const { json } = await (await logIn(url, 'owner')).ask(
        'GET',
        `${base}/images?visibility=public&limit=1`,
      );
      const [live = { id: '' }] = json['images'] as { id: string }[];
      const { id } = live;
      let [refusals, passes] = [0, 0];
      for (const { name, account, roles } of demoUsers(profiles[profile]))
        for (const { kind, manifest, image, send } of rowsOf(profile, base, id)) {
          const facts = {
            profile: profiles[profile],
            caller: { account, roles },
            ...(kind === 'image'
              ? { image: image === null ? null : new Map<string, Json>(Object.entries(live)) }
              : {}),
          };
          const said = evaluate(kind, manifest, facts).find(({ rule }) => rule === 'role/images');
          const { status, text, rule } = await send(await logIn(url, name));
          const what = `${name}: ${JSON.stringify(manifest)} → ${status} ${rule} ${text}`;
          assert.equal(rule === 'role/images', said !== undefined, what);
          if (!said) {
            passes += 1;
            continue;
          }
          refusals += 1;
          const { answer } = said;
          assert.ok(answer && 'status' in answer, what);
          assert.equal(answer.status, status, what);
          assert.ok(text.includes(answer.text), `${what} instead of ${answer.text}`);
        }
      assert.ok(refusals > 3 && passes > 3, `${refusals} refused, ${passes} passed`);
    });
  });
