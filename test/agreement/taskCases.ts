import fc from 'fast-check';
import type { JsonObject } from '../../server/rules/json.ts';
import { GiB, MiB, type VhdSpec } from '../tools/disks.ts';
import type { Case } from './cases.ts';
import { diskCase } from './diskCases.ts';
import { exports } from './lives.ts';

/** What imports and exports fail with, a generator for each: whatever else the case is like, the cloud says this. */
export interface TaskClass {
  readonly about: string;
  /** The task's message, as the guide and its tests write it (SOURCES: rackspace §1.7); `accepted` where there is none. */
  readonly cloud: RegExp | 'accepted' | 'either';
  readonly cases: fc.Arbitrary<Case>;
  /** Under `smallLimits`. */
  readonly small?: true;
}

/** Of files the limit of 40 GB is hard to reach. */
export const smallLimits = { importPhysicalBytes: 3 * MiB };

const name = fc.stringMatching(/^[a-z][a-z0-9_ -]{0,20}$/);
const named = fc.record({ name });
/** `tap` would promise a block map (SOURCES: vhd §2), which these disks have not. */
const creator = fc.constantFrom('win ', 'qemu', 'vpc ', 'vbox', 'xxxx');
const uuid = fc
  .uint8Array({ minLength: 16, maxLength: 16 })
  .filter((bytes) => bytes.some((byte) => byte > 0));
const sound = fc.oneof(
  fc.record({
    type: fc.constant<'dynamic'>('dynamic'),
    creator,
    uuid,
    virtualSize: fc.integer({ min: 2, max: 512 }).map((count) => count * MiB),
    extents: fc.array(
      fc.record({
        position: fc.integer({ min: 2048, max: 4000 }).map((sectors) => sectors * 512),
        bytes: fc.uint8Array({ minLength: 1, maxLength: 4096 }),
      }),
      { maxLength: 2 },
    ),
  }),
  fc.record({
    type: fc.constant<'fixed'>('fixed'),
    creator: fc.oneof(creator, fc.constant('tap\0')),
    uuid,
    virtualSize: fc.integer({ min: 1, max: 4096 }).map((sectors) => sectors * 512),
  }),
);
/** Only in sectors: larger than the limit by one, or by far. */
const tooLarge = fc.oneof(
  fc.integer({ min: 1, max: 2048 }).map((sectors) => 40 * GiB + sectors * 512),
  fc.integer({ min: 41, max: 2040 }).map((count) => count * GiB),
);
const damage = (place: 'footer' | 'both' | 'header', at: number, bytes: fc.Arbitrary<number[]>) =>
  bytes.map((list) => [{ in: place, at, bytes: list }]);
const magics = [
  '',
  'QFI\xfb\0\0\0\x03',
  'KDMV\x01\0\0\0',
  'vhdxfile',
  '\x1f\x8b\x08',
  '<html>',
  'conectix',
  'PK',
];
/** A text has no footer anywhere, whatever it begins with. */
const noVhd = fc
  .record({
    magic: fc.constantFrom(...magics),
    content: fc.uint8Array({ maxLength: 2000 }),
    size: fc.constantFrom(0, 511, 512, 4096, 70_000),
  })
  .map(({ magic, content, size }) => {
    const start = Buffer.concat([Buffer.from(magic, 'latin1'), content]);
    return Buffer.concat([start, Buffer.alloc(Math.max(600, size))]);
  });

function disk(
  about: string,
  cloud: RegExp | 'accepted',
  spec: fc.Arbitrary<VhdSpec | Uint8Array>,
  properties: fc.Arbitrary<JsonObject> = named,
): TaskClass {
  const cases = fc
    .tuple(spec, properties)
    .map(([of, set]): Case => ({ kind: 'disk', about, spec: of, properties: set }));
  return { about, cloud, cases };
}

/** A sound disk, but for this. */
function but(change: fc.Arbitrary<VhdSpec>): fc.Arbitrary<VhdSpec> {
  return fc.tuple(sound, change).map(([one, other]) => ({ ...one, ...other }));
}

const badType = damage(
  'both',
  60,
  fc.constantFrom([0, 0, 0, 0], [0, 0, 0, 1], [0, 0, 0, 5], [0, 0, 1, 3], [255, 0, 0, 2]),
);
const declared = fc.constantFrom<JsonObject>(
  { os_type: 'windows' },
  { os_distro: 'windows' },
  { 'org.openstack__1__os_distro': 'com.microsoft.server' },
);
const extra = fc.oneof(
  fc.record({ vm_mode: fc.constantFrom('hvm', 'xen') }),
  fc.dictionary(
    fc.stringMatching(/^[A-Za-z_./~ -]{1,20}$/),
    fc.oneof(fc.string(), fc.boolean(), fc.integer()),
    {
      minKeys: 1,
      maxKeys: 4,
    },
  ),
);

