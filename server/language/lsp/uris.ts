import { fileURLToPath } from 'node:url';

/**
 * The path of a file that this process can open; undefined for any other URI. On POSIX, `file://host/…` names another
 * machine's. Bytes that are no UTF-8 (`%E9`) name a file that no string can name.
 */
export function localPath(uri: string): string | undefined {
  const isLocal =
    /^file:\/\/(localhost)?\//.test(uri) || (process.platform === 'win32' && uri.startsWith('file:'));
  if (!isLocal) return undefined;
  try {
    return fileURLToPath(uri);
  } catch (error) {
    if (error instanceof URIError || error instanceof TypeError) return undefined;
    throw error;
  }
}

/** The path of a local file; any other URI is its own name. */
export function pathOf(uri: string): string {
  return localPath(uri) ?? uri;
}

/** A URI as a person reads it; as it is where its escapes are no UTF-8. */
export function decoded(uri: string): string {
  try {
    return decodeURIComponent(uri);
  } catch (error) {
    if (error instanceof URIError) return uri;
    throw error;
  }
}
