import fc from 'fast-check';
import { GiB, MiB, type VhdSpec } from '../tools/disks.ts';
import type { Case } from './cases.ts';

/** Sizes on both sides of the limit, in whole sectors. */
const virtualSize = fc.oneof(
  fc.integer({ min: 1, max: 512 }).map((count) => count * MiB),
  fc.integer({ min: -3, max: 3 }).map((sectors) => 40 * GiB + sectors * 512),
  fc.constantFrom(39 * GiB, 41 * GiB, 2040 * GiB),
);
const byte = fc.integer({ min: 0, max: 255 });
const damage = fc.record({
  in: fc.constantFrom('footer', 'copy', 'both', 'header', 'bat'),
  at: fc.oneof(fc.integer({ min: 0, max: 84 }), fc.integer({ min: 0, max: 508 })),
  bytes: fc.array(byte, { minLength: 1, maxLength: 4 }),
});
const guest = fc.constantFrom(
  'linux',
  'windows-bios',
  'windows-efi',
  'ntfs-data',
  'exfat',
  'ext4-with-ntfs-text',
);

/** Disks of any sound or broken kind; one fault at most, mostly, so that each is the one that counts. */
export const diskCase: fc.Arbitrary<Extract<Case, { readonly kind: 'disk' }>> = fc
  .record({
    about: fc.constantFrom(
      'plain',
      'plain',
      'plain',
      'size',
      'guest',
      'parent',
      'identifier',
      'damage',
      'damage',
      'damage without sums',
      'trailing',
    ),
    fixed: fc.boolean(),
    creator: fc.constantFrom('win ', 'tap\0', 'qemu', 'vpc ', 'xxxx'),
    virtualSize,
    guest,
    damage,
    trailing: fc.uint8Array({ minLength: 1, maxLength: 600 }),
  })
  .map(({ about, fixed, creator, ...one }) => {
    const type = about === 'parent' ? 'differencing' : fixed && about !== 'size' ? 'fixed' : 'dynamic';
    const spec: VhdSpec = {
      type,
      creator,
      ...(about === 'size' || about === 'parent' ? { virtualSize: one.virtualSize } : {}),
      ...(about === 'guest' && type === 'dynamic' ? { guest: one.guest } : {}),
      ...(about === 'identifier' ? { uuid: new Uint8Array(16) } : {}),
      ...(about.startsWith('damage') ? { damage: [one.damage], sums: about === 'damage' } : {}),
      ...(about === 'trailing' ? { trailing: one.trailing } : {}),
    };
    return { kind: 'disk', about, spec };
  });
