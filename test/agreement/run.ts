/** `npm run test:agreement -- CASES [SEED]`: generated requests to the real language server and the real emulator. */
import { agree } from './agree.ts';

const [cases = '500', seed] = process.argv.slice(2);
const chosen = seed === undefined ? Date.now() % 2 ** 31 : Number(seed);
console.log(`seed ${chosen}`);
process.exitCode = (await agree(Number(cases), chosen)) ? 0 : 1;
