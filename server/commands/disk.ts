import { randomUUID } from 'node:crypto';
import { existsSync, rmSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { exitCodes, exitCodesUsage, reportError, UsageError } from '../commandLine.ts';
import { fileSource } from '../disks/fileSource.ts';
import { openVhd } from '../disks/format/vhd.ts';
import { applyRepair, planRepair, undoRepair } from '../disks/repair.ts';
import { describeDisk } from '../disks/report.ts';
import { printable } from '../plainText.ts';
import type { Profile } from '../rules/profile/profile.ts';
import { profiles, withLimits } from '../rules/profile/table.ts';
import { judgeDisk } from '../workspace/judgeDisk.ts';
import { readProfile } from './options.ts';

const usage = `cloud-images disk FILE   what a disk is (VHD, QCOW2, VMDK, VHDX, VDI, raw, ISO, LUKS, QED), which safety checks of
                         OpenStack it fails, what is on it, and whether each profile's cloud would take it

  --json             everything as JSON
  --profile PROFILE  rackspace or openstack alone; both by default
  --limit BYTES      the import limit of virtual and physical size; default ${profiles.rackspace.limits.importVirtualBytes}
  --repair           repairs what needs no guess: zero identifier, bytes after the footer, lost front copy, creator qemu,
                     a creation time ahead, a geometry larger than the size, a size rounded up over the limit;
                     what it changes is kept in FILE.undo
  --undo             takes the repair back by FILE.undo

An import that would be refused (by PROFILE, or else by rackspace) is a failure.

${exitCodesUsage}
  cloud-images disk exports/web.vhd
  cloud-images disk exports/web.vhd --repair
`;

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
export async function main(args: readonly string[]): Promise<void> {
  try {
    const options = read(args);
    if (!options) {
      process.stdout.write(usage);
      return;
    }
    checkFile(options.file);
    const say = (text: string): void => void (options.json || process.stdout.write(`${printable(text)}\n`));
    const done =
      options.action === 'repair'
        ? await repair(options, say)
        : options.action === 'undo'
          ? takeBack(options, say)
          : {};
    const { text, json } = await describeDisk(options.file, (facts) =>
      options.profiles.map((profile) => judgeDisk(facts, basename(facts.name), profile)),
    );
    process.stdout.write(
      printable(options.json ? `${JSON.stringify({ ...json, ...done }, null, 2)}\n` : text),
    );
    process.exitCode = json.verdicts[0]?.accepted ? exitCodes.done : exitCodes.failed;
  } catch (error) {
    process.exitCode = reportError('disk', error);
  }
}

function read(args: readonly string[]): Options | undefined {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      repair: { type: 'boolean', default: false },
      undo: { type: 'boolean', default: false },
      profile: { type: 'string' },
      limit: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return undefined;
  const [file, another] = positionals;
  if (file === undefined) throw new UsageError('Name the disk: cloud-images disk FILE.');
  if (another !== undefined) throw new UsageError(`Name one disk only; '${another}' is a second one.`);
  if (values.repair && values.undo) throw new UsageError('Use either --repair or --undo.');
  const { limit } = values;
  const profile = readProfile(values.profile);
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
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const sentence = remedies[sameRemedy[code] ?? code];
    throw sentence ? new Error(`${file} ${sentence}`, { cause: error }) : error;
  }
}

const sameRemedy: Readonly<Record<string, string>> = { ENOTDIR: 'ENOENT', EBUSY: 'ETXTBSY' };

const remedies: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist. Check the path.',
  EACCES: 'cannot be opened: permission denied. Change its permissions, or run as its owner.',
  EPERM: 'cannot be changed: permission denied. Change its permissions, or run as its owner.',
  EROFS: 'is on a read-only file system. Copy it to another.',
  ENOSPC: 'is on a full file system. Make room, and try again.',
  ETXTBSY: 'is in use by another program. End that first.',
};

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
    throw new Error(`${undo} exists from an earlier repair. Undo that with --undo, or move the file.`);
  for (const step of plan.steps) say(`repair: ${step}`);
  explainErrors(file, () => applyRepair(file, plan, undo));
  say(`undo:   cloud-images disk --undo ${file}   (by ${undo})`);
  return { repaired: plan.steps, undo };
}

function takeBack({ file }: Options, say: (text: string) => void): Done {
  const undo = `${file}.undo`;
  if (!existsSync(undo))
    throw new Error(
      `${undo} does not exist, so there is no repair to undo. If it was moved, put it beside the disk.`,
    );
  explainErrors(file, () => undoRepair(file, undo));
  rmSync(undo);
  say('The repair is undone. The disk is as it was before.');
  return { undone: true };
}
