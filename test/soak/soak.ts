import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { checkFolder } from '../../server/emulator/check.ts';
import { residentOf } from '../bench/resident.ts';
import { isCut } from '../crash/rounds.ts';
import { breachesOnceStarted, storeBreaches } from '../crash/storeCheck.ts';
import { control } from '../emulator/compute/living.ts';
import {
  type Caller,
  logIn,
  type Running,
  removeFolder,
  start,
  temporaryFolder,
} from '../emulator/harness.ts';
import { type Editor, openEditor } from './editor.ts';
import { importImage, makeWorkers, type Worker } from './workers.ts';

export interface Soaked {
  /** What was answered, by kind. */
  readonly done: Readonly<Record<string, number>>;
  readonly kills: number;
  readonly memory: readonly string[];
  readonly breaches: readonly string[];
}

/** Simulated minutes that go by with each real one. */
const pace = 24;
const editors = 2;
/** MiB by which the heap of a language server may have grown between a tenth of the time and its end. */
const growth = 5;

/** Works for so many milliseconds, with a kill after every `between` of them. */
export async function soak(
  milliseconds: number,
  between: number,
  random: () => number,
  say: (text: string) => void,
): Promise<Soaked> {
  const data = temporaryFolder();
  const breaches: string[] = [];
  const room: Room = { emulator: await start(data, '--speed', '600'), back: Promise.resolve(), over: false };
  const kept = await importImage(await logIn(room.emulator.url, 'owner'), room.emulator, 'soak kept');
  const workers = makeWorkers(kept, random, breaches);
  const opened = await Promise.all(Array.from({ length: editors }, () => openEditor()));
  const began = performance.now();
  let [kills, handles] = [0, countHandles(room.emulator)];
  try {
    const working = [
      ...workers.map((worker) => keepWorking(worker, room)),
      ...opened.map((editor) => keepEditing(editor, room, random)),
    ];
    const early = wait(milliseconds / 10).then(() => Promise.all(opened.map((editor) => editor.heap())));
    while (performance.now() - began < milliseconds && breaches.length === 0) {
      await Promise.race([wait(between * (0.5 + random())), ...working]);
      const back = Promise.withResolvers<void>();
      room.back = back.promise;
      await room.emulator.end('SIGKILL');
      kills++;
      breaches.push(...storeBreaches(data, 'killed'));
      room.emulator = await start(data, '--speed', '600');
      breaches.push(...(await breachesOnceStarted(data)));
      const owner = await logIn(room.emulator.url, 'owner');
      for (const worker of workers) breaches.push(...(await worker.verify(owner)));
      await control(room.emulator, 'POST', '/clock', { step: `${Math.round((between / 60_000) * pace)}m` });
      back.resolve();
      say(`${((performance.now() - began) / 60_000).toFixed(1)} min, ${kills} kills, ${sum(workers)} done`);
    }
    room.over = true;
    await Promise.all(working);
    const memory = await compareEditors(opened, await early, breaches);
    const owner = await logIn(room.emulator.url, 'owner');
    for (const worker of workers) breaches.push(...(await worker.verify(owner)));
    const left = countHandles(room.emulator);
    if (left > handles + 10) breaches.push(`The emulator had ${handles} open handles, and has ${left}.`);
    handles = left;
    memory.push(`Emulator: ${residentOf(room.emulator.process.pid ?? 0).toFixed(0)} MiB, ${left} handles.`);
    await room.emulator.end();
    breaches.push(...storeBreaches(data, 'stopped'), ...(await checkFolder(data, true)), ...orphansOf(data));
    const done = Object.fromEntries([...workers, ...opened].map(({ name, done: count }) => [name, count()]));
    return { done, kills, memory, breaches };
  } finally {
    room.over = true;
    await room.emulator.end('SIGKILL');
    for (const editor of opened) editor.close();
    removeFolder(data);
  }
}

interface Room {
  emulator: Running;
  /** Resolved once the emulator that was killed is there again and was looked through. */
  back: Promise<void>;
  over: boolean;
}

async function keepWorking(worker: Worker, room: Room): Promise<void> {
  while (!room.over) {
    const { emulator } = room;
    try {
      const owner: Caller = await logIn(emulator.url, 'owner');
      while (!room.over) await worker.work(owner, emulator);
    } catch (error) {
      if (!isCut(error) && !(error instanceof Error && /stream ended|terminated/.test(error.message)))
        throw new Error(`${worker.name} failed. The emulator's log ends:\n${emulator.log().slice(-2000)}`, {
          cause: error,
        });
      while (room.emulator === emulator && !room.over) await wait(20); // killed, and not yet started again
      await room.back;
    }
  }
}

async function keepEditing(editor: Editor, room: Room, random: () => number): Promise<void> {
  while (!room.over) {
    await Promise.race([editor.edit(random), editor.ended]);
    await wait(200 * random());
  }
}

/** A server that has worked all the time finds what a fresh one finds, and holds what it held. */
async function compareEditors(
  opened: readonly Editor[],
  early: readonly number[],
  breaches: string[],
): Promise<string[]> {
  const lines: string[] = [];
  for (const [at, editor] of opened.entries()) {
    const fresh = await openEditor();
    const [expected, found] = [await fresh.findingsOf(editor.text()), await editor.findings()];
    fresh.close();
    if (found !== expected) breaches.push(`An editor's findings are ${found}, and afresh ${expected}.`);
    const [before = 0, now] = [early[at], await editor.heap()];
    lines.push(
      `Heap of a language server: ${before.toFixed(1)} MiB after a tenth of the time, ${now.toFixed(1)} MiB at its end.`,
    );
    if (now > before + growth) breaches.push(lines.at(-1) ?? '');
  }
  return lines;
}

function sum(workers: readonly Worker[]): number {
  return workers.reduce((total, { done }) => total + done(), 0);
}

function countHandles({ process: { pid } }: Running): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** Processes that still name the data folder (Linux). */
function orphansOf(data: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => readCommand(pid).includes(data))
    .map((pid) => `Process ${pid} is left: ${readCommand(pid).replaceAll('\0', ' ')}`);
}

function readCommand(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return ''; // it has ended meanwhile
  }
}
