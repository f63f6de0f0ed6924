import { randomUUID } from 'node:crypto';
import { existsSync, rmSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { exitCodes, UsageError } from '../commandLine.ts';
import { fileSource } from '../disks/fileSource.ts';
import { openVhd } from '../disks/format/vhd.ts';
import { applyRepair, planRepair, undoRepair } from '../disks/repair.ts';
import { describeDisk } from '../disks/report.ts';
import { printable } from '../plainText.ts';
import type { Profile } from '../rules/profile/profile.ts';
import { profiles, withLimits } from '../rules/profile/table.ts';
import type { Arguments } from '../verbs/definition.ts';
import { CommandError } from '../verbs/errors.ts';
import { explainReading } from '../verbs/fileErrors.ts';
import { diskVerb } from '../verbs/files.ts';
import { judgeDisk } from '../workspace/judgeDisk.ts';
import { runBriefVerb } from './verb.ts';

interface Options {
  readonly file: string;
  readonly json: boolean;
  readonly action: 'repair' | 'undo' | undefined;
  readonly profiles: readonly Profile[];
}

/** The change that was made to a disk before it was judged. */
interface Done {
  readonly repaired?: readonly string[];
  readonly undo?: string;
  readonly undone?: true;
}

/** `cloud-images disk …`. Sets the process's exit code. */
export function main(args: readonly string[]): Promise<void> {
  return runBriefVerb(diskVerb, args, async (given, { isQuiet, report }) => {
    const options = readOptions(given);
    checkFile(options.file);
    const say = (text: string): void =>
      void (options.json || isQuiet || process.stdout.write(`${printable(text)}\n`));
    const done =
      options.action === 'repair'
        ? await repair(options, say)
        : options.action === 'undo'
          ? takeBack(options, say)
          : {};
    const { text, json } = await describeDisk(options.file, (facts) =>
      options.profiles.map((profile) => judgeDisk(facts, basename(facts.name), profile)),
    );
    const isAccepted = json.verdicts[0]?.accepted === true;
    report({ ...json, ...done });
    if (!options.json && !(isQuiet && isAccepted)) process.stdout.write(printable(text));
    return isAccepted ? exitCodes.done : exitCodes.failed;
  });
}

function readOptions({ values, positionals }: Arguments<typeof diskVerb.options>): Options {
  const [file, another] = positionals;
  if (file === undefined) throw new UsageError('Name the disk: cloud-images disk FILE.');
  if (another !== undefined) throw new UsageError(`Name one disk only; '${another}' is a second one.`);
  if (values.repair && values.undo) throw new UsageError('Use either --repair or --undo.');
  const { limit, profile } = values;
  const bytes = Number(limit);
  if (limit !== undefined && !(/^\d+$/.test(limit) && bytes > 0 && bytes % 512 === 0 && bytes < 2 ** 53))
    throw new UsageError(
      `--limit takes bytes, a multiple of 512 such as 171798691840 for 160 GB, not '${limit}'.`,
    );
  const limits = limit === undefined ? {} : { importVirtualBytes: bytes, importPhysicalBytes: bytes };
  return {
    file,
    json: values.json,
    action: values.repair ? 'repair' : values.undo ? 'undo' : undefined,
    profiles: (profile ? [profiles[profile]] : [profiles.rackspace, profiles.openstack]).map((one) =>
      withLimits(one, limits),
    ),
  };
}

function checkFile(file: string): void {
  const found = explainErrors(file, () => statSync(file));
  if (!found.isFile()) throw new Error(`${file} is not a file. Name the disk's file.`);
  explainErrors(file, () => fileSource(file)).close();
}

/** The system's refusals as a sentence with a remedy. */
function explainErrors<T>(file: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw explainReading(error, file) ?? error;
  }
}

async function repair({ file, profiles: [profile] }: Options, say: (text: string) => void): Promise<Done> {
  const source = fileSource(file);
  const plan = await openVhd(source)
    .then((vhd) => {
      const uuid = Buffer.from(randomUUID().replaceAll('-', ''), 'hex');
      const limit = (profile ?? profiles.rackspace).limits.importVirtualBytes;
      return vhd && planRepair(vhd, uuid, limit, Date.now());
    })
    .finally(() => source.close());
  if (!plan || plan.steps.length === 0) {
    say('Nothing can be repaired without guessing. The disk is unchanged.');
    return { repaired: [] };
  }
  const undo = `${file}.undo`;
  if (existsSync(undo))
    throw new CommandError(
      'file/exists',
      `${undo} exists from an earlier repair. Undo that with --undo, or move the file.`,
    );
  for (const step of plan.steps) say(`repair: ${step}`);
  explainErrors(file, () => applyRepair(file, plan, undo));
  say(`undo:   cloud-images disk --undo ${file}   (by ${undo})`);
  return { repaired: plan.steps, undo };
}

function takeBack({ file }: Options, say: (text: string) => void): Done {
  const undo = `${file}.undo`;
  if (!existsSync(undo))
    throw new CommandError(
      'file/missing',
      `${undo} does not exist, so there is no repair to undo. If it was moved, put it beside the disk.`,
    );
  explainErrors(file, () => undoRepair(file, undo));
  rmSync(undo);
  say('The repair is undone. The disk is as it was before.');
  return { undone: true };
}
