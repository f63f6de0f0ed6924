import { formatAge } from '../../ui/units.ts';

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
  const seconds = Math.max(0, milliseconds / 1000);
  if (seconds < 9.95) return `${seconds.toFixed(1).replace(/\.0$/, '')} s`;
  if (seconds < 59.5) return `${Math.round(seconds)} s`;
  const [minutes, hours] = [Math.floor(seconds / 60), Math.floor(seconds / 3600)];
  if (hours > 0) return join(hours, 'h', Math.floor((seconds % 3600) / 60), 'min');
  return join(minutes, 'min', Math.floor(seconds % 60), 's');
}

function join(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}
