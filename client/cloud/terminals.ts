import { delimiter, join } from 'node:path';
import { t } from '@vscode/l10n';
import type * as vscode from 'vscode';
import type { CloudSource } from './cloudSource.ts';

/**
 * Lets OpenStack's command-line clients in the editor's terminals speak to the connected cloud as its user, and puts
 * `cloud-images` on their path. The clients ask for a password that is secret, since a terminal's variables can be read by
 * anybody.
 */
export function exportToTerminals(
  source: CloudSource,
  environment: vscode.EnvironmentVariableCollection,
  extensionPath: string,
): { dispose(): void } {
  environment.description = t('The command cloud-images, and the cloud that Cloud Images is connected to');
  environment.persistent = false; // a window that is loaded anew is connected to nothing yet
  const update = (): void => {
    environment.clear();
    environment.prepend(
      'PATH',
      `${join(extensionPath, 'client', 'firstSteps', 'bin')}${delimiter}`,
      everywhere,
    );
    environment.replace('CLOUD_IMAGES_EDITOR_NODE', process.execPath);
    for (const [name, value] of Object.entries(source.connection?.environment ?? {}))
      environment.replace(name, value);
  };
  update();
  return source.onDidChangeState(update);
}

/** Shells set their path anew as they start. */
const everywhere = { applyAtProcessCreation: true, applyAtShellIntegration: true };
