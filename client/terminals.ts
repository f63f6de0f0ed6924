import type * as vscode from 'vscode';
import { demoUser } from './connections.ts';
import type { Context } from './context.ts';

/** Lets OpenStack's command-line clients in the editor's terminals speak to the emulator without being told. */
export function exportToTerminals(
  { connections, emulator }: Context,
  environment: vscode.EnvironmentVariableCollection,
): { dispose(): void } {
  environment.description = 'Address and demo user of the Cloud Images emulator for OpenStack clients';
  return connections.onDidChange((cloud) => {
    environment.clear();
    if (!cloud || emulator.state.is !== 'running') return;
    const variables = {
      OS_AUTH_URL: `${emulator.state.control.url}/identity/v3`,
      OS_IDENTITY_API_VERSION: '3',
      OS_USERNAME: demoUser.userName,
      OS_PASSWORD: demoUser.password,
      OS_PROJECT_NAME: demoUser.project,
      OS_USER_DOMAIN_NAME: 'Default',
      OS_PROJECT_DOMAIN_NAME: 'Default',
      OS_REGION_NAME: cloud.region,
    };
    for (const [name, value] of Object.entries(variables)) environment.replace(name, value);
  });
}
