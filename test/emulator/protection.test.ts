import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { JsonObject } from '../../server/rules/json.ts';
import { patchType, temporaryFolder } from './harness.ts';
import { create, images, withUsers } from './plain.ts';

const folder = temporaryFolder();
const all = { create: ['@'], read: ['@'], update: ['@'], delete: ['@'] };
const config = join(folder, 'protected.json');
writeFileSync(
  config,
  JSON.stringify({
    emulator: {
      propertyProtection: [
        { match: 'x_all', ...all },
        { match: 'x_none', create: ['!'], read: ['!'], update: ['!'], delete: ['!'] },
        { match: 'x_owner_read', create: ['admin'], read: ['@'], update: ['admin'], delete: ['admin'] },
        { match: 'x_secret', create: ['admin'], read: ['admin'], update: ['admin'], delete: ['admin'] },
        { match: 'x_once', create: ['@'], read: ['@'], update: ['!'], delete: ['!'] },
      ],
    },
  }),
);

test('an operator’s property protection decides by role and name, first match first', async () => {
  await withUsers(
    async ({ owner, admin }) => {
      for (const name of ['x_none', 'x_owner_read', 'x_secret', 'unmatched']) {
        const refused = await owner.ask('POST', images, { [name]: 'v' });
        assert.deepEqual([refused.status, refused.rule], [403, 'property/protected'], name);
        assert.match(refused.text, new RegExp(`Attribute .{1,6}${name}.{1,6} is reserved`));
      }
      const id = await create(owner, { x_all: '1', x_once: '1' });
      const path = `${images}/${id}`;
      const patch = (as: typeof owner, op: string, name: string) =>
        as.ask(
          'PATCH',
          path,
          [{ op, path: `/${name}`, ...(op === 'remove' ? {} : { value: '2' }) }],
          patchType,
        );
      assert.equal((await patch(admin, 'add', 'x_secret')).status, 200);
      assert.equal((await patch(admin, 'add', 'x_owner_read')).status, 200);
      assert.equal((await patch(admin, 'add', 'x_none')).status, 403, 'nobody at all');

      const shown = async (as: typeof owner) => {
        const one = (await as.ask('GET', path)).json;
        const list = (await as.ask('GET', `${images}?id=${id}`)).json['images'] as JsonObject[];
        assert.deepEqual(list[0], one, 'a list shows the same');
        return Object.keys(one)
          .filter((name) => name.startsWith('x_'))
          .sort();
      };
      assert.deepEqual(await shown(owner), ['x_all', 'x_once', 'x_owner_read']);
      assert.deepEqual(await shown(admin), ['x_all', 'x_once', 'x_owner_read', 'x_secret']);

      for (const [op, name, status] of [
        ['add', 'x_all', 200],
        ['replace', 'x_all', 200],
        ['add', 'x_all2', 200],
        ['replace', 'x_once', 403],
        ['remove', 'x_once', 403],
        ['replace', 'x_owner_read', 403],
        ['remove', 'x_owner_read', 403],
        ['replace', 'x_secret', 409],
        ['remove', 'x_secret', 409],
        ['add', 'x_secret', 403],
        ['remove', 'x_all', 200],
      ] as const)
        assert.equal((await patch(owner, op, name)).status, status, `${op} ${name}`);
      assert.equal(
        (await owner.ask('DELETE', path)).status,
        204,
        'what one may not read does not hold the image',
      );
    },
    '--config',
    config,
  );
});

test('a pattern that is none is said before anything starts', () => {
  const wrong = join(folder, 'wrong.json');
  writeFileSync(wrong, JSON.stringify({ emulator: { propertyProtection: [{ match: '(', ...all }] } }));
  const main = join(import.meta.dirname, '..', '..', 'server', 'emulator', 'main.ts');
  const { status, stderr } = spawnSync(
    process.execPath,
    [main, '--data', join(folder, 'data'), '--profile', 'openstack', '--config', wrong],
    { encoding: 'utf8' },
  );
  assert.equal(status, 1);
  assert.match(stderr, /property protection cannot be used: '\(', character 2: a '\)' is missing/);
});
