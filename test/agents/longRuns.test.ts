import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { emulatorControl } from '../../server/cloud/services/emulatorControl.ts';
import { onEmulator, openPlace } from '../commands/cli.ts';
import { makeDisk } from '../tools/disks.ts';
import { openMcp, yes } from './client.ts';

/** Runs that take their time: an import in a cloud whose clock stands still. */
const { emulator, owner, cli } = await openPlace({}, '--speed', '1');
const control = emulatorControl(emulator.url, emulator.token);
await control.setClock({ pause: true });
mkdirSync(join(cli.workspace, 'exports'));
makeDisk(join(cli.workspace, 'exports', 'web.vhd'), 'linux');
cli.write(
  'web.image-import.yaml',
  'type: import\ninput:\n  import_from: exports/web.vhd\n  image_properties: { name: Long }\n',
);
await owner.ask('PUT', '/dfw/object-store/v1/MossoCloudFS_100001/exports');

test('who asks for progress hears of it, and a call that is cancelled ends while its task goes on', async () => {
  const { client, call } = await openMcp(cli, [onEmulator(emulator)], { person: yes });
  const { plan, steps } = await call('cloud_images_plan', { paths: ['web.image-import.yaml'] });
  const [{ calls }] = JSON.parse(JSON.stringify(steps));
  assert.deepEqual(
    calls.map(({ method, path }: { method: string; path: string }) => [method, path]),
    [
      ['PUT', '/exports'],
      ['PUT', '/exports/web.vhd'],
      ['POST', '/v2/tasks'],
    ],
  );
  const abort = new AbortController();
  const told: string[] = [];
  const applying = client.callTool(
    { name: 'cloud_images_apply', arguments: { plan } },
    {
      signal: abort.signal,
      onprogress: ({ message = '' }) => {
        told.push(message);
        if (message.startsWith('import')) abort.abort(new Error('cancelled'));
      },
    },
  );
  await assert.rejects(applying, /cancelled/);
  assert.match(told.at(-1) ?? '', /^import [\da-f-]+: (?:pending|processing)$/);
  const { items } = await call('cloud_images_list', { what: 'tasks' });
  assert.equal((items as object[]).length, 1, 'the next call is answered, and the task is there');
});
