import { type ConnectionChoice, readUndo } from '../cloud/run/undo.ts';
import { type ExitCode, UsageError } from '../commandLine.ts';
import type { Kind } from '../rules/facts.ts';
import { applyVerb, importVerb, planVerb } from '../verbs/apply.ts';
import type { Values } from '../verbs/definition.ts';
import { pickChoice } from './connection.ts';
import { listPolicies } from './guard.ts';
import { readBytes } from './options.ts';
import { openFolder, readParts } from './parts.ts';
import { findPlan, requirePlanPlace } from './planFiles.ts';
import { type ApplyOptions, run, selectFiles, undo } from './run.ts';
import { applyPlan, showPlan } from './savedPlans.ts';
import { connect, requireAnswers, runVerb, type VerbRun } from './verb.ts';

export function plan(args: readonly string[]): Promise<void> {
  return runVerb(planVerb, args, async ({ values, positionals }, given) => {
    if (values.show !== undefined) {
      if (positionals.length > 0) throw new UsageError('--show takes no manifests.');
      return showPlan(values.show, given);
    }
    requirePaths('plan', positionals);
    refusePlan(positionals);
    const options = { ...values, yes: false, 'dry-run': true, 'allow-delete': false };
    return runPaths('plan', options, positionals, given);
  });
}

export function importDisks(args: readonly string[]): Promise<void> {
  return runVerb(importVerb, args, async ({ values, positionals }, given) => {
    requirePaths('import', positionals);
    refusePlan(positionals);
    return runPaths('import', values, positionals, given, 'import');
  });
}

export function apply(args: readonly string[]): Promise<void> {
  return runVerb(applyVerb, args, async ({ values, positionals }, given) => {
    const options = readApplyOptions('apply', values, given);
    if (values.undo !== undefined) {
      if (positionals.length > 0)
        throw new UsageError('--undo takes no manifests: cloud-images apply --undo FILE.');
      const file = readUndo(values.undo);
      const choice = chooseAgain({ ...file.choice, region: file.region }, values);
      return undo(values.undo, file, await connect(choice, given), options);
    }
    requirePaths('apply', positionals);
    requireAnswers(options);
    const [path = '', another] = positionals;
    const kept = another === undefined ? findPlan(path) : undefined;
    if (kept) {
      const connected = await connect(chooseAgain(kept.choice, values), given);
      return applyPlan(kept, path, connected, { ...options, resume: values.resume });
    }
    const among = positionals.find(findPlan);
    if (among !== undefined) throw new UsageError(`${among} is a plan, and a plan is applied alone.`);
    if (values.resume) throw new UsageError('--resume takes the file of one plan.');
    return runPaths('apply', values, positionals, given);
  });
}

type RunValues = Values<typeof importVerb.options> & { readonly output?: string | undefined };

async function runPaths(
  name: 'plan' | 'apply' | 'import',
  values: RunValues,
  positionals: readonly string[],
  given: VerbRun,
  must?: Kind,
): Promise<ExitCode> {
  const options = readApplyOptions(name, values, given);
  requireAnswers(options);
  if (options.output !== undefined) requirePlanPlace(options.output);
  const connected = await connect(values, given);
  const read = await readParts(positionals, openFolder(connected.editor, connected.published));
  return run(must ? selectFiles(read, must) : read, connected, options);
}

function requirePaths(name: string, positionals: readonly string[]): void {
  if (positionals.length === 0) throw new UsageError(`Name the manifests: cloud-images ${name} PATH….`);
}

/** Throws where a path is a plan that was kept, which `apply` alone carries out. */
function refusePlan(paths: readonly string[]): void {
  const path = paths.find(findPlan);
  if (path !== undefined)
    throw new UsageError(`${path} is a plan. Show it: cloud-images plan --show ${path}.`);
}

function readApplyOptions(
  name: string,
  values: RunValues,
  { signal, isQuiet, report }: VerbRun,
): ApplyOptions {
  return {
    json: values.json,
    isSilent: values.json || isQuiet,
    report,
    yes: values.yes,
    dryRun: values['dry-run'],
    compares: name !== 'import',
    verbose: values.verbose,
    image: values.image,
    segmentBytes: readBytes('--segment-size', values['segment-size']),
    allowDelete: values['allow-delete'],
    policies: listPolicies(values.policy),
    output: values.output,
    signal,
  };
}

/** The connection of an earlier run, unless another is asked for. */
function chooseAgain(before: ConnectionChoice, values: ConnectionChoice): ConnectionChoice {
  const asked = pickChoice(values);
  const elsewhere = asked.cloud !== undefined || asked.emulator !== undefined;
  return elsewhere ? { region: before.region, ...asked } : { ...before, ...asked };
}
