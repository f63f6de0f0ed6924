/** Shows what an archive of disks holds: the cloud's OVA, which is a gzip-compressed tar, or a plain tar. */
import { t } from '@vscode/l10n';
import { mapBlocks } from '../../server/disks/blockMap.ts';
import { openChain } from '../../server/disks/format/chain.ts';
import { decodeFooter, footerCookie } from '../../server/disks/format/footer.ts';
import { chainOrder, type OvaMember, openOva, ovaMembers } from '../../server/disks/format/ova.ts';
import { listTar } from '../../server/disks/format/tarListing.ts';
import { openVhd } from '../../server/disks/format/vhd.ts';
import { gunzipAnywhere } from '../../server/disks/gzip/gunzip.ts';
import { type ByteSource, cachedSource, DamagedData } from '../../server/disks/source.ts';
import { printable } from '../../server/plainText.ts';
import { formatSize } from '../ui/units.ts';
import { captionBlocks, nameVhdType } from './diskWords.ts';
import type { DiskView, ShownChain } from './protocol.ts';
import { showGuest } from './showGuest.ts';

export type ShownArchive = Pick<DiskView, 'summary' | 'guest' | 'blocks'> & { readonly chain: ShownChain };

/** A file of an archive, by what its beginning says. */
interface Member {
  readonly name: string;
  readonly size: number;
  readonly type: string;
  readonly virtualSize?: number;
}

/** Tells whether an archive can be read without unpacking all of it. */
export async function isIndexed(source: ByteSource): Promise<boolean> {
  return (await gunzipAnywhere(source)) !== undefined;
}

/**
 * Reads a gzip file that is an OVA, and nothing of any other. One of ours is read anywhere; another from its beginning, which
 * takes as long as it is: until then come texts that say how far it is. Rejects where the source does.
 */
export async function* readOva(source: ByteSource): AsyncGenerator<string | ShownArchive> {
  const all = await ovaMembers(source).catch(() => undefined); // damaged: it is read as far as it goes
  if (!all) return yield* readStream(source);
  const members = all.slice(0, mostMembers);
  yield await showMembers(members).catch((error: unknown) => {
    if (!(error instanceof DamagedData)) throw error;
    const listed = members.map(({ name, source: { size } }): Member => ({ name, size, type: '' }));
    return listMembers(listed, error.message);
  });
}

/** Reads the disks of an OVA of ours, and what they hold together. */
async function showMembers(members: readonly OvaMember[]): Promise<ShownArchive> {
  const disks = await Promise.all(
    members.map(async ({ name, source: disk }) => ({ name, disk, vhd: await openVhd(cachedSource(disk)) })),
  );
  const listed = disks.map(
    ({ name, disk, vhd }): Member => ({
      name,
      size: disk.size,
      type: vhd ? describeMember(vhd.footer.type, vhd.damage.length > 0) : t('no VHD'),
      ...(vhd ? { virtualSize: vhd.virtualSize } : {}),
    }),
  );
  const shown = listMembers(listed, undefined);
  const order = orderMembers(listed);
  const sources = order.flatMap((name) => disks.find((member) => member.name === name)?.disk ?? []);
  const chain = await openChain(sources, 'order');
  if ('content' in chain) {
    const newest = disks.find(({ name }) => name === order[0]);
    const below = sources.length > 1 ? await openChain(sources.slice(1), 'order') : undefined;
    const parent = below && 'content' in below ? { parent: below.content } : {};
    const map = newest?.vhd && mapBlocks(newest.vhd, parent);
    const blocks = map && { map, caption: captionBlocks(map, newest.name) };
    return {
      ...shown,
      guest: await showGuest(chain.content, undefined),
      ...(blocks ? { blocks } : {}),
    };
  }
  const problem = `${order[chain.problem.member] ?? ''}: ${chain.problem.text}`;
  return { ...shown, chain: { problem, ...shown.chain } };
}

