import { latin1 } from '../bytes.ts';
import type { ByteSource } from '../source.ts';
import { align } from './header.ts';

export interface TarEntry {
  readonly name: string;
  readonly size: number;
  /** Where its bytes begin in the archive. */
  readonly position: number;
}

const block = 512;
const mostHeaders = 1000;

/** Lists the files of a plain tar by its first 1,000 headers alone, as far as they can be followed. */
export async function listTar(source: ByteSource): Promise<TarEntry[]> {
  const entries: TarEntry[] = [];
  for (let [at, headers] = [0, 0]; at < source.size && headers < mostHeaders; headers++) {
    const header = await source.read(at, block);
    if (header.length < block || latin1(header, 257, 5) !== 'ustar') break;
    const text = (start: number, length: number): string =>
      latin1(header, start, length).replace(/\0.*$/s, '');
    const size = readSize(header);
    if (size === undefined) break;
    const [folder, file] = [text(345, 155), text(0, 100)];
    const isFile = ['0', ''].includes(text(156, 1));
    if (isFile) entries.push({ name: folder ? `${folder}/${file}` : file, size, position: at + block });
    at += block + align(size, block);
  }
  return entries;
}

/** Octal digits, or from 8 GiB on a number whose first bit is set. */
function readSize(header: Uint8Array): number | undefined {
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const size =
    header[124] === 0x80
      ? Number(view.getBigUint64(128))
      : Number.parseInt(latin1(header, 124, 12).replace(/[\0 ]+$/, ''), 8);
  return Number.isSafeInteger(size) && size >= 0 ? size : undefined;
}
