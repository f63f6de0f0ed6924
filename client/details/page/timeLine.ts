import { t } from '@vscode/l10n';
import { element, figure, find, svgElement, table } from '../../pictures/page/dom.ts';
import { formatDuration, formatTime } from '../../ui/units.ts';
import type { Stage, TimeLine } from '../protocol.ts';

/** Draws a time line: a bar a stage, as long as it took; what runs grows with the clock. Behind it the same as a table. */
export function drawTimeLine(id: string, line: TimeLine): HTMLElement {
  const made = figure(
    id,
    line.caption,
    element('div', { class: 'timeLine' }),
    element('div', { class: 'stages' }),
  );
  const paint = (): void => {
    const now = Date.now() - (line.ahead ?? 0);
    made.querySelector('.timeLine')?.replaceChildren(drawBars(line, now), ...drawEstimate(line, now));
    // Who reads the table is not to be thrown out of it each second.
    const stages = made.querySelector('.stages');
    if (!stages?.contains(document.activeElement)) stages?.replaceChildren(drawTable(line, now));
  };
  paint();
  if (line.stages.some(isLive)) {
    made.dataset['live'] = 'true';
    made.addEventListener('tick', paint);
  }
  return made;
}

const isLive = ({ state, from }: Stage): boolean =>
  from !== undefined && (state === 'running' || state === 'waiting');

/**
 * Moves on what runs, once a second, and rests while nothing does; to be called whenever something was drawn. A page that is
 * hidden is not there, and has no clock.
 */
export function createClock(): () => void {
  let timer: ReturnType<typeof setInterval> | undefined;
  const findLive = (): NodeListOf<Element> => find('page').querySelectorAll('[data-live]');
  return () => {
    if (findLive().length > 0) {
      timer ??= setInterval(() => {
        for (const one of findLive()) one.dispatchEvent(new Event('tick'));
      }, 1000);
      return;
    }
    clearInterval(timer);
    timer = undefined;
  };
}

/** Each stage is a row: its name, its bar at its place in the whole, and how long it took. */
function drawBars({ caption, stages, estimate }: TimeLine, now: number): HTMLElement {
  const start = Math.min(...stages.flatMap(({ from }) => from ?? []), now);
  const ends = stages.map((stage) => endOf(stage, now));
  const end = Math.max(...ends.filter((one) => one !== undefined), estimate?.until ?? 0, start + 1);
  const place = (at: number): number => ((at - start) / (end - start)) * 1000;
  const said = stages.map(({ name, state }) => `${name}: ${says()[state]}`).join(', ');
  return element(
    'div',
    { class: 'bars', role: 'img', 'aria-label': `${caption}. ${said}` },
    ...stages.flatMap((stage, at) => drawRow(stage, ends[at], place, estimate)),
  );
}

function drawRow(
  { name, state, from, progress }: Stage,
  end: number | undefined,
  place: (at: number) => number,
  estimate: TimeLine['estimate'],
): Element[] {
  const label = element('span', { class: `label ${state}` }, name);
  const room = { viewBox: '0 0 1000 20', preserveAspectRatio: 'none' };
  const line = estimate
    ? [
        svgElement('line', {
          x1: place(estimate.until),
          x2: place(estimate.until),
          y1: 0,
          y2: 20,
          class: 'until',
        }),
      ]
    : [];
  if (from === undefined || end === undefined)
    return [label, svgElement('svg', room, ...line), element('span', { class: 'took' })];
  const [left, right] = [place(from), place(end)];
  const bar = { x: left, y: 3, height: 14 };
  const done =
    progress === undefined || state !== 'running'
      ? []
      : [svgElement('rect', { ...bar, width: (right - left) * progress, class: 'bar progress' })];
  return [
    label,
    svgElement(
      'svg',
      room,
      svgElement('rect', { ...bar, width: Math.max(3, right - left), class: `bar ${state}` }),
      ...done,
      ...line,
    ),
    element('span', { class: 'took' }, formatDuration(end - from)),
  ];
}

function endOf({ state, from, to }: Stage, now: number): number | undefined {
  if (from === undefined) return undefined;
  return to ?? (state === 'running' || state === 'waiting' ? Math.max(now, from) : undefined);
}

const says = (): Readonly<Record<Stage['state'], string>> => ({
  done: t('done'),
  running: t('under way'),
  waiting: t('waiting'),
  failed: t('failed'),
  ahead: t('to come'),
});

function drawTable({ caption, stages }: TimeLine, now: number): HTMLElement {
  return table({
    caption,
    columns: [t('Stage'), t('State'), t('From'), t('To'), t('Took'), t('What happens')],
    numeric: [4],
    rows: stages.map((stage) => {
      const { name, state, from, to, progress, about } = stage;
      const end = endOf(stage, now);
      const done = progress === undefined || state !== 'running' ? '' : `, ${Math.floor(progress * 100)} %`;
      return [
        name,
        `${says()[state]}${done}`,
        from === undefined ? (state === 'ahead' ? '' : t('not seen')) : formatTime(from),
        to === undefined ? (state === 'done' ? t('not seen') : '') : formatTime(to),
        from === undefined || end === undefined ? '' : formatDuration(end - from),
        about,
      ];
    }),
  });
}

function drawEstimate({ estimate }: TimeLine, now: number): HTMLElement[] {
  if (!estimate) return [];
  const left = estimate.until - now;
  const words =
    left > 0
      ? t`Estimate: another ${formatDuration(left)} (${estimate.because}).`
      : t`It takes longer than estimated (${estimate.because}).`;
  return [element('p', { class: 'note' }, words)];
}
