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
  const paint = (now: number): void => {
    made.querySelector('.timeLine')?.replaceChildren(drawBars(line, now), ...drawEstimate(line, now));
    made.querySelector('.stages')?.replaceChildren(drawTable(line, now));
  };
  paint(Date.now());
  if (line.stages.some(isLive)) {
    made.dataset['live'] = 'true';
    made.addEventListener('tick', () => paint(Date.now()));
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

const row = 28;
const labels = 130;
/** Room for the time behind the longest bar. */
const times = 90;
const width = 1000 - labels - times;

function drawBars({ caption, stages, estimate }: TimeLine, now: number): SVGSVGElement {
  const begun = stages.flatMap(({ from }) => from ?? []);
  const start = Math.min(...begun, now);
  const ends = stages.map((stage) => endOf(stage, now));
  const end = Math.max(...ends.filter((one) => one !== undefined), estimate?.until ?? 0, start + 1);
  const place = (at: number): number => labels + ((at - start) / (end - start)) * width;
  const bars = stages.flatMap((stage, at) => drawBar(stage, at * row, ends[at], place));
  const until =
    estimate === undefined || estimate.until <= start
      ? []
      : [
          svgElement('line', {
            x1: place(estimate.until),
            x2: place(estimate.until),
            y1: 0,
            y2: stages.length * row,
            class: 'until',
          }),
        ];
  return svgElement(
    'svg',
    {
      viewBox: `0 0 1000 ${stages.length * row}`,
      class: 'bars',
      role: 'img',
      'aria-label': `${caption}. ${stages.map((stage) => `${stage.name}: ${says[stage.state]}`).join(', ')}`,
    },
    ...bars,
    ...until,
  );
}

function drawBar(
  { name, state, from, progress }: Stage,
  top: number,
  end: number | undefined,
  place: (at: number) => number,
): SVGElement[] {
  const label = svgElement('text', { x: 0, y: top + row / 2 + 5, class: `label ${state}` }, name);
  if (from === undefined || end === undefined) return [label];
  const [left, right] = [place(from), place(end)];
  const bar = { y: top + 5, height: row - 10, rx: 2 };
  return [
    label,
    svgElement('rect', { ...bar, x: left, width: Math.max(2, right - left), class: `bar ${state}` }),
    ...(progress === undefined || state !== 'running'
      ? []
      : [svgElement('rect', { ...bar, x: left, width: (right - left) * progress, class: 'bar progress' })]),
    svgElement(
      'text',
      { x: Math.max(left + 2, right) + 6, y: top + row / 2 + 5 },
      formatDuration(end - from),
    ),
  ];
}

function endOf({ state, from, to }: Stage, now: number): number | undefined {
  if (from === undefined) return undefined;
  return to ?? (state === 'running' || state === 'waiting' ? Math.max(now, from) : undefined);
}

const says: Readonly<Record<Stage['state'], string>> = {
  done: 'done',
  running: 'under way',
  waiting: 'waiting',
  failed: 'failed',
  ahead: 'to come',
};

function drawTable({ caption, stages }: TimeLine, now: number): HTMLElement {
  return table({
    caption,
    columns: ['Stage', 'State', 'From', 'To', 'Took', 'What happens'],
    numeric: [4],
    rows: stages.map((stage) => {
      const { name, state, from, to, progress, about } = stage;
      const end = endOf(stage, now);
      const done = progress === undefined || state !== 'running' ? '' : `, ${Math.floor(progress * 100)} %`;
      return [
        name,
        `${says[state]}${done}`,
        from === undefined ? (state === 'ahead' ? '' : 'not seen') : formatTime(from),
        to === undefined ? (state === 'done' ? 'not seen' : '') : formatTime(to),
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
      ? `Estimate: another ${formatDuration(left)} (${estimate.because}).`
      : `It takes longer than estimated (${estimate.because}).`;
  return [element('p', { class: 'note' }, words)];
}
