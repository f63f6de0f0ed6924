import { join } from 'node:path';
import { isSound, planRun } from '../cloud/run/execute.ts';
import { chooseFlavor, copyParts, makeCopy, noteCopy, type OwnCopy } from '../cloud/run/servers/ownCopy.ts';
import { planText, stepJson } from '../cloud/run/show.ts';
import { noDisks } from '../cloud/run/steps.ts';
import type { Image } from '../cloud/services/images.ts';
import { type ExitCode, exitCodesUsage, UsageError } from '../commandLine.ts';
import { asText } from '../rules/json.ts';
import type { Profile } from '../rules/profile/profile.ts';
import { type Connected, connectionUsage } from './connection.ts';
import { findVisibleImage } from './findImage.ts';
import { openFolder } from './parts.ts';
import { openProgress } from './progress.ts';
import { openJournal, openPorts, planExitCode, type RunOptions, runExitCode, stoppedText } from './run.ts';
import { ask, connect, readArguments, requireAnswers, runVerb, say, sayPlan } from './verb.ts';

const usage = `cloud-images copy IMAGE   makes an image of your own of one that is shared with you or public

IMAGE is a UUID, or the name of an image that you see. A server is built from it, an image is made of the server, and the
server is deleted: the copy is yours to change, share and export. Licences of the image stay with the copy; with them it
cannot be exported either. Ctrl+C deletes the server too.

  --name NAME        of the copy; by default that of IMAGE
  --flavor ID        of the server; by default the smallest that the image fits
${connectionUsage}
  --json             for machines
  --yes              without asking
  --dry-run          shows what would be done, changes nothing

${exitCodesUsage}
  cloud-images copy 'Ubuntu 22.04' --name 'My Ubuntu' --emulator
  cloud-images copy ca5e7f11-5d57-4dd7-8ace-03ab647fe6c6 --flavor general1-2 --cloud production
`;

/** `cloud-images copy …`. Sets the process's exit code. */
export function main(args: readonly string[]): Promise<void> {
  return runVerb('copy', usage, args, async (interrupt) => {
    const { values, positionals } = readArguments(args, {
      name: { type: 'string' },
      flavor: { type: 'string' },
      json: { type: 'boolean', default: false },
      yes: { type: 'boolean', default: false },
      'dry-run': { type: 'boolean', default: false },
    });
    const [wanted, another] = positionals;
    if (wanted === undefined || another !== undefined)
      throw new UsageError('Name one image: cloud-images copy IMAGE.');
    const options: RunOptions = {
      json: values.json,
      yes: values.yes,
      dryRun: values['dry-run'],
      compares: false,
      verbose: values.verbose,
      image: undefined,
      segmentBytes: undefined,
      signal: interrupt.signal,
    };
    requireAnswers(options);
    const connected = await connect(values, interrupt);
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
  const { json, dryRun, yes, signal } = options;
  const progress = openProgress(process.stderr);
  const parts = copyParts(copy, profile);
  const ports = openPorts(connected, options, noDisks, progress);
  const plan = await planRun(parts, ports, connected.caller);
  if (!json) {
    sayPlan(planText(plan.steps));
    for (const note of noteCopy(copy)) say(note);
  }
  if (dryRun || !isSound(plan.steps)) {
    if (json) say(JSON.stringify({ steps: plan.steps.map(stepJson), notes: noteCopy(copy) }, null, 2));
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
    say,
    confirm: async () => yes || ask('Go on?', signal),
  });
  progress.end();
  const image = stopped ? undefined : done.findLast(({ step }) => step.type === 'server-image')?.result;
  const why = stopped && stoppedText(stopped);
  if (json) say(JSON.stringify({ ...(image ? { image } : {}), ...(why ? { stopped: why } : {}) }, null, 2));
  else if (image !== undefined) say(`Copied as ${image} ('${copy.name}'). The server is deleted.`);
  else sayPlan(`${why}\nNothing is left of it.`);
  return runExitCode(stopped);
}
