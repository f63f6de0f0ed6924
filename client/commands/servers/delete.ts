import * as vscode from 'vscode';
import { deleteServer } from '../../../server/cloud/run/servers/perform.ts';
import type { Context } from '../../context.ts';
import { confirmChange } from '../../ui/confirm.ts';
import { Cancelled, describeError, unlessCancelled } from '../../ui/errors.ts';
import { selectServers } from './selection.ts';

export async function deleteServers(context: Context, node: unknown, nodes: unknown): Promise<void> {
  const found = await selectServers(context, [node, nodes], {
    title: 'Delete which server?',
    verb: 'delete',
  });
  const names = found.map(({ server }) => `“${server.name}”`).join(', ');
  const what = found.length === 1 ? names : `${found.length} servers`;
  const detail = `${found.length === 1 ? '' : `${names}. `}A deleted server cannot be restored. The images taken of it stay, under Deleted Servers.`;
  await confirmChange(context, { question: `Delete ${what}?`, detail, verb: 'Delete' });
  const { cloud, taskInterval: interval } = await context.source.connect();
  const problems: string[] = [];
  await context.ui.progress(`Deletion of ${what}`, async (progress, signal) => {
    for (const [at, { server }] of found.entries()) {
      progress.report(at / found.length, `${at + 1} of ${found.length}`);
      const work = deleteServer(cloud, server.id, { interval, signal });
      try {
        await unlessCancelled(signal, work, async () => `“${server.name}” is still being deleted.`);
      } catch (error) {
        if (error instanceof Cancelled) throw error;
        problems.push(`“${server.name}”: ${describeError(error)}`);
      }
      context.servers.touch(server.id);
    }
  });
  if (problems.length > 0) throw new Error(problems.join('\n'));
}

export async function copyServerId(context: Context, node: unknown, nodes: unknown): Promise<void> {
  const found = await selectServers(context, [node, nodes], { title: 'Copy the ID of which server?' });
  await vscode.env.clipboard.writeText(found.map(({ server }) => server.id).join('\n'));
}
