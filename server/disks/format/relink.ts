/** A member of a chain whose parent's file has another name. */
import { rawContent } from '../content.ts';
import { overlayContent } from '../overlay.ts';
import { type ByteSource, memorySource } from '../source.ts';
import { checksum, diskType } from './footer.ts';
import { encodeLocators, encodeParentName, headerBytes, locatorSpace } from './header.ts';
import { openVhd } from './vhd.ts';

/**
 * The same disk, naming its parent by a file in its folder; in its locators as far as it has those, and their space takes
 * the name. A disk without a parent stays as it is.
 */
export async function relinkedSource(source: ByteSource, parentName: string): Promise<ByteSource> {
  const vhd = await openVhd(source);
  if (vhd?.footer.type !== diskType.differencing || !vhd.header) return source;
  const start = Number(vhd.footer.dataOffset);
  const header = Buffer.from(await source.read(start, headerBytes));
  header.fill(0, 64, 576).set(encodeParentName(parentName), 64);
  const edits = [{ offset: start, length: headerBytes, bytes: memorySource(header) }];
  const texts = new Map(encodeLocators(parentName).map(({ code, text }) => [code, text]));
  for (let at = 576; at < 768; at += 24) {
    const text = texts.get(header.toString('latin1', at, at + 4));
    const space = locatorSpace({ space: header.readUInt32BE(at + 4) });
    if (!text || text.length > space) continue;
    header.writeUInt32BE(text.length, at + 8);
    const offset = Number(header.readBigUInt64BE(at + 16));
    edits.push({ offset, length: text.length, bytes: memorySource(text) });
  }
  header.writeUInt32BE(checksum(header, 36), 36);
  return overlayContent(rawContent(source), edits, source.size);
}
