/** Decodes a URI as a person reads it; leaves it as it is where its escapes are not UTF-8. */
export function decodeUri(uri: string): string {
  try {
    return decodeURIComponent(uri);
  } catch (error) {
    if (error instanceof URIError) return uri;
    throw error;
  }
}
