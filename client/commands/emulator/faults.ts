import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type {
  EmulatorControl,
  EmulatorFault,
  NewFault,
} from '../../../server/cloud/services/emulatorControl.ts';
import type { Context } from '../../context.ts';
import { Cancelled } from '../../ui/errors.ts';
import { type Answers, type Field, fillForm } from '../../ui/form.ts';
import { formatCount, formatSize } from '../../ui/units.ts';
import { requireControl } from './control.ts';

/** Lists the faults that requests are to meet, to add one or to remove some. */
export async function manageFaults(context: Context): Promise<void> {
  const control = requireControl(context);
  const faults = await control.faults();
  const rows = [
    {
      label: t('$(add) Add a fault…'),
      description: t('an error, a delay, a slow or a cut answer'),
      act: () => add(context, control),
    },
    ...faults.map((fault) => ({
      label: `$(trash) ${describeFault(fault)}`,
      description: t('remove it'),
      act: () => control.deleteFaults(fault.id),
    })),
    ...(faults.length > 1
      ? [{ label: t('$(clear-all) Remove all faults'), description: '', act: () => control.deleteFaults() }]
      : []),
  ];
  const title =
    faults.length === 0 ? t('Faults: none yet') : t`Faults that requests will meet: ${faults.length}`;
  const picked = await context.ui.pick(rows, title);
  if (!picked) throw new Cancelled();
  await picked.act();
  const left = (await control.faults()).length;
  vscode.window.setStatusBarMessage(t`${formatCount(left, 'fault')} in the emulator.`, 5000);
}

type Key = 'path' | 'other' | 'method' | 'kind' | 'status' | 'delay' | 'slow' | 'count';

async function add({ ui }: Pick<Context, 'ui'>, control: EmulatorControl): Promise<void> {
  const answers = await fillForm(ui, t('A fault of the emulator'), fields, {});
  if (!answers) throw new Cancelled();
  await control.addFault(readFault(answers));
}

function readFault({
  path = '',
  other,
  method = 'any',
  kind,
  status,
  delay,
  slow,
  count,
}: Answers<Key>): NewFault {
  return {
    path: path === 'other' ? (other ?? '').trim() : path,
    count: Number(count ?? 1),
    ...(method === 'any' ? {} : { method }),
    ...(kind === 'status' ? { status: Number(status) } : {}),
    ...(kind === 'delay' ? { delay: Math.round(Number(delay) * 1000) } : {}),
    ...(kind === 'slow' ? { slow: Math.round(Number(slow) * 1024) } : {}),
    ...(kind === 'cut' ? { cut: true } : {}),
  };
}

/** Says in a line what a fault does: `PATCH /v2/images: HTTP 503 · the next 3`. */
function describeFault({ method, path, status, delay, slow, cut, count }: EmulatorFault): string {
  const effects = [
    status === null ? '' : t`HTTP ${status}`,
    delay > 0 ? t`${delay / 1000} s late` : '',
    slow === null ? '' : t`${formatSize(slow)} a second`,
    cut ? t('cut off') : '',
  ].filter((effect) => effect !== '');
  return t`${method ?? t('any request')} ${path}: ${effects.join(', ')} · the next ${count}`;
}

const between = (least: number, most: number, unit: string) => (text: string) => {
  const value = Number(text);
  return text.trim() !== '' && value >= least && value <= most
    ? undefined
    : t`Enter a number of ${unit} from ${least} to ${most.toLocaleString('en-US')}.`;
};

const whole = (least: number, most: number, what: string) => (text: string) => {
  const value = Number(text);
  return text.trim() !== '' && Number.isInteger(value) && value >= least && value <= most
    ? undefined
    : t`Enter ${what} from ${least} to ${most.toLocaleString('en-US')}.`;
};

const fields: readonly Field<Key>[] = [
  {
    key: 'path',
    title: t('Which requests?'),
    choices: [
      { label: t('Images'), description: t('lists, changes, tags, members'), value: '*/image/*/images*' },
      { label: t('Tasks'), description: t('imports and exports'), value: '*/image/*/tasks*' },
      { label: t('Cloud Files'), description: t('containers and objects'), value: '*/object-store/*' },
      { label: t('Servers'), description: t('the Compute API'), value: '*/compute/*' },
      { label: t('Sign-in'), description: t('new tokens'), value: '*/tokens' },
      { label: t('Another path…'), description: t('in which * stands for any characters'), value: 'other' },
    ],
  },
  {
    key: 'other',
    title: t('Path without query, in which * stands for any characters'),
    when: ({ path }) => path === 'other',
    validate: (text) => (text.trim() === '' ? t('Enter a path, such as */images/*.') : undefined),
  },
  {
    key: 'method',
    title: t('Of which method?'),
    choices: ['any', 'GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD'].map((value) => ({
      label: value,
      description: '',
      value,
    })),
  },
  {
    key: 'kind',
    title: t('What shall happen?'),
    choices: [
      { label: t('An error'), description: t('with an HTTP status'), value: 'status' },
      { label: t('A delay'), description: t('before the answer'), value: 'delay' },
      { label: t('A slow answer'), description: t('so many bytes a second'), value: 'slow' },
      { label: t('A broken connection'), description: t('within the answer'), value: 'cut' },
    ],
  },
  {
    key: 'status',
    title: t('Which HTTP status, from 400 to 599?'),
    value: () => '503',
    when: ({ kind }) => kind === 'status',
    validate: whole(400, 599, t('a status')),
  },
  {
    key: 'delay',
    title: t('How many seconds late?'),
    value: () => '10',
    when: ({ kind }) => kind === 'delay',
    validate: between(0.001, 3600, t('seconds')),
  },
  {
    key: 'slow',
    title: t('How many KB a second?'),
    value: () => '10',
    when: ({ kind }) => kind === 'slow',
    validate: between(0.001, 900_000, 'KB'),
  },
  {
    key: 'count',
    title: t('How many requests shall meet it?'),
    value: () => '1',
    validate: whole(1, 1_000_000, t('a whole number')),
  },
];
