/** The header of dynamic and differencing disks (1024 bytes), and the creator `tap`'s map of whole blocks. */
import { encodeLatin1, encodeUtf16, latin1 } from '../bytes.ts';
import { allOnes, checksum, sectorBytes } from './footer.ts';

export const headerBytes = 1024;
export const headerCookie = 'cxsparse';
export const batmapCookie = 'tdbatmap';
/** libvhd, the cloud's reader, takes no larger block. */
export const largestBlock = 2 * 1024 * 1024;
/** Blocks of a disk that we are ready to map: 2 TiB of 512 KiB blocks, in 16 MiB of memory. */
export const mostBlocks = 4 * 1024 * 1024;
/** The most smaller blocks, which are rare, a quarter of that: their table may need sorting. */
export const smallBlock = 512 * 1024;
/** A BAT entry of a block that is not allocated. */
export const unallocated = 0xffff_ffff;

export interface ParentLocator {
  readonly code: string;
  readonly space: number;
  readonly length: number;
  readonly offset: bigint;
}

export interface Header {
  readonly cookie: string;
  readonly nextOffset: bigint;
  readonly tableOffset: bigint;
  readonly version: number;
  readonly tableEntries: number;
  readonly blockSize: number;
  readonly checksum: number;
  readonly parentUuid: Uint8Array;
  readonly parentTimestamp: number;
  /** UTF-16BE in the file. */
  readonly parentName: string;
  readonly locators: readonly ParentLocator[];
}

export function decodeHeader(bytes: Uint8Array): Header {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    cookie: latin1(bytes, 0, 8),
    nextOffset: view.getBigUint64(8),
    tableOffset: view.getBigUint64(16),
    version: view.getUint32(24),
    tableEntries: view.getUint32(28),
    blockSize: view.getUint32(32),
    checksum: view.getUint32(36),
    parentUuid: bytes.slice(40, 56),
    parentTimestamp: view.getUint32(56),
    parentName: new TextDecoder('utf-16be').decode(bytes.subarray(64, 576)).replace(/\0.*$/s, ''),
    locators: Array.from({ length: 8 }, (_, index) => {
      const at = 576 + index * 24;
      return {
        code: latin1(bytes, at, 4),
        space: view.getUint32(at + 4),
        length: view.getUint32(at + 8),
        offset: view.getBigUint64(at + 16),
      };
    }).filter((locator) => locator.code !== '\0\0\0\0'),
  };
}

/** A valid header; of a differencing disk with `parent`, whose locators stand in a sector each from `locatorsAt`. */
export function encodeHeader(
  tableOffset: number,
  tableEntries: number,
  blockSize: number,
  parent?: DiskParent & { readonly locatorsAt: number },
): Uint8Array {
  const bytes = new Uint8Array(headerBytes);
  const view = new DataView(bytes.buffer);
  bytes.set(encodeLatin1(headerCookie), 0);
  view.setBigUint64(8, allOnes);
  view.setBigUint64(16, BigInt(tableOffset));
  view.setUint32(24, 0x10000);
  view.setUint32(28, tableEntries);
  view.setUint32(32, blockSize);
  if (parent) {
    bytes.set(parent.uuid.subarray(0, 16), 40);
    view.setUint32(56, parent.timestamp);
    bytes.set(encodeParentName(parent.name), 64);
    for (const [index, { code, text }] of encodeLocators(parent.name).entries()) {
      const at = 576 + index * 24;
      bytes.set(encodeLatin1(code), at);
      view.setUint32(at + 4, sectorBytes);
      view.setUint32(at + 8, text.length);
      view.setBigUint64(at + 16, BigInt(parent.locatorsAt + index * sectorBytes));
    }
  }
  view.setUint32(36, checksum(bytes, 36));
  return bytes;
}

export interface DiskParent {
  readonly uuid: Uint8Array;
  /** Seconds since 2000-01-01T00:00:00Z. */
  readonly timestamp: number;
  /** Of its file, in the same folder. */
  readonly name: string;
}

/** As the header has room for it. */
export function encodeParentName(name: string): Uint8Array {
  return encodeUtf16(name, { littleEndian: false }).subarray(0, 510);
}

/** A file in the same folder, in the ways in which libvhd names it and in its order. */
export function encodeLocators(
  name: string,
): readonly { readonly code: string; readonly text: Uint8Array }[] {
  const relative = encodeUtf16(`.\\${name}`, { littleEndian: true });
  return [
    { code: 'MacX', text: new TextEncoder().encode(`file://./${name}`) },
    { code: 'W2ku', text: relative },
    { code: 'W2ru', text: relative },
  ];
}

/** Measures the bytes that a locator's text may take. The specification counts sectors, many writers bytes: below 512 it is sectors. */
export function locatorSpace({ space }: Pick<ParentLocator, 'space'>): number {
  return space < sectorBytes ? space * sectorBytes : space;
}

/** Bytes of the sector bitmap before each block's data. */
export function bitmapBytes(blockSize: number): number {
  return align(Math.ceil(blockSize / sectorBytes / 8), sectorBytes);
}

export function align(value: number, to: number): number {
  return Math.ceil(value / to) * to;
}
