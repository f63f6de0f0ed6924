import { readdirSync, readFileSync } from 'node:fs';

/** CPU milliseconds that a process has used in all its threads, from the scheduler's nanoseconds (Linux). */
export function cpuOf(pid: number): number {
  let nanoseconds = 0;
  for (const task of readdirSync(`/proc/${pid}/task`))
    nanoseconds += Number(statOf(`/proc/${pid}/task/${task}/schedstat`).split(' ')[0]);
  return nanoseconds / 1e6;
}

/** Empty of a thread that has ended since it was listed. */
function statOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH'))
      return '';
    throw error;
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
