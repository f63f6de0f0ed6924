import { workerData } from 'node:worker_threads';
import { serveFollower } from './follower.ts';
import type { Role } from './thread.ts';
import { serveLane } from './worker.ts';

/** What a thread for disks runs. */
const serve: Readonly<Record<Role, () => void>> = { lane: serveLane, md5: serveFollower };
const { role }: { role: Role } = workerData;
serve[role]();
