/** `npm run test:agreement -- CASES [SEED]`: so many generated requests in each profile to the real language server and the real emulator. */
import { agree } from './agree.ts';

const [cases = '500', seed] = process.argv.slice(2);
const chosen = seed === undefined ? Date.now() % 2 ** 31 : Number(seed);
console.log(`seed ${chosen}`);
for (const profile of ['rackspace', 'openstack'] as const) {
  console.log(`\nprofile ${profile}`);
  if (!(await agree(profile, Number(cases), chosen))) process.exitCode = 1;
}
