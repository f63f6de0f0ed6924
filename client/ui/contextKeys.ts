import * as vscode from 'vscode';
import type { CloudSource } from '../cloud/cloudSource.ts';
import { lacksKind } from '../cloud/offers.ts';

/** Tells the menus and the welcome views of package.json what the shown cloud is, offers, and why it does not work. */
export function keepContextKeys(source: CloudSource): { dispose(): void } {
  const told = new Map<string, string | boolean>();
  const update = (): void => {
    for (const [name, value] of Object.entries(listKeys(source))) {
      if (told.get(name) === value) continue;
      told.set(name, value);
      void vscode.commands.executeCommand('setContext', `cloudImages.${name}`, value);
    }
  };
  update();
  return source.onDidChangeState(update);
}

function listKeys({ state, isSandbox, connection }: CloudSource): Record<string, string | boolean> {
  return {
    sandbox: isSandbox,
    state: state.kind,
    connected: state.kind === 'connected',
    refused: state.kind === 'failed',
    trouble: state.kind === 'failed' ? (state.trouble ?? 'other') : '',
    hasServers: connection !== undefined && lacksKind('server', connection) === undefined,
    hasFiles: connection !== undefined && lacksKind('container', connection) === undefined,
    hasTasks: connection?.profile.offers.importTask === true,
  };
}
