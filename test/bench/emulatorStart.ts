import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { cpuOf, median } from './cpu.ts';
import { record } from './results.ts';

const emulator = join(import.meta.dirname, '..', '..', 'dist', 'emulator.js');

/** From the start of the process to its first answer over HTTP, on an empty data folder and on one that is there. */
export async function benchEmulatorStart(): Promise<void> {
  const data = mkdtempSync(join(tmpdir(), 'cloud-images-bench-'));
  const runs = [];
  for (let at = 0; at < 6; at++) runs.push(await start(data));
  const [first, ...again] = runs;
  const node = await bareNode();
  console.log('Emulator, start to first answer');
  console.log(`first start (demo seed)   ${first?.wall.toFixed(0)} ms, CPU ${first?.cpu.toFixed(0)} ms`);
  console.log(
    `later starts (median)     ${median(again.map(({ wall }) => wall)).toFixed(0)} ms, CPU ${median(again.map(({ cpu }) => cpu)).toFixed(0)} ms`,
  );
  console.log(`bare node -e 0            ${node.toFixed(0)} ms\n`);
  const peer = `bare node ${node.toFixed(0)} ms`;
  record(
    { what: 'first start to first answer (demo)', value: first?.wall ?? Number.NaN, unit: 'ms', peer },
    { what: 'later starts', value: median(again.map(({ wall }) => wall)), unit: 'ms', most: 250, peer },
  );
  rmSync(data, { recursive: true });
}

async function start(data: string): Promise<{ wall: number; cpu: number }> {
  const began = performance.now();
  const child = spawn(process.execPath, [emulator, '--data', data], { stdio: ['ignore', 'pipe', 'ignore'] });
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve);
    child.once('exit', (code) => reject(new Error(`The emulator ended with ${code}.`)));
  });
  const { url } = JSON.parse(line) as { url: string };
  await (await fetch(`${url}/emulator/info`)).arrayBuffer();
  const result = { wall: performance.now() - began, cpu: cpuOf(child.pid ?? 0) };
  child.removeAllListeners('exit');
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
  return result;
}

async function bareNode(): Promise<number> {
  const began = performance.now();
  await new Promise((resolve) => spawn(process.execPath, ['-e', '0']).once('exit', resolve));
  return performance.now() - began;
}
