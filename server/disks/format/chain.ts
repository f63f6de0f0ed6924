/** A disk and its parents, read as one, and merged into one file. */
import { type DiskContent, openContent } from '../content.ts';
import type { ByteSource } from '../source.ts';
import { type WriteAt, type WriteOptions, writeDynamic } from '../write.ts';
import { diskType } from './footer.ts';
import type { VhdIdentity } from './layout.ts';
import { openVhd, type Vhd } from './vhd.ts';

/** XenServer follows no longer chain. */
export const longestChain = 30;

export interface ChainProblem {
  /** Which source, counted from the leaf (0). */
  readonly member: number;
  readonly text: string;
}

/**
 * Opens a chain, the leaf first, the base last. `links`: by default each child must name its parent's identifier; `order`
 * trusts the order alone, as the cloud does when it unpacks an OVA.
 */
export async function openChain(
  sources: readonly ByteSource[],
  links: 'identifiers' | 'order' = 'identifiers',
): Promise<{ readonly content: DiskContent } | { readonly problem: ChainProblem }> {
  if (sources.length === 0 || sources.length > longestChain) {
    return { problem: { member: 0, text: `A chain has 1 to ${longestChain} disks, not ${sources.length}.` } };
  }
  let content: DiskContent | undefined;
  let parent: Vhd | undefined;
  for (let member = sources.length - 1; member >= 0; member--) {
    const source = sources[member];
    const vhd = source && (await openVhd(source));
    const text = vhd ? findProblem(vhd, parent, links) : 'This is no VHD.';
    content = vhd && openContent(vhd, content);
    if (text || !content) return { problem: { member, text: text ?? 'The disk cannot be read.' } };
    parent = vhd;
  }
  return content ? { content } : { problem: { member: 0, text: 'The chain is empty.' } };
}

function findProblem(vhd: Vhd, parent: Vhd | undefined, links: 'identifiers' | 'order'): string | undefined {
  const [first] = vhd.damage;
  if (first) return `The disk is damaged (${first.field}): ${first.text}`;
  const child = vhd.footer.type === diskType.differencing;
  if (!child && vhd.footer.type !== diskType.fixed && vhd.footer.type !== diskType.dynamic)
    return `Its type is ${vhd.footer.type}.`;
  if (parent && !child) return 'The disk has no parent, but is not the last of the chain.';
  if (!parent && child) return 'The disk has a parent, which is missing.';
  if (!parent || links === 'order' || !vhd.header) return undefined;
  const same = Buffer.compare(vhd.header.parentUuid, parent.footer.uuid) === 0;
  return same ? undefined : 'The disk names another parent: the identifiers differ.';
}

/**
 * Merges a chain into one dynamic VHD of the leaf's size: for each sector the newest disk that has it. Blocks of zeros are
 * left out. Nothing is written where the chain is not sound. Answers the new file's size.
 */
export async function mergeChain(
  sources: readonly ByteSource[],
  identity: VhdIdentity,
  write: WriteAt,
  options: WriteOptions & { readonly links?: 'identifiers' | 'order' } = {},
): Promise<{ readonly size: number } | { readonly problem: ChainProblem }> {
  const chain = await openChain(sources, options.links);
  if ('problem' in chain) return chain;
  return { size: await writeDynamic(chain.content, identity, write, options) };
}
