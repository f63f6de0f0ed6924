import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { join } from 'node:path';
import { Collection } from '../../client/cloud/collection.ts';
import { imageReader, type LiveImage } from '../../client/cloud/imageCollection.ts';
import { keepChoice } from '../../client/cloud/userChoice.ts';
import { demoUsers } from '../../client/emulator/demoUsers.ts';
import { EmulatorProcess } from '../../client/emulator/emulatorProcess.ts';
import { EmulatorSource } from '../../client/emulator/emulatorSource.ts';

export type Window = ReturnType<typeof newWindow>;

/** A window of the editor on the emulator of a folder, as the extension makes it. */
export function newWindow(folder: string, remembered: Record<string, unknown> = {}) {
  const state = new Map<string, unknown>(Object.entries(remembered));
  const secrets = new Map<string, string>();
  const log: string[] = [];
  const heard = new EventEmitter();
  const note = (line: string): void => {
    log.push(line);
    heard.emit('line');
  };
  const emulator = new EmulatorProcess({
    program: join(import.meta.dirname, '..', '..', 'dist', 'emulator.js'),
    data: join(folder, 'data'),
    linger: () => 5,
    port: () => 0,
    speed: () => 100_000,
    log: note,
  });
  const choice = keepChoice(storage(state, secrets), demoUsers, () => 'DFW');
  const source = new EmulatorSource(emulator, choice, note);
  const live = new Collection(source, imageReader, note);
  return {
    emulator,
    choice,
    source,
    live,
    log,
    /** When it has logged such a line. */
    logged: async (line: RegExp) => {
      while (!log.some((one) => line.test(one))) await once(heard, 'line');
    },
    /** Of the emulator's process. */
    pid: () => (emulator.state.kind === 'running' ? emulator.state.status.pid : undefined),
    kept: () => ({ state: Object.fromEntries(state), secrets: Object.fromEntries(secrets) }),
    forget: (key: string) => secrets.delete(key),
    close: () => {
      live.dispose();
      source.dispose();
      emulator.dispose();
    },
  };
}

/** What of the editor's storage a choice uses. */
export function storage(
  state: Map<string, unknown>,
  secrets: Map<string, string>,
): Parameters<typeof keepChoice>[0] {
  const workspaceState = {
    keys: () => [...state.keys()],
    get: <T>(key: string, fallback?: T): T | undefined => (state.has(key) ? (state.get(key) as T) : fallback),
    update: async (key: string, value: unknown) =>
      void (value === undefined ? state.delete(key) : state.set(key, value)),
  };
  return {
    workspaceState: workspaceState as Parameters<typeof keepChoice>[0]['workspaceState'],
    secrets: {
      keys: async () => [...secrets.keys()],
      get: async (key) => secrets.get(key),
      store: async (key, value) => void secrets.set(key, value),
      delete: async (key) => void secrets.delete(key),
      onDidChange: () => ({ dispose: () => undefined }),
    },
  };
}

/** What a window has read, where it could. */
export async function shown(live: Collection<LiveImage>): Promise<ReadonlyMap<string, LiveImage>> {
  const snapshot = await live.loaded();
  assert.ok(snapshot.kind === 'ready', JSON.stringify(snapshot));
  return snapshot.items;
}
