import { fileURLToPath } from 'node:url';

/** Whether a URI names a file that this process can open. On POSIX, `file://host/…` names another machine's. */
export function isLocalFile(uri: string): boolean {
  return /^file:\/\/(localhost)?\//.test(uri) || (process.platform === 'win32' && uri.startsWith('file:'));
}

/** The path of a local file; any other URI is its own name. */
export function pathOf(uri: string): string {
  return isLocalFile(uri) ? fileURLToPath(uri) : uri;
}
