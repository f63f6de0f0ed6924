import { config } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { Api } from './extension.ts';

/** Gives `t` the texts of the editor's display language, before anything is loaded that has texts. */
export async function activate(extension: vscode.ExtensionContext): Promise<Api> {
  if (vscode.l10n.bundle) config({ contents: vscode.l10n.bundle });
  return (await import('./extension.ts')).activate(extension);
}
