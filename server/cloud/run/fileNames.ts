/** Letters of a file's name at most: file systems take 255 bytes, and endings are added. */
const maximumLength = 100;

/**
 * Makes a name of a cloud's text: letters, digits, `.`, `-` and `_`, so that it is a name in the folder it is meant for, on
 * each system. `fallback` where nothing is left of it.
 */
export function toFileName(text: string, fallback: string): string {
  const name = text
    .replaceAll(/[^A-Za-z0-9._-]+/g, '_')
    .replace(/^\.+/, '')
    .slice(0, maximumLength)
    .replace(/\.+$/, '');
  const isDevice = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i.test(name);
  return /[A-Za-z0-9]/.test(name) && !isDevice ? name : fallback;
}
