import * as vscode from 'vscode';
import { deleteServer } from '../../../server/cloud/run/servers/perform.ts';
import type { Context } from '../../context.ts';
import { confirmMany } from '../../ui/confirm.ts';
import { unlessCancelled } from '../../ui/errors.ts';
import { doForEach } from '../eachItem.ts';
import { selectServers } from './selection.ts';

export async function deleteServers(context: Context, node: unknown, nodes: unknown): Promise<void> {
  const found = await selectServers(context, [node, nodes], {
    title: 'Delete which server?',
    verb: 'delete',
  });
  const names = found.map(({ server }) => `“${server.name}”`).join(', ');
  const what = found.length === 1 ? names : `${found.length} servers`;
  const detail = `${found.length === 1 ? '' : `${names}. `}A deleted server cannot be restored. The images taken of it stay, under Deleted Servers.`;
  await confirmMany(context, { count: found.length, question: `Delete ${what}?`, detail, verb: 'Delete' });
  const { cloud, taskInterval: interval } = await context.source.connect();
  await doForEach({
    items: found,
    plural: 'servers',
    name: ({ server }) => server.name,
    progress: { ui: context.ui, title: `Deletion of ${what}` },
    work: async ({ server }, signal) => {
      const work = deleteServer(cloud, server.id, { interval, signal });
      const left = async (): Promise<string> => `“${server.name}” is still being deleted.`;
      await unlessCancelled(signal, work, left).finally(() => context.servers.touch(server.id));
    },
  });
}

export async function copyServerId(context: Context, node: unknown, nodes: unknown): Promise<void> {
  const found = await selectServers(context, [node, nodes], { title: 'Copy the ID of which server?' });
  await vscode.env.clipboard.writeText(found.map(({ server }) => server.id).join('\n'));
}
