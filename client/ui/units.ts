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
