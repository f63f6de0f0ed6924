import { workerData } from 'node:worker_threads';
import { serveFollower } from './follower.ts';
import type { Role } from './thread.ts';
import { serveLane } from './worker.ts';

/** Entry of a thread for disks. */
const serve: Readonly<Record<Role, () => void>> = { lane: serveLane, md5: serveFollower };
const { role }: { role: Role } = workerData;
serve[role]();
