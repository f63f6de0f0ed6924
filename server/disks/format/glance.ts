import type { Opened } from '../blockContent.ts';
import { rawContent } from '../content.ts';
import { inflateAnywhere } from '../inflate.ts';
import type { ByteSource } from '../source.ts';
import type { Inspection } from './inspect.ts';
import { glanceAtQcow2 } from './qcow2.ts';
import { openVdi } from './vdi.ts';
import { openVhdx } from './vhdx.ts';
import { openVmdk } from './vmdk.ts';

/**
 * Opens a disk that is no VHD to look at a few places of it: no table is read as a whole, so that it takes the same time for a
 * disk of any size. Undefined for what holds no disk that can be read.
 */
export async function glance(
  source: ByteSource,
  format: Inspection['format'],
  head: Uint8Array,
): Promise<Opened | undefined> {
  switch (format) {
    case 'raw':
      return { content: rawContent(source) };
    case 'qcow2':
      return glanceAtQcow2(source, head, inflateAnywhere);
    case 'vdi':
      return openVdi(source, head);
    case 'vhdx':
      return openVhdx(source);
    case 'vmdk':
      return openVmdk(source, head, inflateAnywhere);
    default:
      return undefined;
  }
}
