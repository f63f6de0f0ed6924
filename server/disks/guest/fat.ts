/** The few files of a FAT volume that tell which system it boots. */
import { concatBytes, decodeUtf16, latin1 } from '../bytes.ts';
import type { ByteSource } from '../source.ts';

/** No directory is read further than this, and no longer chain followed. */
const mostDirectoryBytes = 1024 * 1024;

/** Tells whether the sector holds a FAT parameter block that makes sense. */
export function isFat(boot: Uint8Array): boolean {
  if (boot.length < 512 || boot[510] !== 0x55 || boot[511] !== 0xaa) return false;
  const view = new DataView(boot.buffer, boot.byteOffset, boot.byteLength);
  const power = (value: number, least: number, most: number): boolean =>
    value >= least && value <= most && (value & (value - 1)) === 0;
  const fats = view.getUint8(16);
  return (
    power(view.getUint16(11, true), 512, 4096) &&
    power(view.getUint8(13), 1, 128) &&
    view.getUint16(14, true) > 0 &&
    (fats === 1 || fats === 2) &&
    view.getUint8(21) >= 0xf0
  );
}

interface BootFiles {
  /** Those of Windows, as phrases: the EFI loader, or `bootmgr`/`ntldr` in the root. */
  readonly windows: readonly string[];
  /** The folders in `/EFI`, in lower case. */
  readonly loaders: readonly string[];
}

/** Finds the files on the volume that tell what it boots. */
export async function findBootFiles(volume: ByteSource, boot: Uint8Array): Promise<BootFiles> {
  const fat = readGeometry(volume, boot);
  if (!fat) return { windows: [], loaders: [] };
  const found: string[] = [];
  let loaders: readonly string[] = [];
  const root = await listing(fat, 'root');
  for (const name of ['bootmgr', 'ntldr']) {
    if (root.some((entry) => !entry.directory && entry.names.includes(name.toUpperCase())))
      found.push(`/${name}`);
  }
  let entries = root;
  for (const name of ['EFI', 'MICROSOFT', 'BOOT']) {
    const next = entries.find((entry) => entry.directory && entry.names.includes(name));
    if (!next) return { windows: found, loaders };
    entries = await listing(fat, next.cluster);
    if (name === 'EFI') loaders = nameFolders(entries);
  }
  if (entries.some((entry) => !entry.directory && entry.names.includes('BOOTMGFW.EFI'))) {
    found.push('/EFI/Microsoft/Boot/bootmgfw.efi');
  }
  return { windows: found, loaders };
}

function nameFolders(entries: readonly FatEntry[]): string[] {
  const names = entries
    .filter(({ directory }) => directory)
    .map(({ names }) => names.findLast((name) => name) ?? '');
  return names
    .filter((name) => /^[\w-]/.test(name))
    .slice(0, 32)
    .map((name) => name.toLowerCase());
}

interface Fat {
  readonly volume: ByteSource;
  readonly bits: 12 | 16 | 32;
  readonly tableAt: number;
  readonly rootAt: number;
  readonly rootBytes: number;
  readonly rootCluster: number;
  readonly dataAt: number;
  readonly clusterBytes: number;
  readonly clusters: number;
}

function readGeometry(volume: ByteSource, boot: Uint8Array): Fat | undefined {
  const view = new DataView(boot.buffer, boot.byteOffset, boot.byteLength);
  const sector = view.getUint16(11, true);
  const clusterBytes = sector * view.getUint8(13);
  const tableAt = sector * view.getUint16(14, true);
  const tableSectors = view.getUint16(22, true) || view.getUint32(36, true);
  const total = (view.getUint16(19, true) || view.getUint32(32, true)) * sector;
  const rootAt = tableAt + view.getUint8(16) * tableSectors * sector;
  const rootBytes = view.getUint16(17, true) * 32;
  const dataAt = rootAt + Math.ceil(rootBytes / sector) * sector;
  const clusters = Math.floor((Math.min(total, volume.size) - dataAt) / clusterBytes);
  if (clusters <= 0) return undefined;
  const bits = view.getUint16(22, true) === 0 ? 32 : clusters < 4085 ? 12 : 16;
  const rootCluster = bits === 32 ? view.getUint32(44, true) : 0;
  return { volume, bits, tableAt, rootAt, rootBytes, rootCluster, dataAt, clusterBytes, clusters };
}

interface FatEntry {
  /** Upper case: the short name, and the long one where there is one. */
  readonly names: readonly string[];
  readonly directory: boolean;
  readonly cluster: number;
}

async function listing(fat: Fat, start: 'root' | number): Promise<FatEntry[]> {
  if (start === 'root' && fat.bits !== 32) return decode(await fat.volume.read(fat.rootAt, fat.rootBytes));
  const pieces: Uint8Array[] = [];
  const seen = new Set<number>();
  let cluster: number | undefined = start === 'root' ? fat.rootCluster : start;
  while (cluster !== undefined && cluster >= 2 && cluster < fat.clusters + 2 && !seen.has(cluster)) {
    if (seen.size * fat.clusterBytes >= mostDirectoryBytes) break;
    seen.add(cluster);
    pieces.push(await fat.volume.read(fat.dataAt + (cluster - 2) * fat.clusterBytes, fat.clusterBytes));
    cluster = await nextCluster(fat, cluster);
  }
  return decode(concatBytes(pieces));
}

async function nextCluster(fat: Fat, cluster: number): Promise<number | undefined> {
  const at = fat.tableAt + Math.floor((cluster * fat.bits) / 8);
  const bytes = Uint8Array.from(await fat.volume.read(at, 4));
  if (bytes.length < 4) return undefined;
  const value = new DataView(bytes.buffer).getUint32(0, true);
  if (fat.bits === 32) return value & 0x0fff_ffff;
  if (fat.bits === 16) return value & 0xffff;
  return cluster % 2 === 0 ? value & 0xfff : (value >> 4) & 0xfff;
}

function decode(bytes: Uint8Array): FatEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: FatEntry[] = [];
  let long = '';
  for (let at = 0; at + 32 <= bytes.length && bytes[at] !== 0; at += 32) {
    const attributes = view.getUint8(at + 11);
    if (bytes[at] === 0xe5) long = '';
    else if ((attributes & 0x3f) === 0x0f) {
      // Pieces of a long name stand before its entry, the last one first.
      const piece =
        decodeUtf16(view, at + 1, at + 11) +
        decodeUtf16(view, at + 14, at + 26) +
        decodeUtf16(view, at + 28, at + 32);
      long = piece.replace(/[\0\uffff].*$/s, '') + (view.getUint8(at) & 0x40 ? '' : long);
    } else {
      const base = latin1(bytes, at, 8).trimEnd();
      const extension = latin1(bytes, at + 8, 3).trimEnd();
      const names = [extension ? `${base}.${extension}` : base, long].map((name) => name.toUpperCase());
      const cluster = (view.getUint16(at + 20, true) << 16) | view.getUint16(at + 26, true);
      if ((attributes & 0x08) === 0) entries.push({ names, directory: (attributes & 0x10) !== 0, cluster });
      long = '';
    }
  }
  return entries;
}
