import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { ImageSchedule } from '../../../server/cloud/services/servers.ts';
import type { Context } from '../../context.ts';
import { Cancelled } from '../../ui/errors.ts';
import { formatCount } from '../../ui/units.ts';
import { selectServers } from './selection.ts';

const days = ['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY', 'SUNDAY'] as const;
const weekdays: Readonly<Record<string, string>> = {
  MONDAY: t('Monday'),
  TUESDAY: t('Tuesday'),
  WEDNESDAY: t('Wednesday'),
  THURSDAY: t('Thursday'),
  FRIDAY: t('Friday'),
  SATURDAY: t('Saturday'),
  SUNDAY: t('Sunday'),
};

/** Has the cloud make images of a server every day or week, and keep the latest; or ends that. */
export async function scheduleImages(context: Context, node: unknown): Promise<void> {
  const title = t('Schedule images of which server?');
  const [live] = await selectServers(context, [node], { title, verb: 'schedule' });
  if (!live) return;
  const { id, name } = live.server;
  const { servers } = (await context.source.connect()).cloud;
  const present = await servers.schedule(id);
  const rows = [
    { label: t('Every day'), description: '', day: undefined, ends: false },
    ...days.map((day) => ({ label: t`Every ${weekdays[day] ?? day}`, description: '', day, ends: false })),
    ...(present
      ? [
          {
            label: t('Not any more'),
            description: t('the images made so far stay'),
            day: undefined,
            ends: true,
          },
        ]
      : []),
  ];
  const now = present ? t`now ${describe(present)}` : t('not scheduled now');
  const picked = await context.ui.pick(rows, t`When to make images of “${name}”? (${now})`);
  if (!picked) throw new Cancelled();
  if (picked.ends) {
    await servers.setSchedule(id, undefined);
    vscode.window.setStatusBarMessage(t`Images of “${name}” are not scheduled any more.`, 8000);
    return;
  }
  const retention = await context.ui.ask(
    t('How many of these images to keep? Older ones are deleted'),
    check,
    {
      value: String(present?.retention ?? 1),
    },
  );
  if (retention === undefined) throw new Cancelled();
  const { day } = picked;
  const schedule = { retention: Number(retention), ...(day === undefined ? {} : { day }) };
  await servers.setSchedule(id, schedule);
  vscode.window.setStatusBarMessage(t`Images of “${name}” are made ${describe(schedule)}.`, 8000);
}

function check(text: string): string | undefined {
  const number = Number(text);
  return Number.isInteger(number) && number >= 1 && number <= 65_535
    ? undefined
    : t('Enter a whole number from 1 to 65535.');
}

function describe({ day, retention }: ImageSchedule): string {
  return t`every ${day === undefined ? t('day') : (weekdays[day] ?? day)}, ${formatCount(retention, 'image')} kept`;
}
