import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Emulator, startEmulator } from '../tools/emulator.ts';
import { cpuOf, median } from './cpu.ts';
import { makeImages } from './imagesData.ts';
import { load, requestText, tokenOf } from './imagesLoad.ts';
import { residentOf } from './resident.ts';
import { record } from './results.ts';

const path = '/regionone/image/v2/images';
const schema = '/regionone/image/v2/schemas/image';
const plain = ['--profile', 'openstack'];

/** The image service: CPU a request against a bare server, durable writes against the disk's syncs, start, connections. */
export async function benchImages(): Promise<void> {
  await withImages(1000, benchReads);
  await withImages(1000, benchWrites);
  await benchStart();
  await withImages(1000, benchIdle);
}

async function withImages(
  count: number,
  use: (emulator: Emulator, headers: Record<string, string>, data: string) => Promise<void>,
): Promise<void> {
  const data = mkdtempSync(join(tmpdir(), 'cloud-images-bench-'));
  try {
    await makeImages(data, count);
    const emulator = await startEmulator({ data, arguments: plain });
    const headers = {
      'x-auth-token': await tokenOf(emulator.url, 'owner'),
      host: new URL(emulator.url).host,
    };
    await use(emulator, headers, data);
    await emulator.close();
  } finally {
    rmSync(data, { recursive: true });
  }
}

async function benchReads(emulator: Emulator, headers: Record<string, string>): Promise<void> {
  const port = Number(new URL(emulator.url).port);
  const listed = await (await fetch(`${emulator.url}${path}?limit=20`, { headers })).text();
  const one = JSON.parse(listed).images[0];
  console.log('Images, CPU a request over 8 connections (in turns, medians of 5)');
  for (const [name, asked, body, count, most] of [
    ['get one', `${path}/${one.id}`, JSON.stringify(one), 20_000, 1.5],
    ['list 20 of 1,000', `${path}?limit=20`, listed, 10_000, 2.2],
    [
      'schema of an image',
      schema,
      await (await fetch(`${emulator.url}${schema}`, { headers })).text(),
      10_000,
    ],
  ] as const) {
    const peer = await startPeer(body);
    const text = requestText('GET', asked, headers);
    const micros = async (pid: number, to: number) => {
      const before = cpuOf(pid);
      await load(to, 8, count, () => text);
      return ((cpuOf(pid) - before) * 1000) / count;
    };
    const ours: number[] = [];
    const bare: number[] = [];
    for (let round = 0; round < 6; round++) {
      const pair = [
        await micros(emulator.process.pid ?? 0, port),
        await micros(peer.process.pid ?? 0, peer.port),
      ] as const;
      if (round === 0) continue; // compiles
      ours.push(pair[0]);
      bare.push(pair[1]);
    }
    peer.process.kill();
    const ratio = median(ours.map((value, at) => value / (bare[at] ?? Number.NaN)));
    const beside = `bare node:http ${median(bare).toFixed(0)} µs`;
    record(
      {
        what: `${name}, against a bare server`,
        value: ratio,
        unit: '× CPU',
        ...(most ? { most } : {}),
        peer: beside,
      },
      { what: name, value: median(ours), unit: 'µs CPU' },
    );
    console.log(
      `${name.padEnd(24)}${median(ours).toFixed(1)} µs   bare node:http ${median(bare).toFixed(1)} µs   ${ratio.toFixed(2)} ×   (${body.length} bytes)`,
    );
  }
  console.log('');
}

async function startPeer(body: string): Promise<{ process: ChildProcess; port: number }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'imagesPeer.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(body);
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  return { process: child, port: Number(line) };
}

