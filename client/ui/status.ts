import * as vscode from 'vscode';
import { codeSpan, escapeMarkdown } from '../../server/plainText.ts';
import type { Context } from '../context.ts';
import type { LanguageServer } from '../language/languageClient.ts';

/** The one item in the status bar. Its tooltip is the control panel: what runs, and what can be done about it. */
export function showStatus(context: Context, language: LanguageServer): vscode.Disposable {
  const item = vscode.window.createStatusBarItem('cloudImages', vscode.StatusBarAlignment.Left);
  item.name = 'Cloud Images';
  const update = (): void => {
    const { text, spoken } = summary(context);
    const warn = context.emulator.state.is === 'failed' || language.problem !== undefined;
    item.text = text;
    item.accessibilityInformation = { label: spoken };
    item.tooltip = panel(context, language);
    item.command = 'cloudImages.emulator.choose';
    item.backgroundColor = warn ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
    item.show();
  };
  language.onDidChange(update);
  update();
  return vscode.Disposable.from(
    item,
    context.emulator.onDidChange((state) => {
      void vscode.commands.executeCommand('setContext', 'cloudImages.emulator', state.is);
      update();
    }),
    context.connections.onDidChange((cloud) => {
      const { problem } = context.connections;
      void vscode.commands.executeCommand('setContext', 'cloudImages.connected', cloud !== undefined);
      void vscode.commands.executeCommand('setContext', 'cloudImages.refused', problem !== undefined);
      update();
    }),
  );
}

function summary({ emulator, connections }: Context): { text: string; spoken: string } {
  const { cloud, problem } = connections;
  const { is } = emulator.state;
  if (is === 'running' && cloud) {
    const { region, session } = cloud;
    return {
      text: `$(cloud) Emulator ${region} · ${session.user.name}`,
      spoken: `Cloud Images: emulator runs, region ${region}, user ${session.user.name}`,
    };
  }
  if (is === 'running' && problem !== undefined)
    return { text: '$(warning) Emulator', spoken: `Cloud Images: ${problem}` };
  if (is === 'running') return { text: '$(cloud) Emulator', spoken: 'Cloud Images: emulator runs' };
  if (is === 'starting' || is === 'stopping')
    return { text: `$(sync~spin) Emulator ${is}`, spoken: `Cloud Images: emulator is ${is}` };
  if (is === 'failed')
    return { text: '$(error) Emulator ended', spoken: 'Cloud Images: emulator ended unexpectedly' };
  return { text: '$(cloud) Cloud Images', spoken: 'Cloud Images: no cloud connected' };
}

function panel({ emulator, connections }: Context, language: LanguageServer): vscode.MarkdownString {
  const { state } = emulator;
  const running = state.is === 'running';
  const lines = [
    '**Cloud Images**',
    running ? `Emulator ${state.status.version} at \`${state.control.url}\`` : `Emulator: ${state.is}`,
    ...(state.is === 'failed' ? [codeSpan(state.why)] : []),
    ...(connections.cloud
      ? [
          escapeMarkdown(
            `User ${connections.cloud.session.user.name} (${connections.cloud.session.roles.join(', ')}), account ${connections.cloud.session.account.id}, region ${connections.cloud.region}`,
          ),
        ]
      : []),
    ...(connections.problem === undefined ? [] : [codeSpan(connections.problem)]),
    ...(language.problem === undefined ? [] : [`Language server: ${codeSpan(language.problem)}`]),
    '---',
    running
      ? '[Switch user](command:cloudImages.switchUser) · [Choose region](command:cloudImages.chooseRegion) · [Stop](command:cloudImages.emulator.stop) · [Reset](command:cloudImages.emulator.reset)'
      : '[Start the emulator](command:cloudImages.emulator.start)',
    "[Emulator's log](command:cloudImages.emulator.showLog) · [Log](command:cloudImages.showLog) · [Restart language server](command:cloudImages.language.restart)",
  ];
  const text = new vscode.MarkdownString(lines.join('\n\n'));
  text.isTrusted = {
    enabledCommands: [
      'cloudImages.switchUser',
      'cloudImages.chooseRegion',
      'cloudImages.emulator.start',
      'cloudImages.emulator.stop',
      'cloudImages.emulator.reset',
      'cloudImages.emulator.showLog',
      'cloudImages.showLog',
      'cloudImages.language.restart',
    ],
  };
  return text;
}
