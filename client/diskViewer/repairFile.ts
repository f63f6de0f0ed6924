import { spawn } from 'node:child_process';
import { basename } from 'node:path';
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { Connection } from '../cloud/cloudSource.ts';
import { offerUndo } from '../commands/offerUndo.ts';
import type { Context } from '../context.ts';
import { nodeEnvironment } from '../emulator/nodeEnvironment.ts';
import { Cancelled } from '../ui/errors.ts';

/** The output of `cloud-images disk --json` after a repair. */
interface Repaired {
  readonly repaired?: readonly string[];
  readonly undo?: string;
}

/** Returns why no disk can be written to in this window: of others, what is to be undone may be any bytes. */
export function refuseRepair(): string | undefined {
  return vscode.workspace.isTrusted ? undefined : t('Trust this workspace to repair disks.');
}

/** Repairs a disk's file where that needs no guess, after a yes. What is changed is kept beside it, and offered to be undone. */
export async function repairFile(context: Context, path: string): Promise<void> {
  const refused = refuseRepair();
  if (refused) throw new Error(refused);
  const name = basename(path);
  const detail = t`${path}\n\nRepairs only what needs no guess: a missing identifier, bytes after the footer, a lost copy of the footer, the creator, a creation time ahead, a geometry larger than the size, a size that was rounded up. ${name}.undo keeps what is changed.`;
  if (!(await context.ui.confirm(t`Repair ${name}?`, detail, t('Repair')))) throw new Cancelled();
  const { repaired = [] } = await run(context.cli, [
    path,
    '--repair',
    ...limitOption(context.source.connection),
  ]);
  if (repaired.length === 0)
    throw new Error(t`Nothing in ${name} can be repaired without a guess. The disk is unchanged.`);
  context.log.info(`Repaired ${path}: ${repaired.join(' ')}`);
  offerUndo(context, t`Repaired ${name}: ${repaired.join(' ')}`, () => undoRepairOf(context, path));
}

/** Takes a repair back, by what is kept beside the disk. */
export async function undoRepairOf({ cli, log }: Pick<Context, 'cli' | 'log'>, path: string): Promise<void> {
  const refused = refuseRepair();
  if (refused) throw new Error(refused);
  await run(cli, [path, '--undo']);
  log.info(`Undid the repair of ${path}.`);
}

/** Passes the limit of the connected cloud, to which a size that was rounded up is cut. */
function limitOption(connection: Connection | undefined): string[] {
  return connection ? ['--limit', String(connection.profile.limits.importVirtualBytes)] : [];
}

/** Runs `cloud-images disk` in a process of its own, since disks are large. Throws its words where it fails. */
function run(program: string, parameters: readonly string[]): Promise<Repaired> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, 'disk', '--json', ...parameters], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: nodeEnvironment(),
    });
    let [output, complaint] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint += text;
    });
    child.once('error', reject);
    // 1: it ran, and the cloud would still refuse the disk.
    child.once('close', (code) => {
      if (code === 0 || code === 1) resolve(JSON.parse(output) as Repaired);
      else reject(new Error(complaint.trim() || t`cloud-images disk ended with code ${String(code)}.`));
    });
  });
}
