import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmulator } from '../tools/emulator.ts';
import { cpuOf, median } from './cpu.ts';
import { makeImages } from './imagesData.ts';
import { tokenOf } from './imagesLoad.ts';
import { record } from './results.ts';

const millions = 1_000_000;
const size = 'limit=20';
/** Of 100001's user, unless another account is named. */
const lists: readonly (readonly [string, string, string?])[] = [
  ['visible', size],
  ['own (private)', `visibility=private&${size}`],
  ['public', `visibility=public&${size}`],
  ['tag, on a third', `tag=common&${size}`],
  ['tag, on a thousandth', `tag=group-7&${size}`],
  ['common property', `os_distro=debian&${size}`],
  ['rare property', `com.example.rare=yes&${size}`],
  ['absent property', `com.example.absent=yes&${size}`],
  ['two common that meet', `os_distro=debian&odd=yes&${size}`],
  ['two common that never meet', `even=yes&odd=yes&${size}`],
  ['tag and property, never meeting', `os_distro=ubuntu&os_version=7&tag=common&${size}`],
  ['common, but of nobody seen', `os_distro=debian&owner=nobody&${size}`],
  ['by name', `name=image%20777&${size}`],
  ['status queued', `status=queued&${size}`],
  ['sorted by size', `sort=size:desc&${size}`],
  ['sorted by name', `sort=name:asc&${size}`],
  ['sorted by updated_at', `sort=updated_at:desc&${size}`],
  ['shared, accepted', `visibility=shared&${size}`],
  ['shared, pending', `visibility=shared&member_status=pending&${size}`],
  ['all as cloud administrator', size, 'admin'],
  ['1,000 a page', 'limit=1000'],
  ['by an attribute without index', `disk_format=iso&${size}`],
];

/** Lists of a million images: CPU and time of each, a fresh connection's overhead not counted. */
export async function benchLists(): Promise<void> {
  const data = mkdtempSync(join(tmpdir(), 'cloud-images-bench-'));
  try {
    await makeImages(data, millions);
    const emulator = await startEmulator({ data, arguments: ['--profile', 'openstack'] });
    const pid = emulator.process.pid ?? 0;
    const tokens = {
      owner: await tokenOf(emulator.url, 'owner'),
      admin: await tokenOf(emulator.url, 'admin'),
    };
    const ask = async (query: string, user: 'owner' | 'admin') => {
      const path = query.startsWith('/') ? query : `/v2/images?${query}`;
      const answer = await fetch(`${emulator.url}/regionone/image${path}`, {
        headers: { 'x-auth-token': tokens[user] },
      });
      const body = (await answer.json()) as { images: { id: string }[]; next?: string };
      if (answer.status !== 200) throw new Error(`${query}: ${answer.status} ${JSON.stringify(body)}`);
      return body;
    };
    const measured = async (name: string, query: string, user: 'owner' | 'admin') => {
      const runs: { cpu: number; wall: number }[] = [];
      let found = 0;
      for (let at = 0; at < 8; at++) {
        const [cpu, began] = [cpuOf(pid), performance.now()];
        found = (await ask(query, user)).images.length;
        runs.push({ cpu: cpuOf(pid) - cpu, wall: performance.now() - began });
      }
      const [first] = runs;
      const again = (of: 'cpu' | 'wall') => median(runs.slice(1).map((run) => run[of])).toFixed(1);
      record({
        what: `${name}, of 1,000,000`,
        value: Number(again('cpu')),
        unit: 'ms CPU',
        most: 10,
        peer: `the first time ${first?.wall.toFixed(0)} ms`,
      });
      console.log(
        `${name.padEnd(34)}${String(found).padStart(5)} found   CPU ${again('cpu').padStart(7)} ms   wall ${again('wall').padStart(7)} ms   first ${first?.wall.toFixed(1)} ms`,
      );
    };
    console.log(`Lists of ${millions.toLocaleString('en')} images, medians after the first`);
    for (const [name, query, user] of lists)
      await measured(name, query, user === 'admin' ? 'admin' : 'owner');
    let next: string | undefined = `/v2/images?limit=1000`;
    for (let at = 0; at < 200 && next; at++) next = (await ask(next, 'owner')).next;
    await measured('page after 200,000', String(next).replace('limit=1000', size), 'owner');
    let bySize: string | undefined = `/v2/images?limit=1000&sort=size:asc`;
    for (let at = 0; at < 100 && bySize; at++) bySize = (await ask(bySize, 'owner')).next;
    await measured('sorted by size, after 100,000', String(bySize).replace('limit=1000', size), 'owner');
    console.log('');
    await emulator.close();
  } finally {
    rmSync(data, { recursive: true });
  }
}