/** Unpacks an OVA of others, and keeps the first sector of each file. */
async function* readStream(source: ByteSource): AsyncGenerator<string | ShownArchive> {
  const listed: Member[] = [];
  let [unpacked, told] = [0, 0];
  try {
    for await (const { name, size, chunks } of openOva(source)) {
      let first: Uint8Array | undefined;
      for await (const chunk of chunks) {
        first ??= Uint8Array.from(chunk.subarray(0, 512));
        unpacked += chunk.length;
        if (unpacked - told < tellEvery) continue;
        told = unpacked;
        yield t`Reading the archive: ${formatSize(unpacked)} unpacked so far…`;
      }
      listed.push({ name: printable(name), size, ...describeStart(first) });
      if (listed.length === mostMembers) break;
    }
  } catch {
    if (listed.length > 0)
      yield listMembers(listed, t('The archive is cut off or damaged behind these files.'));
    return; // gzip, and no tar in it: then the format alone says what it is
  }
  if (listed.length > 0) yield listMembers(listed, undefined);
}

/** What has more is no archive of disks. */
const mostMembers = 1000;
const tellEvery = 64 * 1024 * 1024;

/** Reads a plain tar, such as OVAs of other clouds are. */
export async function readTar(source: ByteSource): Promise<ShownArchive | undefined> {
  const listed: Member[] = [];
  for (const { name, size, position } of await listTar(source))
    listed.push({ name: printable(name), size, ...describeStart(await source.read(position, 512)) });
  if (listed.length === 0) return undefined;
  const { chain } = listMembers(listed, undefined);
  return {
    summary: t`A tar archive of ${listed.length} files, which is no OVA of Rackspace: those are compressed.`,
    chain,
  };
}

/** A dynamic VHD has a copy of its footer in front. */
function describeStart(start: Uint8Array | undefined): Pick<Member, 'type' | 'virtualSize'> {
  if (!start || start.length < 512) return { type: '' };
  const { cookie, type, currentSize } = decodeFooter(start);
  if (cookie !== footerCookie) return { type: '' };
  return { type: describeMember(type, false), virtualSize: Number(currentSize) };
}

function describeMember(type: number, isDamaged: boolean): string {
  return isDamaged ? t`VHD, ${nameVhdType(type)}, damaged` : `VHD, ${nameVhdType(type)}`;
}

/** The disks of an OVA from the newest to the base; none where one lacks. */
function orderMembers(members: readonly Member[]): readonly string[] {
  const order = chainOrder(members.map(({ name }) => name));
  return 'order' in order ? order.order : [];
}

function listMembers(members: readonly Member[], problem: string | undefined): ShownArchive {
  const order = chainOrder(members.map(({ name }) => name));
  const names = 'order' in order ? order.order : [];
  const roleOf = (name: string): string => {
    const at = names.indexOf(name);
    if (at < 0) return t('no part of the disk');
    if (names.length === 1) return t('the disk');
    return at === 0
      ? t('the newest')
      : at === names.length - 1
        ? t('the base')
        : t`parent of ${names[at - 1] ?? ''}`;
  };
  const why = problem ?? ('corrupt' in order ? t`Rackspace would say: ${order.corrupt}` : undefined);
  const [newest] = members.filter(({ name }) => name === names[0]);
  const size = newest?.virtualSize === undefined ? '' : t`, a disk of ${formatSize(newest.virtualSize)}`;
  return {
    summary:
      members.length === 1 ? t`An OVA of one file${size}.` : t`An OVA of ${members.length} files${size}.`,
    chain: {
      caption: t('What a disk does not hold is read from its parent.'),
      columns: [t('File'), t('Role'), t('Type'), t('Virtual size'), t('Size')],
      rows: members.map(({ name, size: bytes, type, virtualSize }) => ({
        cells: [
          ...[name, roleOf(name), type || 'other'],
          virtualSize === undefined ? '' : formatSize(virtualSize),
          formatSize(bytes),
        ],
      })),
      ...(why ? { problem: why } : {}),
    },
  };
}
