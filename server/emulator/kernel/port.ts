import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { basename } from 'node:path';

/** Finds out why nothing can listen there; undefined where it can. A port of 0 stands for any free one. */
export async function tryPort(host: string, port: number): Promise<Error | undefined> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen({ host, port }, resolve);
    });
    await new Promise((resolve) => server.close(resolve));
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Names the program that listens on a port, with its process id. Undefined where the system does not tell us. */
export function findPortHolder(port: number): string | undefined {
  const inodes = new Set(['tcp', 'tcp6'].flatMap((table) => listListeners(table, port)));
  if (inodes.size === 0) return undefined;
  for (const pid of listNames('/proc').filter((name) => /^\d+$/.test(name)))
    if (listNames(`/proc/${pid}/fd`).some((fd) => inodes.has(readLink(`/proc/${pid}/fd/${fd}`))))
      return `${basename(readLink(`/proc/${pid}/exe`)) || read(`/proc/${pid}/comm`).trim()}, process ${pid}`;
  return undefined;
}

/** The sockets that listen on a port, as the links of a process name them. */
function listListeners(table: string, port: number): string[] {
  const end = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return read(`/proc/net/${table}`)
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local = '', , state]) => state === listening && local.endsWith(end))
    .map((fields) => `socket:[${fields[9]}]`);
}

const listening = '0A';

// Processes come and go, those of others are closed to us, and only Linux has this folder: what cannot be read says nothing.

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function listNames(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
