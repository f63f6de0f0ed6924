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
      label: '$(add) Add a fault…',
      description: 'an error, a delay, a slow or a cut answer',
      act: () => add(context, control),
    },
    ...faults.map((fault) => ({
      label: `$(trash) ${describeFault(fault)}`,
      description: 'remove it',
      act: () => control.deleteFaults(fault.id),
    })),
    ...(faults.length > 1
      ? [{ label: '$(clear-all) Remove all faults', description: '', act: () => control.deleteFaults() }]
      : []),
  ];
  const title = faults.length === 0 ? 'Faults: none yet' : `Faults that requests will meet: ${faults.length}`;
  const picked = await context.ui.pick(rows, title);
  if (!picked) throw new Cancelled();
  await picked.act();
  const left = (await control.faults()).length;
  vscode.window.setStatusBarMessage(`${formatCount(left, 'fault')} in the emulator.`, 5000);
}

type Key = 'path' | 'other' | 'method' | 'kind' | 'status' | 'delay' | 'slow' | 'count';

async function add({ ui }: Pick<Context, 'ui'>, control: EmulatorControl): Promise<void> {
  const answers = await fillForm(ui, 'A fault of the emulator', fields, {});
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
    status === null ? '' : `HTTP ${status}`,
    delay > 0 ? `${delay / 1000} s late` : '',
    slow === null ? '' : `${formatSize(slow)} a second`,
    cut ? 'cut off' : '',
  ].filter((effect) => effect !== '');
  return `${method ?? 'any request'} ${path}: ${effects.join(', ')} · the next ${count}`;
}

const between = (least: number, most: number, unit: string) => (text: string) => {
  const value = Number(text);
  return text.trim() !== '' && value >= least && value <= most
    ? undefined
    : `Enter a number of ${unit} from ${least} to ${most.toLocaleString('en-US')}.`;
};

const whole = (least: number, most: number, what: string) => (text: string) => {
  const value = Number(text);
  return text.trim() !== '' && Number.isInteger(value) && value >= least && value <= most
    ? undefined
    : `Enter ${what} from ${least} to ${most.toLocaleString('en-US')}.`;
};

const fields: readonly Field<Key>[] = [
  {
    key: 'path',
    title: 'Which requests?',
    choices: [
      { label: 'Images', description: 'lists, changes, tags, members', value: '*/image/*/images*' },
      { label: 'Tasks', description: 'imports and exports', value: '*/image/*/tasks*' },
      { label: 'Cloud Files', description: 'containers and objects', value: '*/object-store/*' },
      { label: 'Servers', description: 'the Compute API', value: '*/compute/*' },
      { label: 'Sign-in', description: 'new tokens', value: '*/tokens' },
      { label: 'Another path…', description: 'in which * stands for any characters', value: 'other' },
    ],
  },
  {
    key: 'other',
    title: 'Path without query, in which * stands for any characters',
    when: ({ path }) => path === 'other',
    validate: (text) => (text.trim() === '' ? 'Enter a path, such as */images/*.' : undefined),
  },
  {
    key: 'method',
    title: 'Of which method?',
    choices: ['any', 'GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD'].map((value) => ({
      label: value,
      description: '',
      value,
    })),
  },
  {
    key: 'kind',
    title: 'What shall happen?',
    choices: [
      { label: 'An error', description: 'with an HTTP status', value: 'status' },
      { label: 'A delay', description: 'before the answer', value: 'delay' },
      { label: 'A slow answer', description: 'so many bytes a second', value: 'slow' },
      { label: 'A broken connection', description: 'within the answer', value: 'cut' },
    ],
  },
  {
    key: 'status',
    title: 'Which HTTP status, from 400 to 599?',
    value: () => '503',
    when: ({ kind }) => kind === 'status',
    validate: whole(400, 599, 'a status'),
  },
  {
    key: 'delay',
    title: 'How many seconds late?',
    value: () => '10',
    when: ({ kind }) => kind === 'delay',
    validate: between(0.001, 3600, 'seconds'),
  },
  {
    key: 'slow',
    title: 'How many KB a second?',
    value: () => '10',
    when: ({ kind }) => kind === 'slow',
    validate: between(0.001, 900_000, 'KB'),
  },
  {
    key: 'count',
    title: 'How many requests shall meet it?',
    value: () => '1',
    validate: whole(1, 1_000_000, 'a whole number'),
  },
];
