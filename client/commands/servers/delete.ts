import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { deleteServer } from '../../../server/cloud/run/servers/perform.ts';
import type { Context } from '../../context.ts';
import { confirmMany } from '../../ui/confirm.ts';
import { unlessCancelled } from '../../ui/errors.ts';
import { doForEach } from '../eachItem.ts';
import { selectServers } from './selection.ts';

export async function deleteServers(context: Context, node: unknown, nodes: unknown): Promise<void> {
  const found = await selectServers(context, [node, nodes], {
    title: t('Delete which server?'),
    verb: 'delete',
  });
  const names = found.map(({ server }) => `“${server.name}”`).join(', ');
  const what = found.length === 1 ? names : t`${found.length} servers`;
  const loss = t('A deleted server cannot be restored. The images taken of it stay, under Deleted Servers.');
  const detail = found.length === 1 ? loss : `${names}. ${loss}`;
  await confirmMany(context, {
    count: found.length,
    question: t`Delete ${what}?`,
    detail,
    verb: t('Delete'),
  });
  const { cloud, taskInterval: interval } = await context.source.connect();
  await doForEach({
    items: found,
    plural: t('servers'),
    name: ({ server }) => server.name,
    progress: { ui: context.ui, title: t`Deletion of ${what}` },
    work: async ({ server }, signal) => {
      const work = deleteServer(cloud, server.id, { interval, signal });
      const left = async (): Promise<string> => t`“${server.name}” is still being deleted.`;
      await unlessCancelled(signal, work, left).finally(() => context.servers.touch(server.id));
    },
  });
}

export async function copyServerId(context: Context, node: unknown, nodes: unknown): Promise<void> {
  const found = await selectServers(context, [node, nodes], { title: t('Copy the ID of which server?') });
  await vscode.env.clipboard.writeText(found.map(({ server }) => server.id).join('\n'));
}
