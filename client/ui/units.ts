/** Writes bytes as people say them: `3.4 GB`. Powers of 1,024, as the service's own limits count. */
export function formatSize(bytes: number): string {
  const units = ['bytes', 'KB', 'MB', 'GB', 'TB'];
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), units.length - 1);
  const value = bytes / 1024 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1).replace(/\.0$/, '')} ${units[power]}`;
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
  if (!step) return 'just now';
  return new Intl.RelativeTimeFormat('en').format(-Math.floor(seconds / step[0]), step[1]);
}

/** Writes a count with its noun: `1 object`, `3 objects`. */
export function formatCount(count: number, what: string): string {
  return `${count.toLocaleString('en-US')} ${what}${count === 1 ? '' : 's'}`;
}

/** Writes a time exactly, the same for everybody: `2015-03-09 11:00:00 UTC`. */
export function formatTime(at: number): string {
  return Number.isNaN(at) ? 'unknown' : `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
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