async function benchWrites(emulator: Emulator, headers: Record<string, string>, data: string): Promise<void> {
  const port = Number(new URL(emulator.url).port);
  const listed = await (
    await fetch(`${emulator.url}${path}?limit=1000&visibility=private`, { headers })
  ).text();
  const ids: string[] = JSON.parse(listed).images.map(({ id }: { id: string }) => id);
  const type = { 'content-type': 'application/openstack-images-v2.1-json-patch' };
  const patch = (index: number) =>
    requestText(
      'PATCH',
      `${path}/${ids[index % ids.length]}`,
      { ...headers, ...type },
      JSON.stringify([{ op: 'add', path: '/com.example.run', value: String(index) }]),
    );
  const create = (index: number) =>
    requestText('POST', path, headers, JSON.stringify({ name: `made ${index}`, role: 'web' }));
  console.log('Images, durable writes over 32 connections');
  for (const [name, text] of [
    ['patch', patch],
    ['create', create],
  ] as const) {
    await load(port, 32, 2000, text);
    const syncs = syncsASecond(data);
    const [cpu, began, count] = [cpuOf(emulator.process.pid ?? 0), performance.now(), 10_000];
    await load(port, 32, count, text);
    const rate = count / ((performance.now() - began) / 1000);
    const micros = ((cpuOf(emulator.process.pid ?? 0) - cpu) * 1000) / count;
    record({
      what: `durable writes, ${name}`,
      value: rate,
      unit: 'a second',
      least: 10_000,
      peer: `${syncs.toFixed(0)} fdatasyncs a second, ${micros.toFixed(0)} µs CPU each`,
    });
    console.log(
      `${name.padEnd(24)}${rate.toFixed(0)} a second   ${(rate / syncs).toFixed(2)} × the ${syncs.toFixed(0)} fdatasyncs a second   CPU ${micros.toFixed(0)} µs`,
    );
  }
  console.log('');
}

/** How often a second the disk makes a page durable. */
function syncsASecond(folder: string): number {
  const file = openSync(join(folder, 'syncs'), 'w');
  const page = Buffer.alloc(4096, 1);
  const [began, count] = [performance.now(), 500];
  for (let at = 0; at < count; at++) {
    writeSync(file, page);
    fdatasyncSync(file);
  }
  closeSync(file);
  return count / ((performance.now() - began) / 1000);
}

async function benchStart(): Promise<void> {
  const data = mkdtempSync(join(tmpdir(), 'cloud-images-bench-'));
  try {
    await makeImages(data, 100_000);
    const runs: { wall: number; memory: number }[] = [];
    for (let at = 0; at < 5; at++) {
      const began = performance.now();
      const emulator = await startEmulator({ data, arguments: plain });
      const token = await tokenOf(emulator.url, 'owner');
      await (await fetch(`${emulator.url}${path}`, { headers: { 'x-auth-token': token } })).text();
      runs.push({ wall: performance.now() - began, memory: residentOf(emulator.process.pid ?? 0) });
      await emulator.close();
    }
    const [wall, memory] = [median(runs.map((run) => run.wall)), median(runs.map((run) => run.memory))];
    console.log(
      `Images, start to the first list of 100,000   ${wall.toFixed(0)} ms, ${memory.toFixed(0)} MiB resident\n`,
    );
    record(
      { what: 'start to first answer with 100,000', value: wall, unit: 'ms', most: 200 },
      { what: 'resident with 100,000', value: memory, unit: 'MiB', most: 120 },
    );
  } finally {
    rmSync(data, { recursive: true });
  }
}

async function benchIdle(emulator: Emulator, headers: Record<string, string>): Promise<void> {
  const { port } = new URL(emulator.url);
  const text = requestText('GET', `${path}?limit=1`, headers);
  const idle: Socket[] = [];
  for (let at = 0; at < 10_000; at += 500)
    idle.push(
      ...(await Promise.all(
        Array.from({ length: 500 }, async () => {
          const socket = connect(Number(port), '127.0.0.1');
          await once(socket, 'connect');
          return socket;
        }),
      )),
    );
  const times: number[] = [];
  for (let at = 0; at < 200; at++) {
    const began = performance.now();
    await load(Number(port), 1, 1, () => text);
    times.push(performance.now() - began);
  }
  const open = idle.filter((socket) => !socket.destroyed).length;
  console.log(
    `Images, ${open} idle connections held   get with a new connection ${median(times).toFixed(2)} ms, ${residentOf(emulator.process.pid ?? 0).toFixed(0)} MiB resident\n`,
  );
  record({
    what: `get beside ${open} idle connections`,
    value: median(times),
    unit: 'ms',
    most: 2,
  });
  for (const socket of idle) socket.destroy();
}
