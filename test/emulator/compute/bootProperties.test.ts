import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../../server/rules/json.ts';
import type { Caller } from '../harness.ts';
import { create, upload, withUsers } from '../plain.ts';
import { expectAnswer } from './asking.ts';
import { settled, show } from './living.ts';

/** An active image with properties. */
async function imageOf(as: Caller, properties: JsonObject): Promise<string> {
  const image = await create(as, { name: 'base', min_disk: 0, ...properties });
  await upload(as, image, Buffer.alloc(1024));
  return image;
}

/** Properties, and what Nova 26 answers to a server of flavor 1 (1 processor, 512 MB). */
const refused: readonly (readonly [properties: JsonObject, message: string])[] = [
  [{ hw_firmware_type: 'UEFI' }, 'Invalid image metadata. Error: Field value UEFI is invalid'],
  [{ architecture: 'riscv64' }, "Invalid image metadata. Error: Architecture name 'riscv64' is not valid"],
  [{ hw_cpu_cores: 'two' }, "Invalid image metadata. Error: invalid literal for int() with base 10: 'two'"],
  [
    { hw_cpu_thread_policy: 'require' },
    'Cannot set cpu thread pinning policy in a non dedicated cpu pinning policy',
  ],
  [
    { hw_locked_memory: 'true' },
    'locked_memory value in image or flavor is forbidden when mem_page_size is not set.',
  ],
];

test('a server is refused for the properties of its image, in Nova’s words', async () => {
  await withUsers(async ({ owner }) => {
    for (const [properties, message] of refused) {
      const image = await imageOf(owner, properties);
      const server = { name: 'web', flavorRef: '1', imageRef: image };
      await expectAnswer(owner, 'POST /servers', [400, message], { body: { server } });
    }
    const silent = await imageOf(owner, { hw_diskbus: 'scsi', hw_qemu_guest_agent: 'enabled' });
    const body = { server: { name: 'web', flavorRef: '1', imageRef: silent } };
    await expectAnswer(owner, 'POST /servers', [202], { body });
  });
});

test('bad values are told before the state of the image, and what a flavor forbids after it', async () => {
  await withUsers(async ({ owner }) => {
    const ask = async (properties: JsonObject, message: RegExp) => {
      const image = await create(owner, { name: 'queued', ...properties });
      const body = { server: { name: 'web', flavorRef: '1', imageRef: image } };
      await expectAnswer(owner, 'POST /servers', [400, message], { body });
    };
    await ask({ hw_firmware_type: 'UEFI' }, /Field value UEFI is invalid/);
    await ask({ hw_mem_encryption: 'true' }, /is not active/);
  });
});

test('an image of an encrypted volume does not boot by itself', async () => {
  await withUsers(async ({ owner }) => {
    const image = await imageOf(owner, { cinder_encryption_key_id: '5f3ee7f4-40e2-4b6c-8c1d-2d0c5ba22b2a' });
    const body = { server: { name: 'web', flavorRef: '1', imageRef: image } };
    await expectAnswer(owner, 'POST /servers', [400, /Direct booting of an image uploaded from an/], {
      body,
    });
  });
});

test('what the host cannot give ends in ERROR, with the cause for administrators', async () => {
  await withUsers(async ({ owner, admin }, emulator) => {
    const image = await imageOf(owner, { hw_disk_bus: 'xen' });
    const body = { server: { name: 'web', flavorRef: '1', imageRef: image } };
    const { json } = await expectAnswer(owner, 'POST /servers', [202], { body });
    const id = String((json['server'] as JsonObject)['id']);
    await settled(emulator, id);
    const { fault } = await show(owner, id);
    assert.match(
      String((fault as JsonObject)['message']),
      /^Exceeded maximum number of retries\. Exhausted all hosts available/,
    );
    assert.equal('details' in (fault as JsonObject), false);
    const { fault: whole } = await show(admin, id);
    assert.match(String((whole as JsonObject)['details']), /'xen' is not supported by the 'kvm' virt driver/);
  });
});
