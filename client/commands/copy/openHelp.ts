import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import type { Context } from '../../context.ts';

/** Opens the page that says what the views and manifests can do. */
export async function openHelp({ rulesPage }: Pick<Context, 'rulesPage'>): Promise<void> {
  const folder = join(dirname(rulesPage), '..', '..');
  // A package names it in small letters.
  const page = (await readdir(folder)).find((name) => /^readme\.md$/i.test(name)) ?? 'README.md';
  await vscode.commands.executeCommand('markdown.showPreview', vscode.Uri.file(join(folder, page)));
}
