import { type ConnectionChoice, readUndo } from '../cloud/run/undo.ts';
import { exitCodesUsage, UsageError } from '../commandLine.ts';
import type { Kind } from '../rules/facts.ts';
import { connectionUsage, pickChoice } from './connection.ts';
import { guardUsage, listPolicies } from './guard.ts';
import { readBytes } from './options.ts';
import { openFolder, readParts } from './parts.ts';
import { findPlan } from './planFiles.ts';
import { type ApplyOptions, run, selectFiles, undo } from './run.ts';
import { applyPlan, showPlan } from './savedPlans.ts';
import { connect, readArguments, requireAnswers, runVerb } from './verb.ts';

const common = `${connectionUsage}
  --image ID         the image that patches and exports without one of their own mean
  --segment-size N   bytes; larger disks are uploaded in segments of this size; without it, above 5 GB by 1 GB
  --json             for machines
`;

const usages = {
  plan: `cloud-images plan PATH…   what applying manifests would change, and what the cloud would refuse of it
cloud-images plan --show FILE   shows a plan that was kept, also one that is stale

Paths are manifests, or folders of them. Only the keys that a manifest states count; one that equals the live value is
nothing to do. Nothing is changed.

${common}  -o, --output FILE  keeps the plan: its exact calls and what they rest on, without secrets; 'apply FILE' makes those calls
  --policy COMMAND   is given the plan as JSON; anything but exit code 0 refuses it with what it says. So does that of
                     the variable CLOUD_IMAGES_POLICY
  --detailed-exitcode  ends with 2 where something differs, as it always does

${exitCodesUsage}
  cloud-images plan web.image.yaml --cloud production
  cloud-images plan manifests --emulator --json
  cloud-images plan manifests --cloud production -o release.plan.json
`,
  apply: `cloud-images apply PATH…      makes the changes of manifests, after showing them
cloud-images apply PLAN       makes the calls of a plan that was kept by 'plan -o', and no others
cloud-images apply --undo FILE   undoes an apply

Manifests are run in the order of their files and documents, those of a folder behind what they need; documents after one
that makes an image or a server apply to what it makes. Ends at the first refusal. How to undo it is kept in ~/.cloud-images/undo before each call.
A kept plan needs no manifests. It is applied once, and only while all that it rests on is as it was: that is read again before
each call, and what has moved is named.

${common}  --yes              without asking
  --dry-run          shows the plan, changes nothing
${guardUsage}  --resume           goes on with a plan that broke off, after looking for what was sent last
  --undo FILE        undoes what FILE says
Ctrl+C ends it after the call that is under way, and says what was done and what not.

${exitCodesUsage}
  cloud-images apply web.image.yaml --cloud production
  cloud-images apply manifests --emulator --yes
  cloud-images apply release.plan.json --yes --allow-delete
  cloud-images apply --undo ~/.cloud-images/undo/FILE
`,
  import: `cloud-images import PATH…   imports the disks of import manifests as images

Uploads a disk where the container does not hold an equal one, asks for the task, waits for its end, and says what became
of it. Documents behind an import in its file apply to its image. In plain OpenStack the image is created and uploaded.

${common}  --yes              without asking
  --dry-run          shows what would be done, changes nothing
${guardUsage}
${exitCodesUsage}
  cloud-images import web.image-import.yaml --emulator
  cloud-images import web.image-import.yaml --cloud production --dry-run
`,
} as const;

const verbOptions = {
  image: { type: 'string' },
  'segment-size': { type: 'string' },
  json: { type: 'boolean', default: false },
  yes: { type: 'boolean', default: false },
  'dry-run': { type: 'boolean', default: false },
  undo: { type: 'string' },
  output: { type: 'string', short: 'o' },
  show: { type: 'string' },
  'detailed-exitcode': { type: 'boolean', default: false },
  'allow-delete': { type: 'boolean', default: false },
  policy: { type: 'string' },
  resume: { type: 'boolean', default: false },
} as const;

/** The options that are one verb's own. */
const ownOptions = { output: 'plan', show: 'plan', undo: 'apply', resume: 'apply' } as const;

export const plan = (args: readonly string[]): Promise<void> => verb('plan', args);
export const apply = (args: readonly string[]): Promise<void> => verb('apply', args);
export const importDisks = (args: readonly string[]): Promise<void> => verb('import', args, 'import');

function verb(name: keyof typeof usages, args: readonly string[], must?: Kind): Promise<void> {
  return runVerb(name, usages[name], args, async (interrupt) => {
    const { values, positionals } = readArguments(args, verbOptions);
    for (const [option, verbOf] of Object.entries(ownOptions))
      if (verbOf !== name && values[option as keyof typeof ownOptions])
        throw new UsageError(`--${option} is for ${verbOf}.`);
    if (values.show !== undefined) {
      if (positionals.length > 0) throw new UsageError('--show takes no manifests.');
      return showPlan(values.show, values.json);
    }
    const options: ApplyOptions = {
      json: values.json,
      yes: values.yes,
      dryRun: values['dry-run'] || name === 'plan',
      compares: name !== 'import',
      verbose: values.verbose,
      image: values.image,
      segmentBytes: readBytes('--segment-size', values['segment-size']),
      allowDelete: values['allow-delete'],
      policies: listPolicies(values.policy),
      output: values.output,
      signal: interrupt.signal,
    };
    if (values.undo !== undefined) {
      if (name !== 'apply' || positionals.length > 0)
        throw new UsageError('--undo takes no manifests: cloud-images apply --undo FILE.');
      const file = readUndo(values.undo);
      const choice = chooseAgain({ ...file.choice, region: file.region }, values);
      return undo(values.undo, file, await connect(choice, interrupt), options);
    }
    if (positionals.length === 0) throw new UsageError(`Name the manifests: cloud-images ${name} PATH….`);
    requireAnswers(options);
    const [path = '', another] = positionals;
    const kept = another === undefined ? findPlan(path) : undefined;
    if (kept) {
      if (name !== 'apply')
        throw new UsageError(`${path} is a plan. Show it: cloud-images plan --show ${path}.`);
      const choice = chooseAgain(kept.choice, values);
      return applyPlan(kept, path, await connect(choice, interrupt), { ...options, resume: values.resume });
    }
    if (values.resume) throw new UsageError('--resume takes the file of one plan.');
    const connected = await connect(values, interrupt);
    const read = await readParts(positionals, openFolder(connected.editor, connected.published));
    const parts = must ? selectFiles(read, must) : read;
    return run(parts, connected, options);
  });
}

/** The connection of an earlier run, unless another is asked for. */
function chooseAgain(before: ConnectionChoice, values: ConnectionChoice): ConnectionChoice {
  const asked = pickChoice(values);
  const elsewhere = asked.cloud !== undefined || asked.emulator !== undefined;
  return elsewhere ? { region: before.region, ...asked } : { ...before, ...asked };
}
