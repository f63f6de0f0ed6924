import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readKept, writeDurably } from '../cloud/run/durable.ts';
import {
  beginTransfer,
  type KeptTransfer,
  refuseTransferOf,
  transferFile,
} from '../cloud/run/keptTransfer.ts';
import { closing } from '../cloud/run/notes.ts';
import { chooseByName } from '../cloud/run/plan.ts';
import {
  goOn,
  type Transfer,
  TransferFailed,
  type TransferState,
  whereabouts,
} from '../cloud/run/transfer.ts';
import { transferByData } from '../cloud/run/transferByData.ts';
import type { Image } from '../cloud/services/images.ts';
import { orNone } from '../cloud/session/errors.ts';
import { offers } from '../rules/profile/verbs.ts';
import type { Profile } from '../rules/rule.ts';
import { uuid } from '../rules/service/attributes.ts';
import { findingsOf } from '../workspace/judge.ts';
import { readProject } from '../workspace/settings.ts';
import { type Connected, connectionUsage } from './connection.ts';
import { progressOn } from './progress.ts';
import { connect, describe, type ExitCode, readArguments, runVerb, say, warn } from './verb.ts';

const usage = `cloud-images transfer IMAGE --from REGION --to REGION   copies an image of yours to another region

IMAGE is a UUID or the name of one image of yours. Steps: export, copy of the segments through this machine (each checked by
its MD5, those that are there already are left), import, and the name, properties and tags that you may set. Where it breaks
off, the same command goes on: how far it is stands in ~/.cloud-images/transfers. In plain OpenStack the image is downloaded
and uploaded.

  --from REGION      where the image is
  --to REGION        where it shall be
  --to-cloud NAME    of clouds.yaml: into another cloud
  --container C      in both regions; default image-transfers, made where it is missing
  --cleanup          removes the exported objects afterwards, and containers that were made for them
  --dry-run          says what would be done, changes nothing
  --json             for machines
${connectionUsage}
Ends with 0 where it is done, 1 where the cloud refused, 2 where it could not run.
`;

interface Options {
  readonly container: string;
  readonly cleanup: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
  readonly signal: AbortSignal;
}

