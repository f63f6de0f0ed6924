import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { after } from 'node:test';
import { type Caller, logIn, type Running, start, temporaryFolder } from './harness.ts';

export const files = '/dfw/object-store/v1/100001';
export const started: Running[] = [];
after(() => {
  for (const { process } of started) process.kill('SIGKILL');
});

export interface Place {
  readonly data: string;
  /** The emulator starts anew, so that it has seen no content yet. */
  restart(): Promise<Caller>;
  stop(): Promise<void>;
  log(): string;
}

/** An emulator with a container `c`, at the profile's base, that can be started again. */
export async function place(...args: string[]): Promise<Place> {
  const data = temporaryFolder();
  let emulator: Running | undefined;
  const stop = async () => {
    await emulator?.end();
    emulator = undefined;
  };
  return {
    data,
    stop,
    log: () => emulator?.log() ?? '',
    restart: async () => {
      await stop();
      emulator = await start(data, '--seed', 'empty', ...args);
      started.push(emulator);
      return logIn(emulator.url, 'owner');
    },
  };
}

export const sha = (bytes: Buffer, name = 'sha256') => createHash(name).update(bytes).digest('hex');
export const fileOf = (data: string, bytes: Buffer, name?: string) => join(data, 'blobs', sha(bytes, name));

export function flipByte(path: string, at: number): void {
  const file = openSync(path, 'r+');
  const byte = Buffer.alloc(1);
  readSync(file, byte, 0, 1, at);
  writeSync(file, Buffer.from([byte.readUInt8() ^ 1]), 0, 1, at);
  closeSync(file);
}

export async function put(owner: Caller, name: string, bytes: Buffer): Promise<void> {
  const { status, headers } = await owner.ask('PUT', `${files}/c/${name}`, bytes);
  assert.equal(status, 201);
  assert.equal(headers.get('etag'), createHash('md5').update(bytes).digest('hex'));
}

/** The hash of what an object has, or how reading it went: its status, or that the connection was cut. */
export async function read(owner: Caller, path: string, headers = {}): Promise<string> {
  try {
    const { status, bytes } = await owner.ask('GET', path, undefined, headers);
    return status === 200 || status === 206 ? sha(bytes) : `status ${status}`;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ECONNRESET') return 'cut';
    throw error;
  }
}
