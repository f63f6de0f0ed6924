import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Collection } from '../../client/cloud/collection.ts';
import { type LiveServer, serverReader } from '../../client/cloud/serverCollection.ts';
import { newWindow } from './window.ts';

const folder = mkdtempSync(join(tmpdir(), 'cloud-images-queue-'));
const window = newWindow(folder);
const { source, emulator } = window;
const live = new Collection(source, serverReader(source), () => undefined);
after(() => {
  live.dispose();
  window.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** Resolves with the servers by name as soon as they are as wanted. */
function shown(isWanted: (servers: ReadonlyMap<string, LiveServer>) => boolean) {
  return new Promise<ReadonlyMap<string, LiveServer>>((resolve) => {
    const look = async (): Promise<void> => {
      const snapshot = await live.loaded();
      const items = snapshot.kind === 'ready' ? [...snapshot.items.values()] : [];
      const named = new Map(items.map((one) => [one.server.name, one]));
      if (!isWanted(named)) return;
      subscription.dispose();
      resolve(named);
    };
    const subscription = live.onDidChange(() => void look());
    void look();
  });
}

test('servers whose image waits tell how many are before it, and come on as those before them end', async () => {
  const control = await emulator.start();
  const { cloud } = await source.connect();
  for await (const [image] of cloud.images.list({ name: 'Ubuntu 14.04 LTS (Trusty Tahr) (PVHVM)' })) {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    const imageRef = String(image?.get('id'));
    for (const name of names)
      await cloud.servers.create({ server: { name, imageRef, flavorRef: 'general1-1' } });
    const isBuilt = ({ server }: LiveServer): boolean => server.status === 'ACTIVE';
    const built = await shown((all) => all.size === 8 && [...all.values()].every(isBuilt));
    assert.equal(built.get('a')?.flavor?.name, '1 GB General Purpose v1');
    await control.setClock({ pause: true });
    for (const name of names)
      await cloud.servers.createImage(String(built.get(name)?.server.id), { name: `${name}-1` });
    const queued = await shown((all) => all.get('h')?.ahead === 4);
    assert.deepEqual(
      names.map((name) => queued.get(name)?.ahead),
      [undefined, undefined, undefined, 0, 1, 2, 3, 4],
    );
    assert.equal(queued.get('a')?.server.taskState, 'image_snapshot');
    const isBusy = async (name: string): Promise<boolean> =>
      (await cloud.servers.get(String(built.get(name)?.server.id))).taskState !== null;
    while ((await Promise.all(['a', 'b', 'c'].map(isBusy))).includes(true))
      await control.setClock({ step: 'next' });
    // Nothing was reported of these themselves.
    await shown((all) => all.get('g')?.ahead === 0 && all.get('h')?.ahead === 1);
    await control.setClock({ pause: false });
    await shown((all) => [...all.values()].every(({ server }) => server.taskState === null));
  }
});
