import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hybridIso, protectedDisk, qcow2Header } from '../tools/headers.ts';
import type { Caller } from './harness.ts';
import { bytesType, create, images, importEnd, withUsers } from './plain.ts';

interface Upload {
  readonly says: string;
  readonly disk_format: string;
  readonly container_format?: string;
  readonly bytes: Buffer;
  /** The virtual size, or the reason of a refusal. */
  readonly zed: number | null;
  readonly '2025.1': number | null | string;
  readonly '2026.2': number | null | string;
}

const raw = Buffer.alloc(4096, 7);
const uploads: readonly Upload[] = [
  { says: 'raw', disk_format: 'raw', bytes: raw, zed: 4096, '2025.1': 4096, '2026.2': 4096 },
  {
    says: 'qcow2',
    disk_format: 'qcow2',
    bytes: qcow2Header(),
    zed: 2 ** 30,
    '2025.1': 2 ** 30,
    '2026.2': 2 ** 30,
  },
  {
    says: 'a qcow2 that is declared raw is let through',
    disk_format: 'raw',
    bytes: qcow2Header(),
    zed: 65_536,
    '2025.1': 65_536,
    '2026.2': 65_536,
  },
  {
    says: 'a raw disk that is declared qcow2',
    disk_format: 'qcow2',
    bytes: raw,
    zed: null,
    '2025.1': 'Image disk_format qcow2 does not match stream data raw',
    '2026.2': 'Image disk_format qcow2 does not match stream data raw',
  },
  {
    says: 'one in another container is not looked at',
    disk_format: 'qcow2',
    container_format: 'ovf',
    bytes: raw,
    zed: null,
    '2025.1': null,
    '2026.2': null,
  },
  {
    says: 'a backing file',
    disk_format: 'qcow2',
    bytes: qcow2Header({ backing: true }),
    zed: 2 ** 30,
    '2025.1': 'Image failed safety checks',
    '2026.2': 'Image failed safety checks',
  },
  {
    says: 'a backing file, declared raw',
    disk_format: 'raw',
    bytes: qcow2Header({ backing: true }),
    zed: 65_536,
    '2025.1': 'Image failed safety checks',
    '2026.2': 'Image failed safety checks',
  },
  {
    says: 'an ISO with a boot record',
    disk_format: 'iso',
    bytes: hybridIso(),
    zed: null,
    '2025.1': 65_536,
    '2026.2': 65_536,
  },
  {
    says: 'a GPT',
    disk_format: 'raw',
    bytes: protectedDisk(),
    zed: 65_536,
    '2025.1': 65_536,
    '2026.2': 65_536,
  },
  {
    says: 'a GPT whose protective entry begins elsewhere',
    disk_format: 'raw',
    bytes: protectedDisk(63),
    zed: 65_536,
    '2025.1': 65_536,
    '2026.2': 'Image failed safety checks',
  },
  {
    says: 'several formats at once',
    disk_format: 'qcow2',
    bytes: withRecord(qcow2Header()),
    zed: 2 ** 30,
    '2025.1': 'Multiple formats detected: qcow2,gpt',
    '2026.2': 'Multiple formats detected: qcow2,gpt',
  },
  {
    says: 'what no inspector knows',
    disk_format: 'ami',
    bytes: raw,
    zed: null,
    '2025.1': null,
    '2026.2': null,
  },
];

function withRecord(bytes: Buffer): Buffer {
  bytes.writeUInt16LE(0xaa55, 510);
  return bytes;
}

async function send(owner: Caller, { disk_format, container_format = 'bare', bytes }: Upload) {
  const id = await create(owner, { disk_format, container_format });
  const { status, text } = await owner.ask('PUT', `${images}/${id}/file`, bytes, bytesType);
  return { status, text, image: (await owner.ask('GET', `${images}/${id}`)).json };
}

for (const release of ['zed', '2025.1', '2026.2'] as const)
  test(`uploads are inspected as by the Glance of ${release}`, async () => {
    await withUsers(
      async ({ owner }) => {
        for (const upload of uploads) {
          const expected = upload[release];
          const { status, text, image } = await send(owner, upload);
          const state = [status, image['status'], image['virtual_size']];
          if (typeof expected !== 'string')
            assert.deepEqual(state, [204, 'active', expected], `${upload.says}: ${text}`);
          else {
            assert.deepEqual(state, [415, 'queued', null], upload.says);
            assert.ok(text.includes(expected), text);
          }
        }
      },
      '--release',
      release,
    );
  });

test('an import of what is not safe fails, and leaves the image as it was', async () => {
  await withUsers(
    async ({ owner }, emulator) => {
      const id = await create(owner, { disk_format: 'qcow2' });
      const path = `${images}/${id}`;
      const bytes = qcow2Header({ features: 4 });
      assert.equal((await owner.ask('PUT', `${path}/stage`, bytes, bytesType)).status, 204);
      await owner.ask('POST', `${path}/import`, { method: { name: 'glance-direct' } });
      const task = await importEnd(emulator, owner, id);
      assert.deepEqual([task['status'], task['message']], ['failure', 'Image failed safety checks']);
      const { json } = await owner.ask('GET', path);
      assert.deepEqual([json['status'], json['size']], ['queued', null]);
      assert.equal(
        (await owner.ask('PUT', `${path}/file`, qcow2Header(), bytesType)).status,
        204,
        'and is filled again',
      );
    },
    '--release',
    '2025.1',
  );
});
