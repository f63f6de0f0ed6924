import * as vscode from 'vscode';
import type { CloudSource } from '../cloud/cloudSource.ts';
import { lacksKind } from '../cloud/offers.ts';
import { lacksRole } from '../cloud/roles.ts';
import type { Browsing } from '../views/images/browsing.ts';

/** Tells the menus and the welcome views of package.json what the shown cloud is, offers, and why it does not work. */
export function keepContextKeys(
  source: CloudSource,
  browsing: Pick<Browsing, 'filter' | 'saved' | 'onDidChange'>,
): { dispose(): void } {
  const told = new Map<string, string | boolean>();
  const update = (): void => {
    for (const [name, value] of Object.entries({ ...listKeys(source), ...listFilterKeys(browsing) })) {
      if (told.get(name) === value) continue;
      told.set(name, value);
      void vscode.commands.executeCommand('setContext', `cloudImages.${name}`, value);
    }
  };
  update();
  const listening = [source.onDidChangeState(update), browsing.onDidChange(update)];
  return { dispose: () => listening.forEach((one) => void one.dispose()) };
}

function listFilterKeys({ filter, saved }: Pick<Browsing, 'filter' | 'saved'>): Record<string, boolean> {
  return { filtered: filter !== undefined, hasFilters: saved.length > 0 };
}

function listKeys({ state, isSandbox, connection }: CloudSource): Record<string, string | boolean> {
  return {
    sandbox: isSandbox,
    state: state.kind,
    connected: state.kind === 'connected',
    refused: state.kind === 'failed',
    trouble: state.kind === 'failed' ? (state.trouble ?? 'other') : '',
    readsImages: connection !== undefined && lacksRole('images', 'read', connection) === undefined,
    readsServers: connection !== undefined && lacksRole('servers', 'read', connection) === undefined,
    hasServers: connection !== undefined && lacksKind('server', connection) === undefined,
    hasFiles: connection !== undefined && lacksKind('container', connection) === undefined,
    hasTasks: connection?.profile.offers.importTask === true,
  };
}
