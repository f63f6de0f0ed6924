import { t } from '@vscode/l10n';

/** Writes bytes as people say them: `3.4 GB`. Powers of 1,024, as the service's own limits count. */
export function formatSize(bytes: number): string {
  const units = ['', 'KB', 'MB', 'GB', 'TB'];
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), units.length - 1);
  if (power === 0) return t`${Math.round(bytes)} bytes`;
  const value = bytes / 1024 ** power;
  return `${value >= 100 ? Math.round(value) : value.toFixed(1).replace(/\.0$/, '')} ${units[power]}`;
}

/** Writes how long ago a time is: `3 days ago`. */
export function formatAge(time: string, now: number): string {
  const seconds = (now - Date.parse(time)) / 1000;
  if (Number.isNaN(seconds)) return '';
  const steps: [number, Intl.RelativeTimeFormatUnit][] = [
    [365 * 86_400, 'year'],
    [30 * 86_400, 'month'],
    [86_400, 'day'],
    [3600, 'hour'],
    [60, 'minute'],
  ];
  const step = steps.find(([length]) => seconds >= length);
  if (!step) return t('just now');
  return new Intl.RelativeTimeFormat('en').format(-Math.floor(seconds / step[0]), step[1]);
}

/** What is counted: of a language with other plurals, each is a text of its own. */
const counts = {
  image: (count, written) => (count === 1 ? t('1 image') : t`${written} images`),
  account: (count, written) => (count === 1 ? t('1 account') : t`${written} accounts`),
  object: (count, written) => (count === 1 ? t('1 object') : t`${written} objects`),
  segment: (count, written) => (count === 1 ? t('1 segment') : t`${written} segments`),
  row: (count, written) => (count === 1 ? t('1 row') : t`${written} rows`),
  document: (count, written) => (count === 1 ? t('1 document') : t`${written} documents`),
  operation: (count, written) => (count === 1 ? t('1 operation') : t`${written} operations`),
  manifest: (count, written) => (count === 1 ? t('1 manifest') : t`${written} manifests`),
  part: (count, written) => (count === 1 ? t('1 part') : t`${written} parts`),
  block: (count, written) => (count === 1 ? t('1 block') : t`${written} blocks`),
  byte: (count, written) => (count === 1 ? t('1 byte') : t`${written} bytes`),
  fault: (count, written) => (count === 1 ? t('1 fault') : t`${written} faults`),
  error: (count, written) => (count === 1 ? t('1 error') : t`${written} errors`),
  warning: (count, written) => (count === 1 ? t('1 warning') : t`${written} warnings`),
  hint: (count, written) => (count === 1 ? t('1 hint') : t`${written} hints`),
  import: (count, written) => (count === 1 ? t('1 import') : t`${written} imports`),
  export: (count, written) => (count === 1 ? t('1 export') : t`${written} exports`),
  moreImage: (count, written) => (count === 1 ? t('1 more image') : t`${written} more images`),
} satisfies Record<string, (count: number, written: string) => string>;
export type Counted = keyof typeof counts;

/** Writes a count with its noun: `1 object`, `3 objects`. */
export function formatCount(count: number, what: Counted): string {
  return counts[what](count, count.toLocaleString('en-US'));
}

/** Writes a time exactly, the same for everybody: `2015-03-09 11:00:00 UTC`. */
export function formatTime(at: number): string {
  return Number.isNaN(at)
    ? t('unknown')
    : t`${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** The same with its age: `2015-03-09 11:00:00 UTC · 3 days ago`. */
export function formatMoment(time: string, now: number): string {
  const at = Date.parse(time);
  const age = formatAge(time, now);
  return age === '' ? formatTime(at) : `${formatTime(at)} · ${age}`;
}

/** Writes how long something takes: `0.4 s`, `45 s`, `3 min 5 s`, `2 h 5 min`. */
export function formatDuration(milliseconds: number): string {
  const exact = Math.max(0, milliseconds / 1000);
  if (exact < 9.95) return `${exact.toFixed(1).replace(/\.0$/, '')} s`;
  const seconds = Math.round(exact);
  if (seconds < 60) return `${seconds} s`;
  const [minutes, hours] = [Math.floor(seconds / 60), Math.floor(seconds / 3600)];
  if (hours > 0) return join(hours, 'h', Math.floor((seconds % 3600) / 60), 'min');
  return join(minutes, 'min', seconds % 60, 's');
}

function join(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}