/** `cloud-images transfer …`. Sets the process's exit code. */
export function main(args: readonly string[]): Promise<void> {
  return runVerb('transfer', usage, args, async (interrupt) => {
    const { values, positionals } = readArguments(args, {
      from: { type: 'string' },
      to: { type: 'string' },
      'to-cloud': { type: 'string' },
      container: { type: 'string', default: 'image-transfers' },
      cleanup: { type: 'boolean', default: false },
      'dry-run': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    });
    const [name, another] = positionals;
    const { from, to } = values;
    if (name === undefined || another !== undefined)
      throw new Error('Name one image: cloud-images transfer IMAGE --from DFW --to ORD.');
    if (from === undefined || to === undefined) throw new Error('Give --from REGION and --to REGION.');
    const toCloud = values['to-cloud'];
    if (from.toLowerCase() === to.toLowerCase() && toCloud === undefined)
      throw new Error(`The image is in ${from} already: --from and --to name the same region.`);
    const source = await connect({ ...values, region: from }, interrupt);
    const target =
      toCloud === undefined
        ? { ...source, cloud: source.cloud.inRegion(to) }
        : await connect({ cloud: toCloud, region: to, profile: values.profile }, interrupt);
    const options = {
      container: values.container,
      cleanup: values.cleanup,
      dryRun: values['dry-run'],
      json: values.json,
      signal: interrupt.signal,
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
  const { profile } = await readProject(
    join(process.cwd(), 'x'),
    process.cwd(),
    source.editor,
    source.published,
  );
  const path = transferFile(name, source, target);
  const kept = readKept(path) as KeptTransfer | undefined;
  const image = kept ? undefined : await imageOf(name, source, profile);
  const began = kept ?? beginTransfer(image ?? new Map(), source.cloud, target.cloud, options.container);
  const tell = (text: string): void => (options.json ? undefined : say(text));
  const byTasks = offers(profile, 'exportTask');
  tell(
    `${kept ? `going on with step '${began.step}': ` : ''}image ${String(began.image['id'])} (${String(began.image['name'])}), ${began.from} → ${began.to}`,
  );
  const refusal =
    image && byTasks
      ? await refuseTransferOf(image, source, { profile, container: options.container, judge: findingsOf })
      : undefined;
  if (refusal !== undefined) {
    say(options.json ? JSON.stringify({ refused: refusal }, null, 2) : `refused: ${refusal}`);
    return 1;
  }
  if (options.dryRun) {
    const what = byTasks
      ? ['export to', 'copy of the segments of', 'import from'].map((one) => `${one} ${began.container}`)
      : ['download', 'create and upload'];
    tell(
      `would be done: ${what.join(', ')}${byTasks ? ', name, properties and tags' : ''}${options.cleanup ? ', removal of the objects' : ''}`,
    );
    if (options.json) say(JSON.stringify({ ...began, dryRun: true }, null, 2));
    return 0;
  }
  return carryOut(began, path, byTasks, { source, target, profile, tell, options });
}

interface Surroundings {
  readonly source: Connected;
  readonly target: Connected;
  readonly profile: Profile;
  readonly tell: (text: string) => void;
  readonly options: Options;
}

async function carryOut(
  began: KeptTransfer,
  path: string,
  byTasks: boolean,
  { source, target, profile, tell, options }: Surroundings,
): Promise<ExitCode> {
  const { newId } = began;
  const progress = progressOn(process.stderr);
  let latest: TransferState = began;
  const work: Transfer = {
    source: source.cloud,
    target: target.cloud,
    profile,
    cleanup: options.cleanup,
    waiting: {
      interval: source.interval,
      signal: options.signal,
      changed: ({ status }) => progress.doing(status),
    },
    save: (state) => {
      latest = state;
      writeDurably(path, { ...state, newId });
    },
    say: (text) => {
      progress.end();
      tell(text);
    },
    progress: progress.report,
  };
  try {
    if (began.step === 'export') work.save(began);
    const done = byTasks
      ? await goOn(began, work)
      : await transferByData(began, { file: path.replace(/json$/, 'data'), id: newId }, work);
    progress.end();
    await rm(path, { force: true });
    if (options.json)
      say(JSON.stringify({ image: done.made, from: done.from, to: done.to, left: done.left ?? [] }, null, 2));
    tell(`done: image ${done.made} in ${done.to}`);
    for (const one of done.left ?? []) tell(`not taken along: ${one}`);
    if (byTasks && !options.cleanup)
      tell(
        `The objects ${done.container}/${String(done.image['id'])}.vhd stay in both regions; --cleanup removes them.`,
      );
    for (const line of closing.transfer) tell(line);
    return 0;
  } catch (error) {
    progress.end();
    warn(`cloud-images transfer: ${describe(error)}`);
    warn(`It stopped at the step '${latest.step}'. There is now:`);
    for (const line of whereabouts(latest, byTasks)) warn(`  ${line}`);
    warn(`The same command goes on from there; to give up, delete ${path}.`);
    return error instanceof TransferFailed ? 1 : 2;
  }
}

/** By UUID or by name. Throws where there is none, or several. */
async function imageOf(name: string, { cloud, caller }: Connected, profile: Profile): Promise<Image> {
  const byId = uuid.test(name) ? await orNone(cloud.images.get(name)) : undefined;
  if (byId) return byId;
  const found: Image[] = [];
  for await (const page of cloud.images.list({ name, owner: caller.account }))
    for (const image of page) found.push(image);
  const chosen = chooseByName(name, found, { caller, profile });
  if ('id' in chosen) return cloud.images.get(chosen.id);
  throw new Error(
    'none' in chosen ? `There is no image '${name}' of yours in ${cloud.region}.` : chosen.impossible,
  );
}
