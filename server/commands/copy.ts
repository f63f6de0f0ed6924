import { join } from 'node:path';
import { isSound, planRun } from '../cloud/run/execute.ts';
import { chooseFlavor, copyParts, makeCopy, noteCopy, type OwnCopy } from '../cloud/run/servers/ownCopy.ts';
import { planText, stepJson } from '../cloud/run/show.ts';
import { noDisks } from '../cloud/run/steps.ts';
import type { Image } from '../cloud/services/images.ts';
import { type ExitCode, UsageError } from '../commandLine.ts';
import { asText } from '../rules/json.ts';
import type { Profile } from '../rules/profile/profile.ts';
import { copyVerb } from '../verbs/images.ts';
import type { Connected } from './connection.ts';
import { findVisibleImage } from './findImage.ts';
import { openFolder } from './parts.ts';
import { openProgress } from './progress.ts';
import { openJournal, openPorts, planExitCode, type RunOptions, runExitCode, stoppedText } from './run.ts';
import { ask, connect, requireAnswers, runVerb, say, sayPlan, warn } from './verb.ts';

/** `cloud-images copy …`. Sets the process's exit code. */
export function main(args: readonly string[]): Promise<void> {
  return runVerb(copyVerb, args, async ({ values, positionals }, given) => {
    const [wanted, another] = positionals;
    if (wanted === undefined || another !== undefined)
      throw new UsageError('Name one image: cloud-images copy IMAGE.');
    const options: RunOptions = {
      json: values.json,
      isSilent: values.json || given.isQuiet,
      report: given.report,
      yes: values.yes,
      dryRun: values['dry-run'],
      compares: false,
      verbose: values.verbose,
      image: undefined,
      segmentBytes: undefined,
      signal: given.signal,
    };
    requireAnswers(options);
    const connected = await connect(values, given);
    const { profile } = await openFolder(connected.editor, connected.published).project(
      join(process.cwd(), 'any'),
    );
    const source = await findVisibleImage(wanted, connected);
    const copy: OwnCopy = {
      source,
      name: values.name ?? asText(source.get('name') ?? wanted),
      flavor: values.flavor ?? (await pickFlavor(source, connected, profile)),
    };
    return run(copy, connected, profile, options);
  });
}

async function pickFlavor(source: Image, { cloud, caller }: Connected, profile: Profile): Promise<string> {
  const found = chooseFlavor(source, await cloud.servers.flavors(), { profile, caller });
  if (found) return found.id;
  throw new Error(
    `No flavor of ${cloud.region} takes the image ${asText(source.get('id') ?? '')}. Name one with --flavor to hear why.`,
  );
}

async function run(
  copy: OwnCopy,
  connected: Connected,
  profile: Profile,
  options: RunOptions,
): Promise<ExitCode> {
  const { json, isSilent, report, dryRun, yes, signal } = options;
  const progress = openProgress(process.stderr);
  const parts = copyParts(copy, profile);
  const ports = openPorts(connected, options, noDisks, progress);
  const plan = await planRun(parts, ports, connected.caller);
  const sound = isSound(plan.steps);
  if (!isSilent || (!json && !sound)) {
    sayPlan(planText(plan.steps));
    for (const note of noteCopy(copy)) say(note);
  }
  if (dryRun || !sound) {
    report({ steps: plan.steps.map(stepJson), notes: noteCopy(copy) });
    return planExitCode(plan.steps, false);
  }
  if (!yes && !(await ask('Copy this?', signal))) {
    say('Nothing was changed.');
    return 0;
  }
  const journal = openJournal(connected, [asText(copy.source.get('id') ?? '')]);
  const { done, stopped } = await makeCopy(parts, plan, {
    ports,
    journal,
    say: (text) => (json ? warn(text) : isSilent ? undefined : say(text)),
    confirm: async () => yes || ask('Go on?', signal),
  });
  progress.end();
  const image = stopped ? undefined : done.findLast(({ step }) => step.type === 'server-image')?.result;
  const why = stopped && stoppedText(stopped);
  report({ ...(image ? { image } : {}), ...(why ? { stopped: why } : {}) });
  if (image === undefined && !json) sayPlan(`${why}\nNothing is left of it.`);
  else if (!isSilent) say(`Copied as ${image} ('${copy.name}'). The server is deleted.`);
  return runExitCode(stopped);
}
