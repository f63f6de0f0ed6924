import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import type { Context } from '../../context.ts';

/** Opens the page that says what the views and manifests can do. */
export async function openHelp({ rulesPage }: Pick<Context, 'rulesPage'>): Promise<void> {
  const page = join(dirname(rulesPage), '..', '..', 'README.md');
  await vscode.commands.executeCommand('markdown.showPreview', vscode.Uri.file(page));
}
