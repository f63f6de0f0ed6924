import assert from 'node:assert/strict';
import { test } from 'node:test';
import { protectedDisk, qcow2Header } from '../../tools/headers.ts';
import { create, upload, withUsers } from '../plain.ts';
import { act, build, makeImage, show } from './living.ts';

const mismatch = 'Image content does not match disk_format';
const unsafe = 'Image does not pass safety check';

/** Images whose data Nova looks at before it writes a server's disk of them, and its reason for none by release. */
const disks: readonly {
  readonly says: string;
  readonly disk_format: string;
  readonly bytes: Buffer;
  readonly zed?: string;
  readonly '2024.2'?: string;
}[] = [
  { says: 'a sound qcow2', disk_format: 'qcow2', bytes: qcow2Header() },
  { says: 'raw', disk_format: 'raw', bytes: Buffer.from('a small disk') },
  { says: 'a sound boot record', disk_format: 'raw', bytes: protectedDisk(1) },
  {
    says: 'a qcow2 that is declared raw',
    disk_format: 'raw',
    bytes: qcow2Header(),
    zed: mismatch,
    '2024.2': mismatch,
  },
  {
    says: 'a backing file',
    disk_format: 'qcow2',
    bytes: qcow2Header({ backing: true }),
    zed: unsafe,
    '2024.2': unsafe,
  },
  {
    says: 'a data file',
    disk_format: 'qcow2',
    bytes: qcow2Header({ features: 4 }),
    zed: unsafe,
    '2024.2': unsafe,
  },
  { says: 'an odd boot record', disk_format: 'raw', bytes: protectedDisk(63), '2024.2': unsafe },
  {
    says: 'a format that no inspector knows',
    disk_format: 'ploop',
    bytes: Buffer.alloc(1024),
    zed: 'Image not in a supported format',
    '2024.2': 'Image not in a supported format',
  },
];

for (const release of ['zed', '2024.2'] as const)
  test(`a server is built of no disk that the Nova of ${release} refuses`, async () => {
    await withUsers(
      async ({ owner }, emulator) => {
        for (const { says, disk_format, bytes, [release]: reason } of disks) {
          const image = await create(owner, { name: says, disk_format });
          await upload(owner, image, bytes);
          const id = await build(emulator, owner, { imageRef: image });
          const { status, fault } = await show(owner, id);
          assert.equal(status, reason === undefined ? 'ACTIVE' : 'ERROR', says);
          if (reason !== undefined)
            assert.partialDeepStrictEqual(fault, {
              code: 500,
              message: `Build of instance ${id} aborted: Image ${image} is unacceptable: ${reason}`,
            });
        }
      },
      '--release',
      release,
    );
  });

test('a rebuild from a disk that Nova refuses ends in ERROR', async () => {
  await withUsers(async ({ owner }, emulator) => {
    const id = await build(emulator, owner, { imageRef: await makeImage(owner) });
    const image = await create(owner, { disk_format: 'qcow2' });
    await upload(owner, image, qcow2Header({ backing: true }));
    await act(emulator, owner, id, { rebuild: { imageRef: image } });
    const { status, fault } = await show(owner, id);
    assert.equal(status, 'ERROR');
    assert.partialDeepStrictEqual(fault, {
      code: 400,
      message: `Image ${image} is unacceptable: ${unsafe}`,
    });
    await act(emulator, owner, id, { rebuild: { imageRef: await makeImage(owner) } });
    assert.equal((await show(owner, id))['status'], 'ACTIVE');
  });
});
