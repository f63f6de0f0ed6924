import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { startEmulator } from '../tools/emulator.ts';
import { median } from './cpu.ts';
import { peakOf } from './resident.ts';
import { record } from './results.ts';

const mebibyte = 2 ** 20;
const objectBytes = 256 * mebibyte;
const rounds = 5;

interface Place {
  readonly name: string;
  readonly pid: number;
  url(index: number): string;
  readonly headers: Record<string, string>;
  close(): Promise<unknown>;
}

/** PUT and GET of objects, against a bare `node:http` server that hashes, writes and syncs the same bytes. */
export async function benchObjects(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'cloud-images-bench-'));
  const places = [
    await emulator(join(folder, 'data')),
    await peer(folder, 'md5'),
    await peer(folder, 'md5,sha256'),
  ];
  const put = places.map((): number[] => []);
  const get = places.map((): number[] => []);
  try {
    for (let round = 0; round < rounds; round++)
      for (const [index, place] of places.entries()) {
        put[index]?.push(await seconds(() => upload(place, round, objectBytes)));
        get[index]?.push(await seconds(() => download(place, round)));
      }
    console.log(`Objects of ${objectBytes / mebibyte} MiB, in turns, medians of ${rounds}`);
    for (const [index, { name }] of places.entries())
      console.log(`${name.padEnd(34)} PUT ${line(put, index)}   GET ${line(get, index)}`);
    const [ours] = places;
    if (!ours) return;
    for (const [verb, times] of [
      ['PUT', put],
      ['GET', get],
    ] as const)
      record({
        what: `${verb} of ${objectBytes / mebibyte} MiB, as fast as a bare server`,
        value: median(times[1] ?? []) / median(times[0] ?? []),
        unit: '×',
        least: 0.7,
        peer: `node:http with md5; with md5 and sha256 ${(median(times[2] ?? []) / median(times[0] ?? [])).toFixed(2)} ×`,
      });
    console.log(`peak memory so far                 ${peakOf(ours.pid).toFixed(0)} MiB`);
    await Promise.all(Array.from({ length: 100 }, (_, index) => upload(ours, 1000 + index, 100 * mebibyte)));
    console.log(`… after 100 uploads of 100 MiB at once   ${peakOf(ours.pid).toFixed(0)} MiB`);
    const uploading = peakOf(ours.pid);
    await Promise.all(Array.from({ length: 100 }, (_, index) => download(ours, 1000 + index)));
    record(
      { what: 'peak, 100 uploads of 100 MiB at once', value: uploading, unit: 'MiB', most: 200 },
      { what: 'peak, and 100 downloads', value: peakOf(ours.pid), unit: 'MiB', most: 200 },
    );
    console.log(`… after 100 downloads of 100 MiB at once ${peakOf(ours.pid).toFixed(0)} MiB\n`);
  } finally {
    for (const place of places) await place.close();
    rmSync(folder, { recursive: true });
  }
}

function line(times: readonly number[][], index: number): string {
  const speed = (at: number) => objectBytes / mebibyte / median(times[at] ?? []);
  const ratio = index === 0 ? '' : ` (emulator ${(speed(0) / speed(index)).toFixed(2)} ×)`;
  return `${speed(index).toFixed(0)} MiB/s${ratio}`;
}

async function emulator(data: string): Promise<Place> {
  const running = await startEmulator({ data, arguments: ['--seed', 'empty'] });
  const auth = { passwordCredentials: { username: 'owner', password: 'emulator' } };
  const answer = await fetch(`${running.url}/identity/v2.0/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ auth }),
  });
  const { access } = (await answer.json()) as { access: { token: { id: string } } };
  const headers = { 'x-auth-token': access.token.id };
  const container = `${running.url}/dfw/object-store/v1/100001/c`;
  await (await fetch(container, { method: 'PUT', headers })).arrayBuffer();
  return {
    name: 'emulator',
    pid: running.process.pid ?? 0,
    url: (index) => `${container}/${index}`,
    headers,
    close: () => running.close(),
  };
}

async function peer(folder: string, hashes: string): Promise<Place> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'objectsPeer.ts'), folder, hashes], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [port] = await once(createInterface({ input: child.stdout }), 'line');
  return {
    name: `node:http with ${hashes}`,
    pid: child.pid ?? 0,
    url: (index) => `http://127.0.0.1:${port}/${index}`,
    headers: {},
    close: () => {
      child.kill();
      return once(child, 'exit');
    },
  };
}

/** Bytes that no other upload has, so that nothing is stored twice. */
async function upload(place: Place, index: number, bytes: number): Promise<void> {
  const piece = randomBytes(mebibyte);
  const asked = request(place.url(index), {
    method: 'PUT',
    headers: { ...place.headers, 'content-length': bytes },
    agent: false,
  });
  const answered = once(asked, 'response');
  answered.catch(() => asked.destroy()); // told below; until then nobody listens
  for (let sent = 0; sent < bytes; sent += piece.length) {
    piece.writeUInt32LE(sent / mebibyte, 0);
    // Waits until it has gone, for the next round writes into the same memory.
    await Promise.race([new Promise((resolve) => asked.write(piece, resolve)), answered]);
  }
  asked.end();
  const [response] = await answered;
  for await (const chunk of response) void chunk;
  if (response.statusCode !== 201) throw new Error(`PUT answered ${response.statusCode}`);
}

async function download(place: Place, index: number): Promise<void> {
  const asked = request(place.url(index), { headers: place.headers, agent: false });
  asked.end();
  const [response] = await once(asked, 'response');
  let bytes = 0;
  for await (const chunk of response) bytes += chunk.length;
  if (response.statusCode !== 200 || bytes !== Number(response.headers['content-length']))
    throw new Error(`GET answered ${response.statusCode} and ${bytes} bytes`);
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}
