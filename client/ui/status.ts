import * as vscode from 'vscode';
import { codeSpan, escapeMarkdown } from '../../server/plainText.ts';
import type { CloudAction, CloudSource, Connection } from '../cloud/cloudSource.ts';
import type { Context } from '../context.ts';
import type { LanguageServer } from '../language/languageClient.ts';

/** Commands of the panel that every cloud has. */
const cloudActions = [
  { title: 'Switch user…', icon: 'account', command: 'cloudImages.switchUser' },
  { title: 'Choose region…', icon: 'globe', command: 'cloudImages.chooseRegion' },
] as const;

const commonActions = [
  { title: 'Show log', icon: 'output', command: 'cloudImages.showLog' },
  {
    title: 'Restart language server',
    icon: 'debug-restart',
    command: 'cloudImages.language.restart',
  },
] as const;

/** Shows the one item in the status bar. Its tooltip is the control panel: the cloud, and what can be done about it. */
export function showStatus({ source }: Context, language: LanguageServer): vscode.Disposable {
  const item = vscode.window.createStatusBarItem('cloudImages', vscode.StatusBarAlignment.Left);
  item.name = 'Cloud Images';
  item.command = 'cloudImages.chooseAction';
  const update = (): void => {
    const { text, spoken } = summarize(source);
    const warns = source.state.kind === 'failed' || language.problem !== undefined;
    item.text = text;
    item.accessibilityInformation = { label: `Cloud Images: ${spoken}` };
    item.tooltip = renderPanel(source, language);
    item.backgroundColor = warns ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
    item.show();
  };
  language.onDidChange(update);
  update();
  return vscode.Disposable.from(
    item,
    source.onDidChangeState(({ kind }) => {
      void vscode.commands.executeCommand('setContext', 'cloudImages.connected', kind === 'connected');
      void vscode.commands.executeCommand('setContext', 'cloudImages.refused', kind === 'failed');
      update();
    }),
  );
}

/** The commands that make sense in the cloud's present state. */
export function listActions(source: CloudSource): CloudAction[] {
  return [...source.actions, ...(source.state.kind === 'disconnected' ? [] : cloudActions), ...commonActions];
}

function summarize({ label, state }: CloudSource): { text: string; spoken: string } {
  switch (state.kind) {
    case 'connected': {
      const { region, session } = state.connection.cloud;
      return {
        text: `$(cloud) ${label} ${region} · ${session.user.name}`,
        spoken: `${label} connected, region ${region}, user ${session.user.name}`,
      };
    }
    case 'failed':
      return { text: `$(warning) ${label}`, spoken: state.reason };
    case 'disconnected':
      return { text: '$(cloud) Cloud Images', spoken: 'no cloud connected' };
    default:
      return { text: `$(sync~spin) ${label} ${state.kind}…`, spoken: `${label} is ${state.kind}` };
  }
}

function renderPanel(source: CloudSource, language: LanguageServer): vscode.MarkdownString {
  const { state } = source;
  const actions = listActions(source);
  const lines = [
    '**Cloud Images**',
    escapeMarkdown(source.description),
    ...(state.kind === 'connected' ? [escapeMarkdown(describeUser(state.connection))] : []),
    ...(state.kind === 'failed' ? [codeSpan(state.reason)] : []),
    ...(language.problem === undefined ? [] : [`Language server: ${codeSpan(language.problem)}`]),
    '---',
    actions.map(({ title, command }) => `[${title}](command:${command})`).join(' · '),
  ];
  const text = new vscode.MarkdownString(lines.join('\n\n'));
  text.isTrusted = { enabledCommands: actions.map(({ command }) => command) };
  return text;
}

function describeUser({ cloud: { region, session } }: Connection): string {
  const { user, account, roles } = session;
  return `User ${user.name} (${roles.join(', ')}), account ${account.id}, region ${region}`;
}
