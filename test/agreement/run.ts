/**
 * `npm run test:agreement -- CASES [SEED] [PROFILE] [FORM]`: so many files as people write them in each profile and
 * in `protected`, which is openstack with an operator's protection of properties, then so many
 * requests of each fault of imports and exports, and so many of servers and their images in each profile, to the real language server and the real emulator. FORM is a part of what
 * a file is called here: `list`, `import and`.
 */
import { agreeOnTasks } from './agreeTasks.ts';
import { agreeOnServers } from './servers/agree.ts';
import { agreeOnTexts, print } from './texts/agree.ts';
import { protection } from './texts/protection.ts';

const [cases = '500', seed, profile, form] = process.argv.slice(2);
const chosen = seed === undefined ? Date.now() % 2 ** 31 : Number(seed);
console.log(`seed ${chosen}`);
for (const name of ['rackspace', 'openstack', 'protected'] as const) {
  if (profile !== undefined && profile !== name) continue;
  console.log(`\nprofile ${name}`);
  const only = form === undefined ? {} : { form };
  const result =
    name === 'protected'
      ? await agreeOnTexts('openstack', Number(cases), chosen, { ...only, protection })
      : await agreeOnTexts(name, Number(cases), chosen, only);
  print(result);
  if (result.classes.length > 0) process.exitCode = 1;
}
if (profile === undefined) {
  console.log('\nimports and exports');
  for (const problem of await agreeOnTasks(Math.min(Number(cases), 1000), chosen)) {
    console.log(problem);
    process.exitCode = 1;
  }
}
for (const name of ['rackspace', 'openstack'] as const) {
  if (profile !== undefined && profile !== name) continue;
  const { accepted, refused, rules, problems } = await agreeOnServers(name, Number(cases), chosen);
  console.log(
    `\nservers and their images in ${name}: ${accepted} accepted, ${refused} refused by ${rules.size} rules`,
  );
  for (const problem of problems) {
    console.log(problem);
    process.exitCode = 1;
  }
}
