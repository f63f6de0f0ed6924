/**
 * The index of a gzip file of ours: the places of its pieces, so that its content can be read anywhere. It stands in empty gzip
 * members behind the content, in their extra fields (RFC 1952 §2.3.1.1): who does not know it reads nothing more.
 */
import type { ByteSource } from '../source.ts';

/** A stored block's length has two bytes. */
export const storedBytes = 65_535;
/** Content of a piece; each stands for itself and ends at a byte. Whole stored blocks, about 1 MiB. */
export const pieceBytes = 16 * storedBytes;

export interface Piece {
  /** In the gzip file. */
  readonly length: number;
  /** CRC-32 of the content up to the end of this piece. */
  readonly checksum: number;
}

export interface GzipIndex {
  /** Bytes of content. */
  readonly size: number;
  readonly pieces: readonly Piece[];
}

const startBytes = 10;
/** The last block, the checksum, the length. */
const endBytes = 13;
const entryBytes = 8;
/** An extra field has at most 65,535 bytes. */
const entriesOfMember = 8000;
const lastBytes = 16;
/** That of a disk of 2 TiB. */
const mostBytes = 17 * 1024 * 1024;
/** Ours; what a field of this name holds: lengths and checksums, or the index's place and the content's size. */
const fields = { entries: 'Ce', last: 'Cl' } as const;

export function gzipStart({ fast = false, extra = false }): Buffer {
  return Buffer.from([0x1f, 0x8b, 8, extra ? 4 : 0, 0, 0, 0, 0, fast ? 4 : 0, 255]);
}

export function encodeIndex(pieces: readonly Piece[], size: number): Buffer {
  const members: Buffer[] = [];
  for (let at = 0; at < pieces.length; at += entriesOfMember) {
    const part = pieces.slice(at, at + entriesOfMember);
    const entries = Buffer.alloc(part.length * entryBytes);
    for (const [index, { length, checksum }] of part.entries()) {
      entries.writeUInt32LE(length, index * entryBytes);
      entries.writeUInt32LE(checksum, index * entryBytes + 4);
    }
    members.push(emptyMember(fields.entries, entries));
  }
  const last = Buffer.alloc(lastBytes);
  last.writeBigUInt64LE(BigInt(pieces.reduce((sum, { length }) => sum + length, startBytes + endBytes)), 0);
  last.writeBigUInt64LE(BigInt(size), 8);
  return Buffer.concat([...members, emptyMember(fields.last, last)]);
}

/** Reads the index; undefined where the file has none, or one that does not fit it. */
export async function readIndex(file: ByteSource): Promise<GzipIndex | undefined> {
  const length = emptyMember(fields.last, Buffer.alloc(lastBytes)).length;
  const member = Buffer.from(await file.read(Math.max(0, file.size - length), length));
  const last = fieldOf(member, fields.last);
  if (last?.length !== lastBytes) return undefined;
  const at = Number(last.readBigUInt64LE(0));
  const size = Number(last.readBigUInt64LE(8));
  const indexed = file.size - at - length;
  if (indexed < 0 || indexed > mostBytes) return undefined;
  const found = Buffer.from(await file.read(at, indexed));
  const pieces: Piece[] = [];
  for (let from = 0; from < found.length; ) {
    const entries = fieldOf(found.subarray(from), fields.entries);
    if (!entries || entries.length % entryBytes !== 0) return undefined;
    for (let entry = 0; entry < entries.length; entry += entryBytes)
      pieces.push({ length: entries.readUInt32LE(entry), checksum: entries.readUInt32LE(entry + 4) });
    from += emptyMember(fields.entries, entries).length;
  }
  const end = pieces.reduce((sum, piece) => sum + piece.length, startBytes + endBytes);
  const fits = pieces.length === Math.ceil(size / pieceBytes) && end === at;
  return fits && pieces.every((piece) => piece.length < 2 * pieceBytes) ? { size, pieces } : undefined;
}

/** The offset of the first piece. */
export const firstPiece = startBytes;

function emptyMember(name: string, field: Uint8Array): Buffer {
  const lengths = Buffer.alloc(6);
  lengths.writeUInt16LE(field.length + 4, 0);
  lengths.write(name, 2, 'latin1');
  lengths.writeUInt16LE(field.length, 4);
  // No content: a last block that is empty, its checksum and length zero.
  return Buffer.concat([gzipStart({ extra: true }), lengths, field, Buffer.from([3, 0]), Buffer.alloc(8)]);
}

/** The field of an empty member that stands at the front of these bytes. */
function fieldOf(bytes: Buffer, name: string): Buffer | undefined {
  const before = startBytes + 6;
  if (bytes.length < before) return undefined;
  const field = bytes.subarray(before, before + bytes.readUInt16LE(before - 2));
  const member = emptyMember(name, field);
  return member.equals(bytes.subarray(0, member.length)) ? field : undefined;
}
