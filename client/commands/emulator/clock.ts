import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { ClockChange, EmulatorClock } from '../../../server/cloud/services/emulatorControl.ts';
import type { Context } from '../../context.ts';
import { Cancelled } from '../../ui/errors.ts';
import { requireControl } from './control.ts';

interface Choice extends vscode.QuickPickItem {
  /** Absent: the time is asked for. */
  readonly change?: ClockChange;
}

/** Moves the emulator's clock ahead: what is due by then happens at once. */
export async function advanceClock(context: Context): Promise<void> {
  const control = requireControl(context);
  const { time, next } = await control.clock();
  const what = next ? `${nextEvents[next.kind]}, ${formatTime(next.time)}` : t('nothing is due');
  const choices: Choice[] = [
    { label: t('To the next event'), description: what, change: { step: 'next' } },
    ...[
      [t('1 minute'), '1m'],
      [t('15 minutes'), '15m'],
      [t('1 hour'), '1h'],
      [t('1 day'), '1d'],
      [t('30 days'), '30d'],
    ].map(([label = '', step = '']) => ({ label, change: { step } })),
    { label: t('Another time…'), description: t('such as 90s, 48h or 7d') },
  ];
  const picked = await context.ui.pick(
    choices,
    t`Advance the clock, which shows ${formatTime(time)}, by how much?`,
  );
  if (!picked) throw new Cancelled();
  const change = picked.change ?? { step: await askStep(context) };
  report(await control.setClock(change));
}

/** Says how fast simulated work goes, or lets time stand still. */
export async function setClockPace(context: Context): Promise<void> {
  const control = requireControl(context);
  const { speed, paused } = await control.clock();
  const usual = vscode.workspace.getConfiguration('cloudImages').get('emulator.speed', 600);
  const paces: readonly (readonly [string, string, number])[] = [
    [t('Normal pace'), t`${usual} times as fast as a cloud, as the settings say`, usual],
    [t('As fast as possible'), t('work ends as soon as its bytes are there'), 1e9],
    [t('As slow as a cloud'), t('an import takes its hours'), 1],
  ];
  const choices: Choice[] = [
    paused
      ? { label: t('Go on'), description: t('time has stood still'), change: { pause: false } }
      : { label: t('Stand still'), description: t('nothing ends until it goes on'), change: { pause: true } },
    ...paces.map(([label, description, pace]) => ({
      label,
      description: pace === speed && !paused ? t`${description} · now` : description,
      change: { speed: pace, pause: false },
    })),
  ];
  const picked = await context.ui.pick(choices, t("Which pace of the emulator's clock?"));
  if (!picked?.change) throw new Cancelled();
  report(await control.setClock(picked.change));
}

async function askStep({ ui }: Pick<Context, 'ui'>): Promise<string> {
  const step = await ui.ask(t('Advance the clock by'), (text) =>
    /^\d{1,9}(?:ms|s|m|h|d)$/.test(text.trim())
      ? undefined
      : t('Enter a number and its unit: ms, s, m, h or d, such as 48h.'),
  );
  if (step === undefined) throw new Cancelled();
  return step.trim();
}

function report({ time, reached, speed, paused }: EmulatorClock): void {
  const pace = paused ? t('and stands still') : t`at ${speed} times the pace of a cloud`;
  const nothing = reached === null ? t('Nothing is due. ') : '';
  const words = t`${nothing}The emulator's clock shows ${formatTime(time)}, ${pace}.`;
  vscode.window.setStatusBarMessage(words, 8000);
}

const nextEvents: Readonly<Record<NonNullable<EmulatorClock['next']>['kind'], string>> = {
  work: t('work that is under way'),
  task: t('a task expires'),
  token: t('a token expires'),
  object: t('an object expires'),
  credential: t('a credential expires'),
};

function formatTime(time: string): string {
  return new Date(time).toLocaleString();
}
