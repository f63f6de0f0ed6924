import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { codeSpan, escapeMarkdown } from '../../server/plainText.ts';
import { describeSilence } from '../cloud/age.ts';
import {
  type CloudAction,
  type CloudSource,
  type Connection,
  describeView,
  nameProject,
} from '../cloud/cloudSource.ts';
import type { TroubleKind } from '../cloud/trouble.ts';
import type { Context } from '../context.ts';
import type { LanguageServer } from '../language/languageClient.ts';

const connectAction = {
  title: t('Connect to a cloud…'),
  icon: 'plug',
  command: 'cloudImages.connect',
} as const;

/** Commands of the panel that every connected cloud has. */
const cloudActions = [
  { title: t('Switch user…'), icon: 'account', command: 'cloudImages.switchUser' },
  { title: t('Switch project…'), icon: 'organization', command: 'cloudImages.switchProject' },
  { title: t('Choose region…'), icon: 'globe', command: 'cloudImages.chooseRegion' },
  { title: t('Copy account number'), icon: 'copy', command: 'cloudImages.copyAccountNumber' },
] as const;

const commonActions = [
  { title: t('Show log'), icon: 'output', command: 'cloudImages.showLog' },
  {
    title: t('Restart language server'),
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
    item.text = text;
    item.accessibilityInformation = { label: t`Cloud Images: ${spoken}` };
    item.tooltip = renderPanel(source, language);
    item.backgroundColor = chooseColour(source, language);
    item.show();
  };
  language.onDidChange(update);
  update();
  return vscode.Disposable.from(item, source.onDidChangeState(update));
}

/** A cloud that is no sandbox stands out, and more so while it does not work. */
function chooseColour(source: CloudSource, language: LanguageServer): vscode.ThemeColor | undefined {
  const { isSandbox, state } = source;
  const isBroken = state.kind === 'failed' || (state.kind === 'connected' && state.silence !== undefined);
  if (isBroken && !isSandbox) return new vscode.ThemeColor('statusBarItem.errorBackground');
  const warns = isBroken || language.problem !== undefined || !isSandbox;
  return warns ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
}

/** The commands that make sense in the cloud's present state. */
export function listActions(source: CloudSource): CloudAction[] {
  const isConnected = source.state.kind === 'connected';
  const offered = isConnected ? cloudActions : source.state.kind === 'failed' ? [cloudActions[0]] : [];
  return [...source.actions, connectAction, ...offered, ...commonActions];
}

function summarize(source: CloudSource): { text: string; spoken: string } {
  const { label, state, isSandbox } = source;
  switch (state.kind) {
    case 'connected': {
      const { region, session } = state.connection.cloud;
      const who = t`region ${region}, user ${session.user.name}, project ${nameProject(state.connection)}`;
      return state.silence
        ? {
            text: t`$(warning) ${describeView(source, state.connection)}: no answer`,
            spoken: state.silence.reason,
          }
        : {
            text: `$(${isSandbox ? 'beaker' : 'cloud'}) ${describeView(source, state.connection)}`,
            spoken: isSandbox ? t`${label} connected, ${who}` : t`real cloud ${label} connected, ${who}`,
          };
    }
    case 'failed':
      return { text: t`$(warning) ${label}${describeTrouble(state.trouble)}`, spoken: state.reason };
    case 'disconnected':
      return isSandbox
        ? { text: t('$(cloud) Cloud Images'), spoken: t('no cloud connected') }
        : { text: `$(cloud) ${label}`, spoken: t`nobody is signed in at ${label} yet` };
    default:
      return state.kind === 'connecting'
        ? { text: t`$(sync~spin) ${label} connecting…`, spoken: t`${label} is connecting` }
        : { text: t`$(sync~spin) ${label} disconnecting…`, spoken: t`${label} is disconnecting` };
  }
}

/** Says in a word or two why nobody is signed in; the tooltip has the sentence. */
function describeTrouble(trouble: TroubleKind | undefined): string {
  const words = {
    network: t('no answer'),
    busy: t('busy'),
    refused: t('sign-in refused'),
    secret: t('password needed'),
    certificate: t('certificate not trusted'),
    settings: t('entry not usable'),
    port: t('port taken'),
    start: t('did not start'),
    ended: t('ended unexpectedly'),
  };
  return trouble ? `: ${words[trouble]}` : '';
}

function renderPanel(source: CloudSource, language: LanguageServer): vscode.MarkdownString {
  const { state } = source;
  const actions = listActions(source);
  const lines = [
    '**Cloud Images**',
    escapeMarkdown(source.description),
    ...(state.kind === 'connected' ? [escapeMarkdown(describeUser(state.connection))] : []),
    ...(state.kind === 'connected' && state.silence ? [codeSpan(describeSilence(state.silence))] : []),
    ...(state.kind === 'failed' ? [codeSpan(state.reason)] : []),
    ...(language.problem === undefined ? [] : [t`Language server: ${codeSpan(language.problem)}`]),
    '---',
    actions.map(({ title, command }) => `[${title}](command:${command})`).join(' · '),
  ];
  const text = new vscode.MarkdownString(lines.join('\n\n'));
  text.isTrusted = { enabledCommands: actions.map(({ command }) => command) };
  return text;
}

function describeUser({ cloud: { region, session }, profile, because }: Connection): string {
  const { user, account, roles } = session;
  const project = account.name === '' || account.name === account.id ? '' : ` (${account.name})`;
  return t`User ${user.name} (${roles.join(', ')}), account ${account.id}${project}, region ${region}. Rules of ${profile.name}, since ${because}.`;
}
