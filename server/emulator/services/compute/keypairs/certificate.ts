import { type KeyObject, randomBytes, sign } from 'node:crypto';

/** Certificates for logging in to Windows without a password, as Nova makes them: for ten years, signed by themselves. */

/** An element of DER (X.690): its tag, its length, and what it holds. */
function element(tag: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body]);
  const hex = body.length.toString(16);
  const length = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length]), length, body]);
}

const sequence = (...content: readonly Buffer[]) => element(0x30, ...content);
const set = (...content: readonly Buffer[]) => element(0x31, ...content);
const octets = (...content: readonly Buffer[]) => element(0x04, ...content);
const explicit = (number: number, ...content: readonly Buffer[]) => element(0xa0 | number, ...content);
const integer = (bytes: Buffer) => element(0x02, bytes);
const text = (value: string) => element(0x0c, Buffer.from(value));

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const parts = [first * 40 + second, ...rest].map((part) => {
    const bytes = [part & 0x7f];
    for (let left = part >>> 7; left > 0; left >>>= 7) bytes.unshift(0x80 | (left & 0x7f));
    return Buffer.from(bytes);
  });
  return element(0x06, ...parts);
}

/** Until 2049 two digits name a year. */
function time(at: number): Buffer {
  const digits = new Date(at).toISOString().replaceAll(/[-:T]|\.\d+/g, '');
  return element(0x17, Buffer.from(digits.slice(2)));
}

/** The certificate of a user, as DER. */
export function makeCertificate(
  user: string,
  { publicKey, privateKey }: { readonly publicKey: KeyObject; readonly privateKey: KeyObject },
  now: number,
): Buffer {
  const algorithm = sequence(oid('1.2.840.113549.1.1.11'), element(0x05)); // SHA-256 with RSA
  const name = sequence(set(sequence(oid('2.5.4.3'), text(user))));
  const usage = sequence(oid('2.5.29.37'), octets(sequence(oid('1.3.6.1.5.5.7.3.2'))));
  const principal = explicit(0, oid('1.3.6.1.4.1.311.20.2.3'), explicit(0, text(`${user}@localhost`)));
  const alternative = sequence(oid('2.5.29.17'), octets(sequence(principal)));
  const signed = sequence(
    explicit(0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    algorithm,
    name,
    sequence(time(now), time(now + 3650 * 86_400_000)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    explicit(3, sequence(usage, alternative)),
  );
  const signature = sign('sha256', signed, privateKey);
  return sequence(signed, algorithm, element(0x03, Buffer.from([0]), signature));
}

/** A certificate and its key in one file (PKCS #12), neither encrypted nor authenticated. */
export function packKey(certificate: Buffer, privateKey: KeyObject): Buffer {
  const data = (...content: readonly Buffer[]) =>
    sequence(oid('1.2.840.113549.1.7.1'), explicit(0, octets(...content)));
  const keyBag = sequence(
    oid('1.2.840.113549.1.12.10.1.1'),
    explicit(0, privateKey.export({ type: 'pkcs8', format: 'der' })),
  );
  const packed = sequence(oid('1.2.840.113549.1.9.22.1'), explicit(0, octets(certificate)));
  const certificateBag = sequence(oid('1.2.840.113549.1.12.10.1.3'), explicit(0, packed));
  const safe = sequence(data(sequence(certificateBag, keyBag)));
  return sequence(integer(Buffer.from([3])), data(safe));
}

export function formatPem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
