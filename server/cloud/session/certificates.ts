/** What to do where a certificate is not trusted, as a sentence. */
export const certificateRemedy =
  'Name the file of the authority that signed it as cacert in clouds.yaml, or, only where nobody can listen in, write verify: false there.';

/** The codes that OpenSSL and Node give to what they do not trust. */
const certificateCodes =
  /^(?:CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_CERT_|HOSTNAME_MISMATCH$|INVALID_CA$)/;

/** Tells whether an error, or one that it rests on, is about a certificate that is not trusted. */
export function isAboutCertificate(error: unknown): boolean {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++)
    if ('code' in at && certificateCodes.test(String(at.code))) return true;
  return false;
}
