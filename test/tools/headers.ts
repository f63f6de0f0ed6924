/** Headers of disks that say one thing each, for tests that need no whole disk. */

/** A QCOW2 of version 3 and 1 GiB, without content. */
export function qcow2Header({ backing = false, features = 0, size = 2 ** 30 } = {}): Buffer {
  const bytes = Buffer.alloc(65_536);
  bytes.write('QFI\xfb', 'latin1');
  bytes.writeUInt32BE(3, 4);
  bytes.writeBigUInt64BE(backing ? 1024n : 0n, 8);
  bytes.writeUInt32BE(16, 20);
  bytes.writeBigUInt64BE(BigInt(size), 24);
  bytes.writeBigUInt64BE(BigInt(features), 72);
  bytes.writeUInt32BE(4, 96);
  bytes.writeUInt32BE(104, 100);
  return bytes;
}

/** A disk with the protective record of a GPT alone; its entry begins at the sector `start`. */
export function protectedDisk(start = 1): Buffer {
  const bytes = Buffer.alloc(65_536);
  bytes.set([0, 0, 2, 0, 0xee, 0xff, 0xff, 0xff], 446);
  bytes.writeUInt32LE(start, 454);
  bytes.writeUInt32LE(127, 458);
  bytes.writeUInt16LE(0xaa55, 510);
  return bytes;
}

/** An ISO of 32 blocks that can be started from a block device too. */
export function hybridIso(): Buffer {
  const bytes = protectedDisk();
  bytes[32_768] = 1;
  bytes.write('CD001', 32_769, 'latin1');
  bytes.writeUInt32LE(32, 32_768 + 80);
  bytes.writeUInt16LE(2048, 32_768 + 128);
  return bytes;
}
