import { createHash, generateKeyPair, X509Certificate } from 'node:crypto';
import { promisify } from 'node:util';
import { formatPem, makeCertificate, packKey } from './certificate.ts';

export type KeyType = 'ssh' | 'x509';

/** The fingerprint of a public key; undefined where it is none. Nova takes MD5 of SSH keys, and SHA-1 of certificates. */
export function fingerprint(publicKey: string, type: KeyType): string | undefined {
  if (type === 'x509') return fingerprintCertificate(publicKey);
  const [algorithm = '', encoded = ''] = publicKey.split(' ');
  if (!/^[A-Za-z0-9+/]+={0,2}\s*$/.test(encoded)) return undefined;
  const data = Buffer.from(encoded, 'base64');
  return isPublicKey(algorithm, data) ? showDigest(createHash('md5').update(data).digest('hex')) : undefined;
}

function fingerprintCertificate(text: string): string | undefined {
  try {
    return new X509Certificate(text).fingerprint.toLowerCase();
  } catch (error) {
    if (error instanceof Error) return undefined;
    throw error;
  }
}

function showDigest(hex: string): string {
  return (hex.match(/../g) ?? []).join(':');
}

/** Counts of the fields that follow the name of an algorithm (RFC 4253 §6.6, RFC 5656 §3.1, RFC 8709 §4). */
const fieldCounts: Readonly<Record<string, number>> = {
  'ssh-rsa': 2,
  'ssh-dss': 4,
  'ssh-ed25519': 1,
  'ecdsa-sha2-nistp256': 2,
  'ecdsa-sha2-nistp384': 2,
  'ecdsa-sha2-nistp521': 2,
};

function isPublicKey(algorithm: string, data: Buffer): boolean {
  const [name, ...fields] = readFields(data) ?? [];
  if (name?.toString('latin1') !== algorithm || fieldCounts[algorithm] !== fields.length) return false;
  return algorithm !== 'ssh-ed25519' || fields[0]?.length === 32;
}

/** Reads what is made of fields that have their length in front of them; undefined where it is not. */
function readFields(data: Buffer): Buffer[] | undefined {
  const fields: Buffer[] = [];
  for (let at = 0; at < data.length; ) {
    if (at + 4 > data.length) return undefined;
    const end = at + 4 + data.readUInt32BE(at);
    if (end === at + 4 || end > data.length) return undefined;
    fields.push(data.subarray(at + 4, end));
    at = end;
  }
  return fields;
}

/** What a user is given once: texts of both keys. */
interface Keys {
  readonly publicKey: string;
  readonly privateKey: string;
}

/** Makes an RSA key of 2048 bits and a certificate of it: base64 of PKCS #12, and PEM. */
export async function generateCertificate(user: string, now: number): Promise<Keys> {
  const keys = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  const certificate = makeCertificate(user, keys, now);
  return {
    publicKey: formatPem(certificate),
    privateKey: packKey(certificate, keys.privateKey).toString('base64'),
  };
}

/** Makes an RSA key of 2048 bits: the private one as PEM (PKCS #1), the public one as OpenSSH writes it. */
export async function generateKeys(): Promise<Keys> {
  const keys = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  const { n = '', e = '' } = keys.publicKey.export({ format: 'jwk' });
  const data = Buffer.concat([
    field(Buffer.from('ssh-rsa')),
    ...[e, n].map((number) => field(positive(Buffer.from(number, 'base64url')))),
  ]);
  return {
    publicKey: `ssh-rsa ${data.toString('base64')} Generated-by-Nova`,
    privateKey: keys.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
  };
}

function field(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** A leading zero keeps a number from being read as a negative one. */
function positive(bytes: Buffer): Buffer {
  return (bytes[0] ?? 0) < 0x80 ? bytes : Buffer.concat([Buffer.alloc(1), bytes]);
}
