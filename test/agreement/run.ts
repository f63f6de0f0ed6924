/**
 * `npm run test:agreement -- CASES [SEED]`: so many generated requests in each profile, and of each fault of imports and
 * exports, to the real language server and the real emulator.
 */
import { agree } from './agree.ts';
import { agreeOnTasks } from './agreeTasks.ts';

const [cases = '500', seed] = process.argv.slice(2);
const chosen = seed === undefined ? Date.now() % 2 ** 31 : Number(seed);
console.log(`seed ${chosen}`);
for (const profile of ['rackspace', 'openstack'] as const) {
  console.log(`\nprofile ${profile}`);
  if (!(await agree(profile, Number(cases), chosen))) process.exitCode = 1;
}
console.log('\nimports and exports');
for (const problem of await agreeOnTasks(Number(cases), chosen)) {
  console.log(problem);
  process.exitCode = 1;
}
