import { pack } from 'tar-stream';
import { align } from './header.ts';

/** Bytes: what a tar counts in. */
export const tarBlock = 512;

/** The size that a file takes in a tar, without its header. */
export function alignTar(size: number): number {
  return align(size, tarBlock);
}

/** tar-stream writes the header (base-256 sizes from 8 GiB on); the content goes past its streams. */
export async function tarHeader(name: string, size: number): Promise<Uint8Array> {
  const packing = pack();
  packing.entry({ name, size, mode: 0o644, mtime: new Date(0), uid: 0, gid: 0, uname: '', gname: '' });
  for await (const header of packing) {
    const isWhole = header instanceof Uint8Array && header.length === tarBlock && header[156] === 0x30; // else one of PAX is first
    if (isWhole) return header;
    break;
  }
  throw new Error(`No tar header could be made for ${name}.`);
}
