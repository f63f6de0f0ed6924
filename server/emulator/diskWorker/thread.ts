import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

/** Disks one after another, or the MD5s of what is written. */
export type Role = 'lane' | 'md5';

/** Its objects are few and small, its large buffers not among them; by default it would let 32 MiB of them gather. */
const resourceLimits = { maxYoungGenerationSizeMb: 4 };

/** Starts a thread for disks, of a bundle of its own: the emulator's would take 30 MiB in each. Unbundled it is main.ts. */
export function startThread(role: Role): Worker {
  const program = import.meta.filename.endsWith('.ts') ? 'main.ts' : 'disks.js';
  return new Worker(join(import.meta.dirname, program), { workerData: { role }, resourceLimits });
}
