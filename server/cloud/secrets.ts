/** The password of the emulator's demo users, which stands in its documentation. */
const known = 'emulator';
const blank = '***';

/** Blanks secrets in a text of a cloud: an error that echoes the request would put a password into a log. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  const own = secrets.filter((secret) => secret !== '' && secret !== known);
  const forms = new Set(
    own.flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]),
  );
  return [...forms]
    .sort((one, other) => other.length - one.length)
    .reduce((rest, form) => rest.replaceAll(form, blank), text);
}
