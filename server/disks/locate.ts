/** Finds a VHD's footer, also where it is not quite where it should be. */

import type { VhdFacts } from '../rules/facts.ts';
import { encodeLatin1, equalBytes, lastIndexOf, latin1 } from './bytes.ts';
import { checksum, decodeFooter, diskType, type Footer, footerCookie, sectorBytes } from './format/footer.ts';
import { headerCookie } from './format/header.ts';
import { type ByteSource, within } from './source.ts';

export type Damage = VhdFacts['damage'][number];

export interface FoundFooter {
  readonly footer: Footer;
  readonly bytes: Uint8Array;
  /** Where it stands; 0 when only the copy at the front is left. */
  readonly at: number;
  /** Where the disk's own bytes end: at the footer, or at the end of a file that lost it. */
  readonly end: number;
  /** Bytes after the footer that do not belong to the disk. */
  readonly trailing: number;
  readonly damage: readonly Damage[];
}

/** The bytes before the end of a file in which a footer is looked for that something was appended to. */
const searched = 1024 * 1024;

/** Finds the footer; undefined where this is no VHD. The word `conectix` alone, inside a disk's content or a text, makes none. */
export async function findFooter(source: ByteSource): Promise<FoundFooter | undefined> {
  return (await atTheEnd(source)) ?? (await beforeTrailing(source)) ?? (await atTheFront(source));
}

async function atTheEnd(source: ByteSource): Promise<FoundFooter | undefined> {
  for (const length of source.size % sectorBytes === sectorBytes - 1 ? [511, 512] : [512]) {
    const at = source.size - length;
    if (at < 0) continue;
    const bytes = await source.read(at, length);
    if (bytes.length < length) return undefined;
    const footer = decodeFooter(bytes);
    if (footer.cookie === footerCookie) return { footer, bytes, at, end: at, trailing: 0, damage: [] };
    if (isFooterButForCookie(bytes, footer)) {
      const text = `The footer begins with ${JSON.stringify(footer.cookie)}, not "${footerCookie}"; the rest of it is whole.`;
      return { footer, bytes, at, end: at, trailing: 0, damage: [{ field: 'footer cookie', text }] };
    }
  }
  return undefined;
}

/** The checksum still fits a cookie that should have been there, so the cookie alone was changed. */
function isFooterButForCookie(bytes: Uint8Array, footer: Footer): boolean {
  if (footer.version !== 0x10000 || footer.type > 6) return false;
  const mended = Uint8Array.from(bytes);
  mended.set(encodeLatin1(footerCookie), 0);
  return checksum(mended, 64) === footer.checksum;
}

async function beforeTrailing(source: ByteSource): Promise<FoundFooter | undefined> {
  const start = Math.max(0, source.size - searched);
  const tail = await source.read(start, source.size - start);
  const cookie = encodeLatin1(footerCookie);
  let index = lastIndexOf(tail, cookie);
  for (let tries = 0; index >= 0 && tries < 256; tries++) {
    const bytes = tail.subarray(index, index + sectorBytes);
    const at = start + index;
    if (bytes.length === sectorBytes && (await endsADisk(source, decodeFooter(bytes), bytes, at))) {
      const trailing = source.size - at - sectorBytes;
      const text = `${count(trailing, 'byte')} follow${trailing === 1 ? 's' : ''} the footer, which must be the last 512 bytes of the file.`;
      const damage = [{ field: 'footer position', text }];
      return { footer: decodeFooter(bytes), bytes: Uint8Array.from(bytes), at, end: at, trailing, damage };
    }
    index = index === 0 ? -1 : lastIndexOf(tail, cookie, index - 1);
  }
  return undefined;
}

/** Tells whether the footer at this place closes a disk that begins where the file begins, and is not a file within its content. */
async function endsADisk(
  source: ByteSource,
  footer: Footer,
  bytes: Uint8Array,
  at: number,
): Promise<boolean> {
  if (at === 0 || checksum(bytes, 64) !== footer.checksum) return false;
  if (footer.type === diskType.fixed) return BigInt(at) === footer.currentSize;
  if (at % sectorBytes !== 0 || footer.dataOffset > BigInt(at)) return false;
  const front = await source.read(0, sectorBytes);
  if (equalBytes(front, bytes)) return at > Number(footer.dataOffset);
  return (await textAt(source, Number(footer.dataOffset), 8)) === headerCookie;
}

async function atTheFront(source: ByteSource): Promise<FoundFooter | undefined> {
  const bytes = await source.read(0, sectorBytes);
  if (bytes.length < sectorBytes) return undefined;
  const footer = decodeFooter(bytes);
  if (footer.cookie !== footerCookie) return undefined;
  const whole = checksum(bytes, 64) === footer.checksum && footer.type !== diskType.fixed;
  if (!whole && (await textAt(source, sectorBytes, 8)) !== headerCookie) return undefined;
  const text =
    'The footer is missing at the end of the file; only its copy at the front is there. The file was cut off, or its writer was interrupted.';
  return { footer, bytes, at: 0, end: source.size, trailing: 0, damage: [{ field: 'footer', text }] };
}

async function textAt(source: ByteSource, position: number, length: number): Promise<string> {
  if (within(source.size, position, length) < length) return '';
  return latin1(await source.read(position, length), 0, length);
}

export function count(number: number, noun: string): string {
  return `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`;
}
