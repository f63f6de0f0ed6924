/** The VHD footer: 512 big-endian bytes at the end of every VHD, copied to the front of dynamic ones. */
import { encodeLatin1, latin1 } from '../bytes.ts';
import { computeGeometry } from './geometry.ts';

export const sectorBytes = 512;
export const footerCookie = 'conectix';
export const allOnes = 0xffff_ffff_ffff_ffffn;
export const diskType = { fixed: 2, dynamic: 3, differencing: 4 } as const;

export interface Footer {
  readonly cookie: string;
  readonly features: number;
  readonly version: number;
  /** Where the dynamic header stands; all ones in a fixed disk. */
  readonly dataOffset: bigint;
  readonly timestamp: number;
  /** Creator application: four bytes as text, NULs and spaces kept. */
  readonly creator: string;
  readonly creatorVersion: number;
  readonly creatorOs: number;
  readonly originalSize: bigint;
  readonly currentSize: bigint;
  readonly geometry: { readonly cylinders: number; readonly heads: number; readonly sectors: number };
  readonly type: number;
  readonly checksum: number;
  readonly uuid: Uint8Array;
  readonly saved: number;
  readonly hidden: number;
}

/** Decodes a footer of 512 bytes, or of the 511 that Virtual PC before 2004 wrote (the missing last one is reserved and zero). */
export function decodeFooter(bytes: Uint8Array): Footer {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    cookie: latin1(bytes, 0, 8),
    features: view.getUint32(8),
    version: view.getUint32(12),
    dataOffset: view.getBigUint64(16),
    timestamp: view.getUint32(24),
    creator: latin1(bytes, 28, 4),
    creatorVersion: view.getUint32(32),
    creatorOs: view.getUint32(36),
    originalSize: view.getBigUint64(40),
    currentSize: view.getBigUint64(48),
    geometry: { cylinders: view.getUint16(56), heads: bytes[58] ?? 0, sectors: bytes[59] ?? 0 },
    type: view.getUint32(60),
    checksum: view.getUint32(64),
    uuid: bytes.slice(68, 84),
    saved: bytes[84] ?? 0,
    hidden: bytes[85] ?? 0,
  };
}

/** A valid footer, its geometry and checksum computed. */
export function encodeFooter(fields: {
  readonly type: number;
  readonly virtualSize: number;
  readonly uuid: Uint8Array;
  readonly timestamp: number;
  readonly creator: string;
}): Uint8Array {
  const bytes = new Uint8Array(sectorBytes);
  const view = new DataView(bytes.buffer);
  const geometry = computeGeometry(fields.virtualSize);
  bytes.set(encodeLatin1(footerCookie), 0);
  view.setUint32(8, 2);
  view.setUint32(12, 0x10000);
  view.setBigUint64(16, fields.type === diskType.fixed ? allOnes : 512n);
  view.setUint32(24, fields.timestamp);
  bytes.set(encodeLatin1(fields.creator.padEnd(4, '\0').slice(0, 4)), 28);
  view.setUint32(32, 0x10003);
  view.setBigUint64(40, BigInt(fields.virtualSize));
  view.setBigUint64(48, BigInt(fields.virtualSize));
  view.setUint16(56, geometry.cylinders);
  bytes[58] = geometry.heads;
  bytes[59] = geometry.sectors;
  view.setUint32(60, fields.type);
  bytes.set(fields.uuid.subarray(0, 16), 68);
  view.setUint32(64, checksum(bytes, 64));
  return bytes;
}

/** Tells whether the geometry has more sectors than the size. */
export function isGeometryTooLarge({ geometry, currentSize }: Footer): boolean {
  const { cylinders, heads, sectors } = geometry;
  return BigInt(cylinders * heads * sectors * sectorBytes) > currentSize;
}

/** The footer counts seconds from 2000 on. */
const epoch = Date.UTC(2000, 0, 1);

export function madeAt({ timestamp }: Footer): number {
  return epoch + 1000 * timestamp;
}

export function toTimestamp(time: number): number {
  return Math.max(0, Math.floor((time - epoch) / 1000));
}

/** One's complement of the sum of all bytes, the four at `at` (the checksum itself) taken as zero. */
export function checksum(bytes: Uint8Array, at: number): number {
  let sum = 0;
  for (const byte of bytes) sum += byte;
  for (const byte of bytes.subarray(at, at + 4)) sum -= byte;
  return ~sum >>> 0;
}
