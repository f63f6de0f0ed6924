import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parentPort, Worker } from 'node:worker_threads';
import { type Judge, type Manner, openJudge, type Report } from './judge.ts';

/** Fewer files than this for each further thread are judged sooner without it. */
const worthAThread = 150;
const batch = 32;

interface Reply {
  readonly reports?: readonly Report[];
  readonly failed?: string;
}

/** The reports on files, in their order, judged on all cores where they are many. Rejects with the first that cannot be read. */
export async function judgeFiles(files: readonly string[], judge: Judge, manner: Manner): Promise<Report[]> {
  const threads = Math.min(availableParallelism(), Math.floor(files.length / worthAThread));
  // A cloud is asked from one thread, which knows what it has said.
  if (threads < 2 || manner.live) return inTurn(files, judge);
  const batches = Array.from({ length: Math.ceil(files.length / batch) }, (_, at) =>
    files.slice(at * batch, (at + 1) * batch),
  );
  // A thread of the same command, which serves instead.
  const program = join(import.meta.dirname, import.meta.filename.endsWith('.ts') ? '../cli.ts' : 'cli.js');
  const waiting = batches.entries();
  const reports: (readonly Report[])[] = [];
  const workers = Array.from({ length: threads }, () => {
    const worker = new Worker(program, { argv: ['lint'], workerData: manner });
    return { worker, done: serve(worker) };
  });
  try {
    await Promise.all(workers.map(({ done }) => done));
  } finally {
    await Promise.all(workers.map(({ worker }) => worker.terminate()));
  }
  return reports.flat();

  function serve(worker: Worker): Promise<void> {
    return new Promise((resolve, reject) => {
      let at = 0;
      const next = () => {
        const { value, done } = waiting.next();
        if (done) return resolve();
        at = value[0];
        worker.postMessage(value[1]);
      };
      worker.once('error', reject);
      worker.on('message', ({ reports: found, failed }: Reply) => {
        if (failed !== undefined) return reject(new Error(failed));
        reports[at] = found ?? [];
        next();
      });
      next();
    });
  }
}

/** Judges the files that a worker is sent, and answers with the reports. */
export function serveWorker(manner: Manner): void {
  const judge = openJudge(manner);
  parentPort?.on('message', (files: readonly string[]) => {
    inTurn(files, judge).then(
      (reports) => parentPort?.postMessage({ reports } satisfies Reply),
      (error) =>
        parentPort?.postMessage({
          failed: error instanceof Error ? error.message : String(error),
        } satisfies Reply),
    );
  });
}

async function inTurn(files: readonly string[], judge: Judge): Promise<Report[]> {
  const reports: Report[] = [];
  for (const path of files) reports.push(await judge.file(path));
  return reports;
}
