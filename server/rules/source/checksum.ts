/** Hashes that publishers state, by their name in a manifest: hexadecimal digits of their value, strongest first. */
const digits = { sha512: 128, sha384: 96, sha256: 64, sha224: 56, sha1: 40, md5: 32 } as const;

export type HashName = keyof typeof digits;

/** A publisher's checksum of a file as it is published, in lower case. */
export interface Checksum {
  readonly algorithm: HashName;
  readonly value: string;
}

const names = Object.keys(digits) as HashName[];

/** Two files with the same hash of these can be made on purpose. */
export function isWeak({ algorithm }: Pick<Checksum, 'algorithm'>): boolean {
  return algorithm === 'md5' || algorithm === 'sha1';
}

/** Reads `sha256:HEX`. Answers why it is none as the tail of a sentence, with what it would be where its length tells. */
export function readChecksum(
  text: string,
): Checksum | { readonly problem: string; readonly instead?: string } {
  const [, algorithm, value = ''] = /^([^:]*):(.*)$/s.exec(text) ?? [];
  if (algorithm === undefined) {
    const guess = guessHash(text);
    return {
      problem: `does not say its hash: write sha256:… or sha512:…, or the address of a SHA256SUMS file`,
      ...(guess ? { instead: `${guess}:${text.toLowerCase()}` } : {}),
    };
  }
  const known = names.find((name) => name === algorithm.toLowerCase().replace('-', ''));
  if (!known) return { problem: `names the hash '${algorithm}', which is none of ${names.join(', ')}` };
  if (!/^[0-9a-f]*$/i.test(value)) return { problem: 'has other characters than hexadecimal digits' };
  if (value.length !== digits[known])
    return { problem: `has ${value.length} hexadecimal digits, and a ${known} has ${digits[known]}` };
  return { algorithm: known, value: value.toLowerCase() };
}

/** Writes a checksum as manifests do. */
export function writeChecksum({ algorithm, value }: Checksum): string {
  return `${algorithm}:${value}`;
}

function guessHash(hex: string): HashName | undefined {
  return /^[0-9a-f]+$/i.test(hex) ? names.find((name) => digits[name] === hex.length) : undefined;
}

/**
 * Finds a file's checksum in a list: lines as `sha256sum` writes them, `SHA256 (name) = …` as BSD does, or a checksum alone.
 * Of several the strongest; undefined where the list has none of that name.
 */
export function findChecksum(list: string, file: string): Checksum | undefined {
  const found = list.split(/\r?\n/).flatMap((line): Checksum[] => {
    const bsd = /^(\S+) \((.+)\) = ([0-9a-f]+)\s*$/i.exec(line);
    const [, hash, name, value] = bsd ?? [];
    if (hash !== undefined && name !== undefined && value !== undefined)
      return isNamed(name, file) ? toChecksum(value, hash) : [];
    const [, hex, named] = /^\\?([0-9a-f]+)[ \t]+[ *]?(\S.*?)\s*$/i.exec(line) ?? [];
    return hex !== undefined && named !== undefined && isNamed(named, file) ? toChecksum(hex) : [];
  });
  const alone = /^\s*([0-9a-f]+)\s*$/i.exec(list)?.[1];
  const all = alone === undefined ? found : toChecksum(alone);
  return names.flatMap((name) => all.find(({ algorithm }) => algorithm === name) ?? [])[0];
}

function isNamed(written: string, file: string): boolean {
  return written.replace(/^.*\//, '') === file;
}

/** By the length of its digits, which tells SHA-2 from the others; BSD's name has to fit. */
function toChecksum(hex: string, stated?: string): Checksum[] {
  const algorithm = guessHash(hex);
  const fits = stated === undefined || stated.toLowerCase().replace('-', '') === algorithm;
  return algorithm && fits ? [{ algorithm, value: hex.toLowerCase() }] : [];
}
