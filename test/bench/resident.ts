import { readFileSync } from 'node:fs';

/** MiB that a process holds (Linux). */
export function residentOf(pid: number): number {
  return readStatus(pid, 'VmRSS');
}

/** The most MiB that a process has ever held (Linux). */
export function peakOf(pid: number): number {
  return readStatus(pid, 'VmHWM');
}

function readStatus(pid: number, name: string): number {
  const found = new RegExp(`${name}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(found?.[1]) / 1024;
}
