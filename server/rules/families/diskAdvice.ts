import type { BootFacts, DiskFacts, GuestFacts } from '../facts.ts';
import type { JsonObject } from '../json.ts';
import type { Observation, Rule } from '../rule.ts';
import { diskImages, placeOfDisk } from '../service/imageDisk.ts';
import { gib } from '../service/importBody.ts';

const bytes = 'name: web\ndisk_format: qcow2\ncontainer_format: bare\n';
const source = 'SOURCES: inspectors; UEFI 2.10; Glance guide, useful image properties';

function diskOf(guest: Partial<GuestFacts>): DiskFacts {
  const seen = { layout: 'gpt: EFI system (vfat), Linux (ext4)', windows: [], windowsSigns: [], ...guest };
  return {
    name: 'web.qcow2',
    format: 'qcow2',
    virtualSize: 20 * gib,
    safety: { safe: true, failed: [] },
    physicalSize: gib,
    streams: ['qcow2'],
    guest: seen,
  };
}

function boot(facts: Partial<BootFacts>): { readonly boot: BootFacts } {
  return { boot: { efi: false, bios: false, loaders: [], ...facts } };
}

/** Advice by what is on a disk: `check` sees one image with its disk, and points from the image. */
function adviceRule(
  rule: Pick<Rule, 'id' | 'summary' | 'severity'>,
  example: { readonly bad: string; readonly good: string; readonly disk: DiskFacts },
  check: (image: JsonObject, disk: DiskFacts) => Observation | undefined,
): Rule {
  const { disk, ...texts } = example;
  return {
    ...rule,
    kinds: ['image'],
    profile: 'openstack',
    source,
    example: { kind: 'image', ...texts, disk, goodDisk: disk },
    *check(subject) {
      for (const known of diskImages(subject)) {
        const found = check(known.image, known.disk);
        if (!found) continue;
        const { pointer } = known;
        const fixes = found.fixes?.map((fix) => ({
          ...fix,
          edits: fix.edits.map((edit) => ({ ...edit, pointer: pointer + edit.pointer })),
        }));
        const place = found.pointer === '' ? placeOfDisk(known) : pointer + found.pointer;
        yield { ...found, pointer: place, ...(fixes ? { fixes } : {}) };
      }
    },
  };
}

/** Sets one property of the image. */
function setFix(name: string, value: string | number) {
  return { title: `Set ${name} to ${value}`, edits: [{ do: 'set', pointer: `/${name}`, value } as const] };
}

const distributions: ReadonlySet<string> = new Set([
  ...['almalinux', 'arch', 'centos', 'debian', 'fedora', 'opensuse', 'rocky', 'ubuntu'],
]);

/** Folders of `/EFI` that are named otherwise than `os_distro`. */
const loaderNames: Readonly<Record<string, string>> = { redhat: 'rhel', sles: 'sled' };

