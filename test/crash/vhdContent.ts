import { createHash } from 'node:crypto';

const blockBytes = 2 * 1024 * 1024;

/** The hash of what a guest sees of a dynamic VHD with blocks of 2 MiB, read by code that is not the product's. */
export function contentOf(vhd: Buffer): string {
  if (vhd.length < 2048 || vhd.toString('latin1', vhd.length - 512, vhd.length - 504) !== 'conectix')
    return `no VHD: ${vhd.length} bytes`;
  const hash = createHash('sha256').update(vhd.subarray(vhd.length - 512 + 48, vhd.length - 512 + 56));
  const table = Number(vhd.readBigUInt64BE(512 + 16));
  for (let block = 0; block < vhd.readUInt32BE(512 + 28); block += 1) {
    const sector = vhd.readUInt32BE(table + block * 4);
    if (sector === 0xffff_ffff) continue;
    const start = sector * 512;
    for (let at = 0; at < blockBytes; at += 512) {
      const has = ((vhd[start + (at >> 12)] ?? 0) & (0x80 >> ((at >> 9) & 7))) !== 0;
      const bytes = vhd.subarray(start + 512 + at, start + 1024 + at);
      if (has && bytes.some((byte) => byte !== 0)) hash.update(`${block} ${at}`).update(bytes);
    }
  }
  return hash.digest('hex');
}
