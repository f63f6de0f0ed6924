import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { evaluate, findRule } from '../../server/rules/evaluate.ts';
import type { Json } from '../../server/rules/json.ts';
import { profiles } from '../../server/rules/profile/table.ts';
import { readNewImage } from '../../server/rules/service/newImage.ts';

const id = '7b8abc3f-5fd2-4d02-9e9a-16d43fc7128e';
const caller = { account: '100001', roles: ['identity:user-admin', 'member'] };
const long = 'x'.repeat(256);
/**
 * Read-only names are left out: a manifest may hold an image as it was printed, and those are not sent. So is the id: a
 * manifest that states it means an image that is there.
 */
const names = [
  ...['name', 'visibility', 'protected', 'os_hidden', 'min_disk', 'min_ram', 'disk_format'],
  ...['container_format', 'owner', 'tags', 'kernel_id', 'ramdisk_id', 'location', 'deleted', 'deleted_at'],
  ...[
    'os_glance_x',
    'team',
    'vm_mode',
    'auto_disk_config',
    'os_type',
    'com.rackspace__1__x',
    long,
    '__proto__',
    '',
  ],
];
const values: Json[] = [
  ...['web', '', long, '🚀', 'True', 'disabled', 'public', 'private', 'shared', 'community', id, '100001'],
  ...['raw', 'vhd', 'vhdx', 'ploop', 'ovf', 'ova', 'docker', 'compressed'],
  ...[7, -1, 2 ** 31, 2 ** 31 - 1, 1.5, true, null],
  ...[[], ['a'], ['a', 'a'], [long], [''], [7], { a: 'b' }],
];

for (const profile of Object.values(profiles)) {
  test(`of a new image the editor marks what the API refuses, for the same reason: ${profile.name}`, () => {
    const seen = { accepted: 0, refused: 0 };
    const entry = fc.tuple(fc.constantFrom(...names), fc.constantFrom(...values));
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 3 }), (entries) => {
        const body = Object.fromEntries(entries);
        const answer = readNewImage(body, { profile, caller });
        const marked = evaluate('image', body, { profile, caller }).filter(
          ({ severity, rule }) => severity === 'error' && !findRule(rule)?.atBoot,
        );
        const refused = 'rule' in answer;
        seen[refused ? 'refused' : 'accepted']++;
        assert.equal(marked.length > 0, refused, JSON.stringify([body, answer, marked]));
        if (refused) assert.ok(marked.some(({ rule }) => rule === answer.rule));
      }),
      { numRuns: 3000 },
    );
    assert.ok(seen.accepted > 300 && seen.refused > 300, JSON.stringify(seen));
  });
}
