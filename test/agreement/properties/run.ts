/**
 * `npm run test:properties -- CASES [SEED]`: so many random images and flavors, judged by Nova 26's own code (Debian's
 * python3-nova) and by ours, word by word. Prints what differs; exits 1 where something does.
 */
import { agreeOnProperties } from './agree.ts';

const [cases = '10000', seed] = process.argv.slice(2);
const chosen = seed === undefined ? Date.now() % 2 ** 31 : Number(seed);
console.log(`seed ${chosen}`);
const { accepted, refused, unexpected, problems } = await agreeOnProperties(Number(cases), chosen);
for (const problem of problems) console.log(problem);
console.log(
  `${accepted} accepted and ${refused} refused by Nova, ${unexpected} that it does not expect; we differ in ${problems.length}`,
);
process.exitCode = problems.length > 0 ? 1 : 0;
