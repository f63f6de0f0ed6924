import type * as vscode from 'vscode';
import { demoPassword, isDemoUser } from '../cloud/users.ts';
import type { Context } from '../context.ts';

/**
 * Lets OpenStack's command-line clients in the editor's terminals speak to the emulator as the user that was chosen. For
 * other than the demo's users they ask for the password, since what is given to terminals is kept in the open.
 */
export function exportToTerminals(
  { connections, emulator }: Context,
  environment: vscode.EnvironmentVariableCollection,
): { dispose(): void } {
  environment.description = 'Address and user of the Cloud Images emulator for OpenStack clients';
  return connections.onDidChange((cloud) => {
    environment.clear();
    if (!cloud || emulator.state.is !== 'running') return;
    const { user, account } = cloud.session;
    const variables = {
      OS_AUTH_URL: `${emulator.state.control.url}/identity/v3`,
      OS_IDENTITY_API_VERSION: '3',
      OS_USERNAME: user.name,
      ...(isDemoUser(user.name) ? { OS_PASSWORD: demoPassword } : {}),
      OS_PROJECT_NAME: account.name,
      OS_USER_DOMAIN_NAME: 'Default',
      OS_PROJECT_DOMAIN_NAME: 'Default',
      OS_REGION_NAME: cloud.region,
    };
    for (const [name, value] of Object.entries(variables)) environment.replace(name, value);
  });
}
