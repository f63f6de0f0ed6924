/**
 * `npm run test:fuzz -- [disks|formats|manifests|fixes] CASES [SEED] [FIRST]`: so many changed disks (or manifests, or manifests
 * that have something to fix) from the case FIRST on, on all cores, each within 100 ms (a manifest: 1 s) of processor time. Names each case that fails; `-- 1 SEED CASE` (after the subject) does it again alone. Exits 1 where one failed.
 */
import { availableParallelism } from 'node:os';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { makeBases } from './cases.ts';
import { judgeFixCase } from './fixJudge.ts';
import { tableOf, tooFew } from './fixTotals.ts';
import { makeFormatBases } from './formatCases.ts';
import { judgeFormatCase } from './formatJudge.ts';
import { type CaseResult, judgeCase } from './judge.ts';
import { manifestBases } from './manifestCases.ts';
import { judgeManifestCase } from './manifestJudge.ts';

type Judge = (seed: number, number: number) => CaseResult | Promise<CaseResult>;

const subjects = {
  disks: {
    slowest: 100,
    heap: 128,
    judge: async (): Promise<Judge> => {
      const bases = await makeBases();
      return (seed, number) => judgeCase(bases, seed, number);
    },
  },
  formats: {
    slowest: 100,
    heap: 128,
    judge: async (): Promise<Judge> => {
      const bases = makeFormatBases();
      return (seed, number) => judgeFormatCase(bases, seed, number);
    },
  },
  manifests: {
    slowest: 1000,
    heap: 400,
    judge: async (): Promise<Judge> => {
      const bases = manifestBases();
      return (seed, number) => judgeManifestCase(bases, seed, number);
    },
  },
  fixes: { slowest: 1000, heap: 400, judge: async (): Promise<Judge> => judgeFixCase },
} as const;

interface Share {
  readonly subject: keyof typeof subjects;
  readonly seed: number;
  readonly from: number;
  readonly to: number;
}
interface Tally {
  readonly done: number;
  readonly outcomes: ReadonlyMap<string, number>;
  readonly failures: readonly string[];
  readonly milliseconds: number;
  readonly allocated: number;
}

if (isMainThread) await main();
else await work(workerData as Share);

async function main(): Promise<void> {
  const subject =
    (Object.keys(subjects).find((name) => name === process.argv[2]) as Share['subject'] | undefined) ??
    'disks';
  const [cases = 100_000, seed = Math.floor(Math.random() * 2 ** 32), first = 0] = process.argv
    .slice(2)
    .filter((word) => !Object.hasOwn(subjects, word))
    .map(Number);
  const began = performance.now();
  const threads = Math.min(availableParallelism(), cases);
  const totals = { done: 0, milliseconds: 0, allocated: 0, outcomes: new Map<string, number>() };
  const failures: string[] = [];
  const shares = Array.from({ length: threads }, (_, index): Share => {
    const at = (part: number) => first + Math.floor((cases * part) / threads);
    return { subject, seed, from: at(index), to: at(index + 1) };
  });
  console.log(`${cases} ${subject} from ${first}, seed ${seed}, on ${threads} threads`);
  let told = began;
  await Promise.all(
    shares.map(async (share) => {
      const worker = new Worker(new URL(import.meta.url), {
        workerData: share,
        resourceLimits: { maxOldGenerationSizeMb: subjects[subject].heap },
      });
      worker.on('message', (tally: Tally) => {
        totals.done += tally.done;
        totals.milliseconds = Math.max(totals.milliseconds, tally.milliseconds);
        totals.allocated = Math.max(totals.allocated, tally.allocated);
        for (const [name, times] of tally.outcomes)
          totals.outcomes.set(name, (totals.outcomes.get(name) ?? 0) + times);
        for (const failure of tally.failures) console.error(failure);
        failures.push(...tally.failures);
        if (performance.now() - told < 30_000) return;
        told = performance.now();
        console.log(`${totals.done} done after ${((told - began) / 1000).toFixed(0)} s`);
      });
      await new Promise<void>((resolve, reject) =>
        worker.once('error', reject).once('exit', () => resolve()),
      );
    }),
  );
  const seconds = (performance.now() - began) / 1000;
  const few = subject === 'fixes' ? tooFew(totals.outcomes, cases) : [];
  if (subject === 'fixes') console.log(tableOf(totals.outcomes));
  for (const line of few) console.error(line);
  const other = [...totals.outcomes].filter(([name]) => !/: (?:offered|declined)$/.test(name));
  for (const [name, times] of other.sort((a, b) => b[1] - a[1]))
    console.log(`${String(times).padStart(10)}  ${name}`);
  console.log(
    `${totals.done} cases in ${seconds.toFixed(0)} s, ${failures.length} failed; slowest ${totals.milliseconds.toFixed(1)} ms, ` +
      `most allocated ${(totals.allocated / 2 ** 20).toFixed(1)} MiB, process at most ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB`,
  );
  process.exitCode = failures.length > 0 || few.length > 0 || totals.done !== cases ? 1 : 0;
}

async function work({ subject, seed, from, to }: Share): Promise<void> {
  const { slowest } = subjects[subject];
  const judge = await subjects[subject].judge();
  const batch = 10_000;
  for (let start = from; start < to; start += batch) {
    const end = Math.min(to, start + batch);
    const outcomes = new Map<string, number>();
    const failures: string[] = [];
    let milliseconds = 0;
    let allocated = 0;
    for (let number = start; number < end; number++) {
      try {
        let result = await judge(seed, number);
        // A collection of garbage or the compiler may fall into a case: what is slow three times is slow.
        for (let again = 0; again < 2 && result.milliseconds > slowest; again++) {
          const repeated = await judge(seed, number);
          if (repeated.milliseconds < result.milliseconds) result = repeated;
        }
        if (result.milliseconds > slowest) throw new Error(`took ${result.milliseconds.toFixed(0)} ms`);
        milliseconds = Math.max(milliseconds, result.milliseconds);
        allocated = Math.max(allocated, result.allocated);
        for (const name of [result.outcome, ...(result.counts ?? [])])
          outcomes.set(name, (outcomes.get(name) ?? 0) + 1);
      } catch (error) {
        const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
        failures.push(`Case ${number} of seed ${seed}: ${text}`);
        outcomes.set('failed', (outcomes.get('failed') ?? 0) + 1);
      }
    }
    parentPort?.postMessage({
      done: end - start,
      outcomes,
      failures,
      milliseconds,
      allocated,
    } satisfies Tally);
  }
}
