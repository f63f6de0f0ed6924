import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { anchorOf } from '../../../server/rules/page.ts';
import type { Context } from '../../context.ts';

/** Opens the page of rules at the section of one. */
export async function openRulePage(_: Context, address: unknown): Promise<void> {
  if (typeof address !== 'string') throw new Error(t('Run this command from a finding: it names the rule.'));
  await vscode.commands.executeCommand('markdown.showPreview', vscode.Uri.parse(address));
}

/** Opens the page of rules at the section of a rule that an error names. */
export async function showRule({ rulesPage }: Pick<Context, 'rulesPage'>, rule: string): Promise<void> {
  const section = vscode.Uri.file(rulesPage).with({ fragment: anchorOf(rule) });
  await vscode.commands.executeCommand('markdown.showPreview', section);
}
