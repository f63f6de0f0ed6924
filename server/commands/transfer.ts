import { join } from 'node:path';
import { closingNotes } from '../cloud/run/closingNotes.ts';
import {
  type PreparedTransfer,
  prepareTransfer,
  runTransfer,
  TransferStopped,
} from '../cloud/run/keptTransfer.ts';
import { describeRemains, type TransferState } from '../cloud/run/transfer.ts';
import type { Image } from '../cloud/services/images.ts';
import { type ExitCode, exitCodes, UsageError } from '../commandLine.ts';
import { exportedObject } from '../rules/families/export.ts';
import { transferVerb } from '../verbs/images.ts';
import type { Output } from '../verbs/run.ts';
import { type Connected, describeProfile } from './connection.ts';
import { findImage } from './findImage.ts';
import { openFolder } from './parts.ts';
import { openProgress } from './progress.ts';
import { ask, askText, connect, describe, requireAnswers, runVerb, say, warn } from './verb.ts';

interface Options {
  readonly container: string;
  readonly cleanup: boolean;
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly json: boolean;
  readonly isSilent: boolean;
  readonly report: Output['report'];
  readonly signal: AbortSignal;
}

/** `cloud-images transfer …`. Sets the process's exit code. */
export function main(args: readonly string[]): Promise<void> {
  return runVerb(transferVerb, args, async ({ values, positionals }, running) => {
    const [given, another] = positionals;
    const asks = !values.yes && !values.json && process.stdin.isTTY;
    const complete = async (value: string | undefined, question: string): Promise<string | undefined> =>
      value ?? (asks ? await askText(question, running.signal) : undefined);
    const name = another === undefined ? await complete(given, 'Which image (name or UUID)?') : undefined;
    const from = name === undefined ? values.from : await complete(values.from, 'From which region?');
    const to = name === undefined ? values.to : await complete(values.to, 'To which region?');
    requireAnswers({ json: values.json, yes: values.yes, dryRun: values['dry-run'] });
    if (name === undefined)
      throw new UsageError('Name one image: cloud-images transfer IMAGE --from DFW --to ORD.');
    if (from === undefined || to === undefined) throw new UsageError('Give --from REGION and --to REGION.');
    const toCloud = values['to-cloud'];
    if (from.toLowerCase() === to.toLowerCase() && toCloud === undefined)
      throw new UsageError(`The image is in ${from} already: --from and --to name the same region.`);
    const source = await connect({ ...values, region: from }, running);
    const target =
      toCloud === undefined
        ? { ...source, cloud: source.cloud.inRegion(to) }
        : await connect({ cloud: toCloud, region: to, profile: values.profile }, running);
    const options = {
      container: values.container,
      cleanup: values.cleanup,
      dryRun: values['dry-run'],
      yes: values.yes,
      json: values.json,
      isSilent: values.json || running.isQuiet,
      report: running.report,
      signal: running.signal,
    };
    return transfer(name, source, target, options);
  });
}

async function transfer(
  name: string,
  source: Connected,
  target: Connected,
  options: Options,
): Promise<ExitCode> {
  const { profile } = await openFolder(source.editor, source.published).project(join(process.cwd(), 'any'));
  const { container, dryRun, yes, json, isSilent, report, signal } = options;
  const image = (): Promise<Image> => findImage(name, source, profile);
  const prepared = await prepareTransfer({
    name,
    image,
    source,
    target,
    container,
    profile,
    caller: source.caller,
  });
  const { state, resumed, byTasks, refusal } = prepared;
  const tell = (text: string): void => (isSilent ? undefined : say(text));
  tell(
    `${resumed ? `resuming at step '${state.step}': ` : ''}image ${String(state.image['id'])} (${String(state.image['name'])}), ${state.from} → ${state.to}`,
  );
  if (refusal !== undefined) {
    report({ refused: refusal });
    if (!json) say(`refused: ${refusal}`);
    tell(describeProfile(source, profile.name));
    return 1;
  }
  const asksCleanup = byTasks && !options.cleanup && !dryRun && !yes && process.stdin.isTTY;
  const cleanup = asksCleanup
    ? await ask('Remove the exported objects afterwards?', signal)
    : options.cleanup;
  const steps = byTasks
    ? ['export to', 'copy of the segments of', 'import from'].map((step) => `${step} ${state.container}`)
    : ['download', 'create and upload'];
  tell(
    `${dryRun ? 'would' : 'will'} be done: ${steps.join(', ')}${byTasks ? ', name, properties and tags' : ''}${cleanup ? ', removal of the objects' : ''}`,
  );
  if (!dryRun) {
    if (yes || (await ask('Transfer this?', signal)))
      return run(prepared, source.interval, tell, { ...options, cleanup });
    say('Nothing was changed.');
  } else report({ ...state, dryRun: true });
  return exitCodes.done;
}

/** Names what a transfer does next, for its progress. */
function labelStep({ step }: TransferState, byTasks: boolean): string {
  const [exporting, importing] = byTasks ? ['exporting', 'importing'] : ['downloading', 'uploading'];
  return {
    export: exporting,
    copy: 'copying the segments',
    import: importing,
    properties: 'setting the properties',
    cleanup: 'removing the objects',
    done: 'done',
  }[step];
}

async function run(
  prepared: PreparedTransfer,
  interval: number,
  tell: (text: string) => void,
  { cleanup, report, signal }: Options,
): Promise<ExitCode> {
  const { byTasks, path } = prepared;
  const progress = openProgress(process.stderr);
  progress.doing(labelStep(prepared.state, byTasks));
  try {
    const {
      image,
      made,
      from,
      to,
      container,
      left = [],
    } = await runTransfer(prepared, {
      cleanup,
      waiting: { interval, signal, changed: ({ type, status }) => progress.doing(`${type}: ${status}`) },
      kept: (state) => progress.doing(labelStep(state, byTasks)),
      say: (text) => {
        progress.end();
        tell(text);
      },
      progress: progress.report,
    });
    progress.end();
    report({ image: made, from, to, left });
    tell(`done: image ${made} in ${to}`);
    for (const name of left) tell(`not copied: ${name}`);
    if (byTasks && !cleanup)
      tell(
        `The objects ${container}/${exportedObject(String(image['id']))} stay in both regions; --cleanup removes them.`,
      );
    for (const line of closingNotes.transfer) tell(line);
    return 0;
  } catch (error) {
    progress.end();
    if (!(error instanceof TransferStopped)) throw error;
    report({
      stopped: describe(error.cause),
      step: error.state.step,
      left: describeRemains(error.state, byTasks),
    });
    warn(`cloud-images transfer: ${describe(error.cause)}`);
    warn(`It stopped at the step '${error.state.step}'. There is now:`);
    for (const line of describeRemains(error.state, byTasks)) warn(`  ${line}`);
    warn(`Run the same command to resume; to give up, delete ${path}.`);
    return signal.aborted ? exitCodes.interrupted : exitCodes.failed;
  }
}
