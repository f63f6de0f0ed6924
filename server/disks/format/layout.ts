/** Where everything stands in the sparse VHDs that we write: data on 4 KiB boundaries, the block map behind the BAT. */
import { encodeLatin1 } from '../bytes.ts';
import { checksum, diskType, encodeFooter, sectorBytes } from './footer.ts';
import {
  align,
  batmapCookie,
  type DiskParent,
  encodeHeader,
  encodeLocators,
  largestBlock,
} from './header.ts';

export interface VhdIdentity {
  /** 16 bytes. */
  readonly uuid: Uint8Array;
  /** Seconds since 2000-01-01T00:00:00Z. */
  readonly timestamp: number;
  /** Creator application, up to four characters. Default `tap`, whose disks the cloud can grow. */
  readonly creator?: string;
}

/** Lays out a dynamic disk, or with `parent` a differencing one. Throws where no VHD has that size. */
export function layOut(virtualSize: number, identity: VhdIdentity, parent?: DiskParent) {
  checkSize(virtualSize);
  const entries = Math.ceil(virtualSize / largestBlock);
  const tableOffset = 1536;
  const tableLength = align(4 * entries, sectorBytes);
  const batmapAt = tableOffset + tableLength;
  const mapLength = align(Math.ceil(entries / 8), sectorBytes);
  const creator = named(identity);
  const withMap = creator.creator === 'tap';
  const locatorsAt = batmapAt + (withMap ? sectorBytes + mapLength : 0);
  const locators = parent ? encodeLocators(parent.name) : [];
  // The bitmap is the sector before its data, so everything up to it fills whole 4 KiB pages less one sector.
  const tablesLength = align(locatorsAt + locators.length * sectorBytes, 4096);
  const blockLead = new Uint8Array(4096).fill(0xff, 4096 - sectorBytes);
  const type = parent ? diskType.differencing : diskType.dynamic;
  const footer = encodeFooter({ type, virtualSize, ...creator });
  const header = encodeHeader(tableOffset, entries, largestBlock, parent && { ...parent, locatorsAt });

  /** Of blocks in that order in the file. `isWhole`: all of the block's sectors are in it. */
  const tables = (blocks: readonly number[], isWhole = (_: number): boolean => true): Uint8Array => {
    const bytes = new Uint8Array(tablesLength);
    const view = new DataView(bytes.buffer);
    bytes.set(footer, 0);
    bytes.set(header, sectorBytes);
    bytes.fill(0xff, tableOffset, tableOffset + tableLength);
    const map = new Uint8Array(mapLength);
    for (const [index, block] of blocks.entries()) {
      const lead = tablesLength + index * (blockLead.length + largestBlock);
      view.setUint32(tableOffset + 4 * block, (lead + blockLead.length) / sectorBytes - 1);
      if (isWhole(block)) map[block >> 3] = (map[block >> 3] ?? 0) | (0x80 >> (block & 7));
    }
    if (withMap) setBatmap(bytes, batmapAt, map);
    for (const [index, { text }] of locators.entries()) bytes.set(text, locatorsAt + index * sectorBytes);
    return bytes;
  };
  return { tables, tablesLength, blockLead, footer };
}

function setBatmap(bytes: Uint8Array, at: number, map: Uint8Array): void {
  const view = new DataView(bytes.buffer, at, sectorBytes);
  bytes.set(encodeLatin1(batmapCookie), at);
  view.setBigUint64(8, BigInt(at + sectorBytes));
  view.setUint32(16, map.length / sectorBytes);
  view.setUint32(20, 0x10002);
  view.setUint32(24, checksum(map, map.length));
  bytes.set(map, at + sectorBytes);
}

export function named(identity: VhdIdentity): Required<VhdIdentity> {
  return { creator: 'tap', ...identity };
}

export function checkSize(size: number): void {
  if (size > 0 && size % sectorBytes === 0 && size <= 2040 * 1024 ** 3) return;
  throw new RangeError(`A VHD holds whole sectors, from 512 bytes to 2040 GiB; not ${size} bytes.`);
}
