import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { leanMemory } from '../../client/emulator/nodeEnvironment.ts';
import { startEmulator } from '../tools/emulator.ts';
import { load, requestText, tokenOf } from './imagesLoad.ts';
import { residentOf } from './resident.ts';
import { record } from './results.ts';

const [creates, requests] = [10_000, 100_000];
const images = '/regionone/image/v2/images';

/** What the emulator, as VS Code starts it, holds before, at the end of, and half a minute after a load of mixed requests. */
export async function benchMemory(): Promise<void> {
  const data = mkdtempSync(join(tmpdir(), 'cloud-images-bench-'));
  try {
    const emulator = await startEmulator({
      data,
      arguments: ['--profile', 'openstack'],
      environment: leanMemory,
    });
    const pid = emulator.process.pid ?? 0;
    const { host, port } = new URL(emulator.url);
    const headers = {
      host,
      'x-auth-token': await tokenOf(emulator.url, 'owner'),
      'content-type': 'application/json',
    };
    const before = residentOf(pid);
    const create = (at: number) =>
      requestText('POST', images, headers, JSON.stringify({ name: `image ${at}`, tags: [`t${at % 50}`] }));
    await load(Number(port), 8, creates, create);
    const user = { name: 'owner', password: 'emulator', domain: { id: 'default' } };
    const signIn = JSON.stringify({ auth: { identity: { methods: ['password'], password: { user } } } });
    const get = (path: string) => () => requestText('GET', path, headers);
    const kinds = [
      get(`${images}?limit=50`),
      get(`${images}?name=image%205`),
      get(`${images}?tag=t7&limit=20`),
      get('/regionone/image/v2/schemas/image'),
      get(`${images}?sort=name:asc&limit=100`),
      () => requestText('POST', '/identity/v3/auth/tokens', headers, signIn),
      get('/regionone/image/versions'),
      create,
    ];
    await load(Number(port), 16, requests, (at) => kinds[at % kinds.length]?.(at) ?? '');
    const [most, again] = [residentOf(pid), await lowest(pid)];
    console.log(
      `Memory of the emulator: ${before.toFixed(0)} MiB, ${most.toFixed(0)} MiB after ${creates} creates and ${requests} mixed requests, ${again.toFixed(0)} MiB half a minute later\n`,
    );
    record({
      what: `resident after ${creates} creates and ${requests} requests`,
      value: again,
      unit: 'MiB',
      most: 120,
      peer: `before them ${before.toFixed(0)} MiB`,
    });
    await emulator.close();
  } finally {
    rmSync(data, { recursive: true });
  }
}

async function lowest(pid: number): Promise<number> {
  let least = residentOf(pid);
  for (let second = 0; second < 30; second++) {
    await wait(1000);
    least = Math.min(least, residentOf(pid));
  }
  return least;
}
