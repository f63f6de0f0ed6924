import { spawn } from 'node:child_process';
import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { Connection } from '../../cloud/cloudSource.ts';
import type { Context } from '../../context.ts';
import { activeOrPicked, givenUri } from '../../manifests/manifestFiles.ts';
import { chooseImport, importFromOf, openManifest } from '../../manifests/openManifest.ts';
import { Cancelled } from '../../ui/errors.ts';
import { offerUndo } from '../offerUndo.ts';

/** The output of `cloud-images disk --json` after a repair. */
interface Repaired {
  readonly repaired?: readonly string[];
  readonly undo?: string;
}

/** Repairs the disk of an import where that needs no guess, after a yes; it can be undone. */
export async function repairDisk(context: Context, uri: unknown, index: unknown): Promise<void> {
  if (!vscode.workspace.isTrusted) throw new Error('Trust this workspace to repair disks.');
  const file =
    givenUri(uri) ?? (await activeOrPicked(context, ['import'], 'Repair the disk of which import?'));
  const manifest = await openManifest(context, file);
  const part = await chooseImport(context, manifest, typeof index === 'number' ? index : undefined);
  const disk = await manifest.workspace.diskOf(part);
  if (!disk) throw new Error(`The disk ${importFromOf(part)} is not on this machine.`);
  const name = basename(disk.path);
  const detail = `${disk.path}\n\nRepairs only what needs no guess: a missing identifier, bytes after the footer, a lost copy of the footer, the creator, a creation time ahead, a geometry larger than the size, a size that was rounded up. ${name}.undo keeps what is changed.`;
  if (!(await context.ui.confirm(`Repair ${name}?`, detail, 'Repair'))) throw new Cancelled();
  const { repaired = [] } = await run(context.cli, [
    disk.path,
    '--repair',
    ...limitOption(context.source.connection),
  ]);
  if (repaired.length === 0)
    throw new Error(`Nothing in ${name} can be repaired without a guess. The disk is unchanged.`);
  context.log.info(`Repaired ${disk.path}: ${repaired.join(' ')}`);
  offerUndo(context, `Repaired ${name}: ${repaired.join(' ')}`, async () => {
    await run(context.cli, [disk.path, '--undo']);
    context.log.info(`Undid the repair of ${disk.path}.`);
  });
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
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1', ELECTRON_NO_ASAR: '1' },
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
      else reject(new Error(complaint.trim() || `cloud-images disk ended with code ${code}.`));
    });
  });
}
