/** LUKS: encrypted disks. Nothing is decrypted; the header says which version it is, and where the encrypted bytes begin. */
import { latin1, viewOf } from '../bytes.ts';
import type { Head, Match } from './inspection.ts';

const magic = 'LUKS\xba\xbe';
/** Through the last key slot of version 1. */
const headerBytes = 592;
const mostJson = 4 * 2 ** 20;

export async function inspectLuks(head: Head): Promise<Match | undefined> {
  const { bytes, source } = head;
  if (latin1(bytes, 0, 6) !== magic) return undefined;
  if (bytes.length < headerBytes) return { format: 'luks', virtualSize: 0, failed: ['incomplete'] };
  const view = viewOf(bytes);
  const version = view.getUint16(6);
  const start = version === 1 ? view.getUint32(104) * 512 : await readSegmentStart(head);
  const virtualSize = start === undefined ? 0 : Math.max(0, source.size - start);
  return { format: 'luks', virtualSize, failed: version === 1 ? [] : ['version'] };
}

/** Version 2 says it in the JSON behind its binary header, whose size counts both. */
async function readSegmentStart({ source, bytes }: Head): Promise<number | undefined> {
  const length = Number(viewOf(bytes).getBigUint64(8));
  if (!(length > 4096 && length <= mostJson)) return undefined;
  const text = new TextDecoder().decode(await source.read(4096, length - 4096)).replace(/\0.*$/s, '');
  const found = /"segments":\{"\d+":\{[^{}]*?"offset":"(\d{1,15})"/.exec(text);
  return found ? Number(found[1]) : undefined;
}
