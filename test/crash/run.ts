/** `npm run test:crash -- KILLS [SEED]`: so many kills during each kind of work. Exits 1 on a breach. */
import { randomInt } from 'node:crypto';
import { createRandom } from './random.ts';
import { works } from './works.ts';

const kills = Number(process.argv[2] ?? 50);
const seed = Number(process.argv[3] ?? randomInt(2 ** 31));
console.log(`Seed ${seed}. Again with: npm run test:crash -- ${kills} ${seed}`);
for (const [work, crash] of Object.entries(works)) {
  const { midway, answered, recovered, breaches } = await crash(kills, createRandom(seed));
  console.log(
    `${kills} kills during ${work}, ${midway} of them with work unanswered or unfinished; ${answered} answered writes, none lost: ${breaches.length === 0}; ${recovered} things put right by the starts; ${breaches.length} breaches.`,
  );
  for (const breach of breaches) console.error(breach);
  if (breaches.length > 0) process.exitCode = 1;
}
