import type * as vscode from 'vscode';
import type { CloudSource } from './cloudSource.ts';

/**
 * Lets OpenStack's command-line clients in the editor's terminals speak to the connected cloud as its user. They ask for a
 * password that is secret, since a terminal's variables can be read by anybody.
 */
export function exportToTerminals(
  source: CloudSource,
  environment: vscode.EnvironmentVariableCollection,
): { dispose(): void } {
  environment.description = 'Address and user of the cloud that Cloud Images is connected to';
  return source.onDidChangeState(() => {
    environment.clear();
    for (const [name, value] of Object.entries(source.connection?.environment ?? {}))
      environment.replace(name, value);
  });
}