const imports: readonly TaskClass[] = [
  disk('accepted', 'accepted', sound),
  {
    about: 'missing',
    cloud: /^Image not found for import\. Possible invalid location$/,
    cases: fc
      .tuple(
        fc.oneof(
          fc.stringMatching(/^[a-z]{1,8}$/).map((object) => `${exports}/no-${object}.vhd`),
          fc.stringMatching(/^no[a-z]{1,8}\/[a-z/]{1,8}$/),
          fc.stringMatching(/^[a-z]{1,8}\/?$/),
          fc.stringMatching(/^\/[a-z]{1,8}$/),
        ),
        named,
      )
      .map(([address, properties]) => ({ kind: 'import-from', about: 'missing', address, properties })),
  },
  disk('396', /^396: The file is not a valid VHD\.$/, noVhd),
  disk(
    '111',
    /^111: The VHD did not pass validation and cannot be imported\.$/,
    fc.oneof(
      but(fc.record({ damage: damage('both', 64, fc.constantFrom([1, 2, 3, 4])), sums: fc.constant(false) })),
      but(fc.record({ trailing: fc.uint8Array({ minLength: 1, maxLength: 500 }) })),
      fc.record({ damage: damage('header', 24, fc.constantFrom([0, 2, 0, 0], [9, 9, 9, 9])) }),
      fc.record({ uuid, damage: fc.constant([{ in: 'bat' as const, at: 0, bytes: [0, 255, 255, 255] }]) }),
    ),
  ),
  disk('523', /^523: Only fixed and dynamic VHDs can be imported\.$/, but(fc.record({ damage: badType }))),
  disk(
    '721',
    /^721: The VHD has a parent disk; only a stand-alone VHD can be imported\.$/,
    fc.record({
      type: fc.constant('differencing' as const),
      creator,
      uuid: fc.oneof(uuid, fc.constant(new Uint8Array(16))),
      virtualSize: fc.oneof(
        fc.integer({ min: 2, max: 64 }).map((count) => count * MiB),
        tooLarge,
      ),
    }),
  ),
  disk(
    '614',
    /^614: The VHD's unique identifier is all zeros\.$/,
    fc.oneof(
      but(fc.record({ uuid: fc.constant(new Uint8Array(16)) })),
      fc.record({ creator, uuid: fc.constant(new Uint8Array(16)), virtualSize: tooLarge }),
    ),
  ),
  disk(
    '413',
    /^413: The virtual size of the disk is larger than the limit of 40 GB\.$/,
    fc.record({ creator, uuid, virtualSize: tooLarge }),
  ),
  {
    ...disk(
      '609',
      /^609: The physical size of the file is larger than the limit of \d+\.\d\d GB\.$/,
      fc.record({
        type: fc.constant('fixed' as const),
        creator,
        uuid,
        virtualSize: fc.integer({ min: 3 * 2048 + 64, max: 8 * 2048 }).map((sectors) => sectors * 512),
      }),
    ),
    small: true,
  },
  disk(
    'Windows on the disk',
    /^Windows images cannot be imported: Microsoft product use rights give Windows no license mobility\.$/,
    fc.record({ creator, uuid, guest: fc.constantFrom('windows-bios' as const, 'windows-efi' as const) }),
  ),
  disk(
    'Windows declared',
    /^Windows images cannot be imported: Microsoft product use rights give Windows no license mobility\.$/,
    sound,
    fc.tuple(named, declared).map(([one, other]) => ({ ...one, ...other })),
  ),
  disk(
    'extra properties',
    /^Unsupported element in image_properties, please consult the documentation\.$/,
    sound,
    fc.tuple(extra, named).map(([one, other]) => ({ ...one, ...other })),
  ),
];

type Export = Omit<Extract<Case, { readonly kind: 'export' }>, 'kind' | 'about'>;

function exporting(
  about: string,
  cloud: RegExp | 'accepted',
  change: fc.Arbitrary<Partial<Export>>,
): TaskClass {
  const plain = { container: exports, of: 'own', again: false } as const;
  return { about, cloud, cases: change.map((one) => ({ kind: 'export', about, ...plain, ...one })) };
}

const part = fc.stringMatching(/^[a-z0-9 _-]{1,8}$/);
const nowhere = part.map((container) => `no ${container}`);
/** Its value, which a wrong name of the container or an object that is there does not hide. */
const licensed = fc.integer({ min: 1, max: 127 }).map(String);

const exporters: readonly TaskClass[] = [
  exporting('accepted', 'accepted', fc.constantFrom({}, { licences: '0' })),
  exporting(
    'name',
    /^The name of a receiving container has no '\/', '\?' or '\.'\. Container: .*[/?.]/,
    fc.record({ container: fc.tuple(part, fc.constantFrom('/', '?', '.'), part).map((all) => all.join('')) }),
  ),
  exporting(
    'image',
    /^Unknown error occurred during image export$/,
    fc.record({ of: fc.constant('unknown' as const), container: fc.oneof(nowhere, fc.constant(exports)) }),
  ),
  exporting(
    'owner',
    /^An image may only be exported by the image owner\.$/,
    fc.record({
      of: fc.constantFrom('public' as const, 'shared' as const),
      container: fc.oneof(nowhere, fc.constant(exports)),
    }),
  ),
  exporting(
    'licence',
    /^Image cannot be exported due to licensing or billing restrictions \(com\.rackspace__1__options: '\d+'\)$/,
    fc.record({
      of: fc.constant('licensed' as const),
      licences: licensed,
      container: fc.oneof(nowhere, fc.constant(exports)),
    }),
  ),
  exporting(
    'status',
    /^Unknown error occurred during image export$/,
    fc.record({
      of: fc.constant('deactivated' as const),
      container: fc.oneof(nowhere, fc.constant(exports)),
    }),
  ),
  exporting(
    'container',
    /^Container not found\. Container: no [a-z0-9 _-]{1,8}$/,
    fc.record({ container: nowhere }),
  ),
  exporting(
    'object',
    /^Object already exists in user's container\. Container\/Object: exports\/[0-9a-f-]{36}\.vhd$/,
    fc.record({ again: fc.constant(true) }),
  ),
];

export const taskClasses: readonly TaskClass[] = [
  { about: 'import: any disk', cloud: 'either', cases: diskCase },
  ...imports.map((one) => ({ ...one, about: `import: ${one.about}` })),
  ...exporters.map((one) => ({ ...one, about: `export: ${one.about}` })),
];
