/**
 * `npm run test:soak -- MINUTES [SEED]`: simulated use, of which an hour is a day: objects, images, imports, exports, servers
 * and their images, snapshots, two editors at work, and a `kill -9` of the emulator a minute. Exits 1 on a breach.
 */
import { randomInt } from 'node:crypto';
import { createRandom } from '../crash/random.ts';
import { soak } from './soak.ts';

const minutes = Number(process.argv[2] ?? 60);
const seed = Number(process.argv[3] ?? randomInt(2 ** 31));
console.log(`Seed ${seed}. Again with: npm run test:soak -- ${minutes} ${seed}`);
const { done, kills, memory, breaches } = await soak(
  minutes * 60_000,
  60_000,
  createRandom(seed),
  console.log,
);
console.log(
  `${minutes} minutes, ${kills} kills: ${Object.entries(done)
    .map(([what, count]) => `${count} ${what}`)
    .join(', ')}.`,
);
console.log(memory.join('\n'));
for (const breach of breaches) console.error(breach);
console.log(`${breaches.length} breaches.`);
if (breaches.length > 0) process.exitCode = 1;
