import * as vscode from 'vscode';
import type { Context } from '../../context.ts';

/** Opens the page of rules at the section of one. */
export async function openRulePage(_: Context, address: unknown): Promise<void> {
  if (typeof address !== 'string') throw new Error('Run this command from a finding: it names the rule.');
  await vscode.commands.executeCommand('markdown.showPreview', vscode.Uri.parse(address));
}