export const diskAdvice: readonly Rule[] = [
  adviceRule(
    {
      id: 'image/min-disk',
      severity: 'warning',
      summary: 'min_disk, in GiB, is no less than the disk: no server is built of it on a smaller one.',
    },
    { bad: `${bytes}min_disk: 10\n`, good: `${bytes}min_disk: 20\n`, disk: diskOf({}) },
    ({ min_disk: least = 0 }, { name, virtualSize }) => {
      if (virtualSize === undefined || typeof least !== 'number') return undefined;
      const needed = Math.ceil(virtualSize / gib);
      if (least >= needed) return undefined;
      const isStated = least > 0;
      return {
        pointer: isStated ? '/min_disk' : '',
        ...(isStated ? {} : { severity: 'hint' as const }),
        message: isStated
          ? `min_disk is ${least}, and ${name} has ${needed} GiB: with a flavor in between the build of a server fails. Set min_disk to ${needed}.`
          : `${name} has ${needed} GiB. Set min_disk to ${needed}, so that no smaller flavor is chosen.`,
        fixes: [setFix('min_disk', needed)],
      };
    },
  ),
  adviceRule(
    {
      id: 'disk/guest',
      severity: 'warning',
      summary: 'os_type and os_distro name the system that is on the disk.',
    },
    {
      bad: `${bytes}os_type: windows\n`,
      good: `${bytes}os_type: linux\n`,
      disk: diskOf({ linux: ['ext4 on partition 2'] }),
    },
    judgeGuest,
  ),
  adviceRule(
    {
      id: 'disk/firmware',
      severity: 'warning',
      summary: 'A disk that only UEFI can start needs hw_firmware_type: uefi.',
    },
    {
      bad: bytes,
      good: `${bytes}hw_firmware_type: uefi\n`,
      disk: diskOf(boot({ efi: true })),
    },
    ({ hw_firmware_type: firmware }, { name, guest }) => {
      if (!guest?.boot?.efi || guest.boot.bios || firmware === 'uefi') return undefined;
      return {
        pointer: firmware === undefined ? '' : '/hw_firmware_type',
        message: `${name} has an EFI system partition and no code that a BIOS starts. Set hw_firmware_type to uefi, or servers do not boot.`,
        fixes: [setFix('hw_firmware_type', 'uefi')],
      };
    },
  ),
  adviceRule(
    {
      id: 'disk/virtio',
      severity: 'hint',
      summary:
        'Windows starts from a virtio disk only with its drivers (viostor or vioscsi), which it does not bring.',
    },
    {
      bad: bytes,
      good: `${bytes}hw_disk_bus: sata\n`,
      disk: diskOf({ windows: ['/EFI/Microsoft/Boot/bootmgfw.efi on partition 1'] }),
    },
    ({ hw_disk_bus: bus = 'virtio' }, { name, guest }) => {
      if (!guest || guest.windows.length === 0 || bus !== 'virtio') return undefined;
      return {
        pointer: '',
        message: `${name} holds Windows, and servers get virtio disks: see that the driver viostor is installed in it, or set hw_disk_bus to sata.`,
        fixes: [setFix('hw_disk_bus', 'sata')],
      };
    },
  ),
];

function judgeGuest(
  { os_type: type, os_distro: distro }: JsonObject,
  { name, guest }: DiskFacts,
): Observation | undefined {
  if (!guest) return undefined;
  const [windows] = guest.windows;
  const [linux] = guest.linux ?? [];
  const isType = (word: string): boolean => typeof type === 'string' && type.toLowerCase() === word;
  const holds = windows !== undefined ? 'windows' : linux !== undefined ? 'linux' : undefined;
  if (holds === 'windows' && isType('linux'))
    return {
      pointer: '/os_type',
      message: `os_type is linux, and ${name} holds Windows: ${windows}.`,
      fixes: [setFix('os_type', 'windows')],
    };
  if (holds === 'linux' && isType('windows'))
    return {
      pointer: '/os_type',
      message: `os_type is windows, and ${name} holds Linux: ${linux}.`,
      fixes: [setFix('os_type', 'linux')],
    };
  if (typeof distro !== 'string') return undefined;
  if (holds !== undefined && (distro === 'windows') !== (holds === 'windows'))
    return {
      pointer: '/os_distro',
      message: `os_distro is ${distro}, and ${name} holds ${holds === 'windows' ? `Windows: ${windows}` : `Linux: ${linux}`}.`,
      fixes: [],
    };
  const named = (guest.boot?.loaders ?? []).map((folder) => loaderNames[folder] ?? folder);
  const found = named.filter((one) => distributions.has(one) || one === 'rhel' || one === 'sled');
  const [only] = found;
  if (only === undefined || found.length > 1 || found.includes(distro) || !distributions.has(distro))
    return undefined;
  return {
    pointer: '/os_distro',
    message: `os_distro is ${distro}, and the loader on ${name} is that of ${only}.`,
    fixes: [setFix('os_distro', only)],
  };
}
