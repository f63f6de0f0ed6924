import fc from 'fast-check';
import { disagreement, judge } from './agree.ts';
import { type Judges, startJudges } from './judges.ts';
import { smallLimits, type TaskClass, taskClasses } from './taskCases.ts';

/**
 * So many cases of each fault of imports and exports: editor and emulator agree, and the emulator says what the class is
 * made for. Prints how many of each there were; answers the first disagreement of each class.
 */
export async function agreeOnTasks(count: number, seed: number): Promise<string[]> {
  const problems: string[] = [];
  for (const small of [false, true]) {
    const classes = taskClasses.filter((one) => (one.small === true) === small);
    const judges = await startJudges('rackspace', small ? smallLimits : {});
    try {
      for (const one of classes) {
        const found = await agreeOnClass(judges, one, count, seed);
        if (found) problems.push(found);
      }
    } finally {
      await judges.close();
    }
  }
  return problems;
}

async function agreeOnClass(
  judges: Judges,
  { about, cloud, cases }: TaskClass,
  count: number,
  seed: number,
): Promise<string | undefined> {
  let [agreed, unchecked] = [0, 0];
  const property = fc.asyncProperty(cases, async (one) => {
    const verdicts = await judge(judges, one);
    const { accepted, texts } = verdicts.emulator;
    const text = texts.join(' | ');
    const expected = cloud === 'either' || (cloud === 'accepted' ? accepted : !accepted && cloud.test(text));
    const difference = expected ? disagreement(verdicts) : `The cloud says '${text}' instead of ${cloud}`;
    if (difference) throw new Error(`${JSON.stringify(one)}\n${difference}`);
    agreed += 1;
    if (verdicts.editor.unchecked) unchecked += 1;
  });
  const result = await fc.check(property, { numRuns: count, seed });
  const words = unchecked > 0 ? `, ${unchecked} of them said to be unchecked by the editor` : '';
  console.log(`${about.padEnd(32)}${String(agreed).padStart(6)} agreed${words}`);
  return result.failed ? `${about}, seed ${seed}:\n${String(result.errorInstance)}` : undefined;
}
