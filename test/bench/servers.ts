import { setTimeout as wait } from 'node:timers/promises';
import type { JsonObject } from '../../server/rules/json.ts';
import { makeImage } from '../emulator/compute/living.ts';
import {
  type Caller,
  logIn,
  type Running,
  removeFolder,
  start,
  temporaryFolder,
} from '../emulator/harness.ts';
import { openstack } from '../emulator/plain.ts';
import { cpuOf } from './cpu.ts';
import { makeImages } from './imagesData.ts';
import { residentOf } from './resident.ts';
import { record } from './results.ts';

const compute = '/regionone/compute/v2.1';
const built = 10_000;
const images = 100_000;

/** CPU milliseconds a request of Nova 26.2 with one worker, in nova-api alone, as measured on two cores. */
const nova = { list: 97, show: 25 } as const;

/**
 * Ten thousand servers beside a hundred thousand images: what lists and single ones cost, beside Nova's figures; and a
 * thousand images asked for at once.
 */
export async function benchServers(): Promise<void> {
  const data = temporaryFolder();
  await makeImages(data, images);
  const emulator = await start(data, ...openstack);
  const pid = emulator.process.pid ?? 0;
  try {
    const [owner, admin] = [await logIn(emulator.url, 'owner'), await logIn(emulator.url, 'admin')];
    const quota = { quota_set: { instances: -1, cores: -1, ram: -1 } };
    await admin.ask('PUT', `${compute}/os-quota-sets/100001`, quota);
    const imageRef = await makeImage(owner);
    await buildAll(owner, imageRef);
    console.log(`Servers: ${built} of them, beside ${images} images; ${residentOf(pid).toFixed(0)} MB`);
    const list = await costOf(emulator, owner, '/servers/detail?limit=20', 1000);
    const show = await costOf(emulator, owner, `/servers/${await firstId(owner)}`, 1000);
    print('list of 20, in detail', list, nova.list);
    print('one server', show, nova.show);
    print('list of 1000', await costOf(emulator, owner, '/servers', 20));
    print('list of 1000, in detail', await costOf(emulator, owner, '/servers/detail', 20));
    print('by name', await costOf(emulator, owner, '/servers?name=^s0-7$', 20));
    print('by status', await costOf(emulator, owner, '/servers?status=SHUTOFF', 20));
    print('flavors in detail', await costOf(emulator, owner, '/flavors/detail', 100));
    print('limits', await costOf(emulator, owner, '/limits', 100));
    print('image proxy, 20 in detail', await costOf(emulator, owner, '/images/detail?limit=20', 100));
    print('images of a server', await costOf(emulator, owner, '/images?server=none', 20));
    await imageMany(owner, pid);
    const after = residentOf(pid);
    await wait(25_000); // after ten to twenty quiet seconds it gives back what work has left
    const later = residentOf(pid);
    console.log(`memory  ${after.toFixed(0)} MB, 25 seconds later ${later.toFixed(0)} MB\n`);
    record({ what: 'resident after 10,000 servers', value: later, unit: 'MiB', most: 200 });
  } finally {
    await emulator.end();
    removeFolder(data);
  }
}

async function buildAll(owner: Caller, imageRef: string): Promise<void> {
  for (let at = 0; at < built; at += 1000) {
    const server = { name: `s${at}`, flavorRef: '42', imageRef, min_count: 1000, max_count: 1000 };
    await owner.ask('POST', `${compute}/servers`, { server });
  }
  while ((await listOf(owner, 'status=BUILD&limit=1')).length > 0) await wait(200);
}

async function listOf(owner: Caller, query: string): Promise<JsonObject[]> {
  return (await owner.ask('GET', `${compute}/servers?${query}`)).json['servers'] as JsonObject[];
}

async function firstId(owner: Caller): Promise<string> {
  const [first] = await listOf(owner, 'limit=1');
  return String(first?.['id']);
}

/** CPU milliseconds a request, over one connection, as the sessions of OpenStack's clients keep theirs. */
async function costOf(
  { url, process }: Running,
  owner: Caller,
  path: string,
  times: number,
): Promise<number> {
  const pid = process.pid ?? 0;
  const get = async () => {
    const answer = await fetch(`${url}${compute}${path}`, { headers: { 'x-auth-token': owner.token } });
    if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}`);
    await answer.arrayBuffer();
  };
  // Code that was never run is slow in Node; a bare server's first two hundred requests cost four times as much, too.
  for (let time = 0; time < times; time++) await get();
  const before = cpuOf(pid);
  for (let time = 0; time < times; time++) await get();
  return (cpuOf(pid) - before) / times;
}

function print(label: string, ours: number, theirs?: number): void {
  const beside =
    theirs === undefined ? '' : `  ${(theirs / ours).toFixed(0)} times less than Nova's ${theirs} ms`;
  record({
    what: theirs === undefined ? label : `${label}, times cheaper than Nova`,
    ...(theirs === undefined
      ? { value: ours, unit: 'ms CPU', most: 10 }
      : { value: theirs / ours, unit: '×', least: 50, peer: `Nova ${theirs} ms, measured before` }),
  });
  console.log(`${label.padEnd(28)}${ours.toFixed(2).padStart(8)} ms of CPU${beside}`);
}

async function imageMany(owner: Caller, pid: number): Promise<void> {
  const ids = (await listOf(owner, 'limit=1000')).map(({ id }) => String(id));
  const [began, before] = [performance.now(), cpuOf(pid)];
  const body = { createImage: { name: 'bench' } };
  await Promise.all(ids.map((id) => owner.ask('POST', `${compute}/servers/${id}/action`, body)));
  const path = '/regionone/image/v2/images?name=bench&status=active&limit=1000';
  const done = async () => ((await owner.ask('GET', path)).json['images'] as JsonObject[]).length;
  while ((await done()) < ids.length) await wait(500);
  const [seconds, cpu] = [(performance.now() - began) / 1000, (cpuOf(pid) - before) / ids.length];
  console.log(
    `${ids.length} images at once          ${seconds.toFixed(1)} s, ${cpu.toFixed(1)} ms of CPU each`,
  );
}
