import { observeRequests } from '../cloud/run/call.ts';
import { claim } from '../cloud/run/claims.ts';
import { findJournal, listHoldings, openMadeJournal, readLeft, removeMade } from '../cloud/run/disposable.ts';
import { type ExitCode, exitCodes } from '../commandLine.ts';
import { CommandError } from '../verbs/errors.ts';
import { type Connected, connectBy } from './connection.ts';
import { isFailure, readExpectations } from './expectations.ts';
import { openFolder, readParts } from './parts.ts';
import { openProgress } from './progress.ts';
import { type Rehearsal, type Rehearsed, rehearse } from './rehearsal.ts';
import { openPorts } from './run.ts';
import { connect, type VerbRun } from './verb.ts';

export interface CloudRehearsal {
  readonly choice: Parameters<typeof connect>[0];
  readonly paths: readonly string[];
  /** Removes what an earlier run has left, and no more. */
  readonly clean: boolean;
  readonly tell: (text: string) => void;
  readonly told: (one: Rehearsed) => void;
  readonly ended: (rehearsal: Rehearsal) => void;
}

/** Rehearses in a project of a real cloud that holds nothing, and removes what it made there: by its journal, never by a list. */
export async function rehearseInCloud(
  { choice, paths, clean, tell, told, ended }: CloudRehearsal,
  running: VerbRun,
): Promise<ExitCode> {
  const connected = await connect(choice, running);
  const { cloud, caller, place } = connected;
  const path = findJournal(place, cloud.region, caller.account);
  const claimed = claim(path);
  if ('heldBy' in claimed)
    throw new CommandError(
      'rehearse/under-way',
      `The project ${caller.account} is in use: ${claimed.heldBy} rehearses there. Wait for its end, or take another project.`,
    );
  try {
    return await rehearseAlone({ choice, paths, clean, tell, told, ended }, connected, path, running);
  } finally {
    claimed.release();
  }
}

async function rehearseAlone(
  { choice, paths, clean, tell, told, ended }: CloudRehearsal,
  connected: Connected,
  path: string,
  running: VerbRun,
): Promise<ExitCode> {
  const { cloud, caller } = connected;
  const earlier = readLeft(path);
  if (earlier && !(await tidy(path, connected, tell))) return exitCodes.failed;
  if (clean) {
    tell(earlier ? 'What the earlier rehearsal had made is gone.' : 'There is nothing to clean.');
    return exitCodes.done;
  }
  await requireEmptyProject(connected);
  const read = await readParts(paths, openFolder(connected.editor, connected.published));
  const { parts, workspace } = read;
  const expectations = await readExpectations(read, paths);
  const journal = openMadeJournal(path, cloud.region, caller.account);
  const kept = journal.keep(cloud);
  const progress = openProgress(process.stderr);
  const options = { isSilent: true, image: undefined, segmentBytes: undefined, signal: running.signal };
  const ports = openPorts({ ...connected, cloud: kept }, options, workspace, progress);
  let isFailed = false;
  let isClean = false;
  try {
    const rehearsal = await rehearse(
      parts,
      (seen) => ({ ...ports, cloud: observeRequests(kept, seen) }),
      caller,
      (one) => {
        progress.end();
        told(one);
      },
      expectations,
    );
    ended(rehearsal);
    isFailed = rehearsal.documents.some(isFailure);
  } finally {
    progress.end();
    // What is interrupted reads no more; cleaning goes on.
    isClean = await tidy(path, await connectBy(choice), tell);
  }
  running.signal.throwIfAborted();
  return isFailed || !isClean ? exitCodes.failed : exitCodes.done;
}

/** Answers whether all is gone. */
async function tidy(
  path: string,
  { cloud, interval }: Connected,
  tell: (text: string) => void,
): Promise<boolean> {
  const left = await removeMade(path, cloud, { interval, changed: () => undefined });
  for (const why of left) tell(why);
  if (left.length > 0) tell(`Kept in ${path}. Remove that file once you have seen to it yourself.`);
  return left.length === 0;
}

async function requireEmptyProject({ cloud, caller }: Connected): Promise<void> {
  const found = await listHoldings(cloud);
  if (found.length === 0) return;
  const more = found.length > 3 ? ` and ${found.length - 3} more` : '';
  throw new CommandError(
    'rehearse/not-empty',
    `The project ${caller.account} holds ${found.slice(0, 3).join(', ')}${more}. Rehearse in one that is empty.`,
  );
}
