import { type Mutant, mutantsOf } from './mutant.ts';

const facts = [
  'disks/edges',
  'disks/facts',
  'disks/write',
  'disks/chain',
  'disks/guests',
  'emulator/facts',
  'agreement/agreement',
];

/** Breaks of how disks are read, judged and repaired. */
export const diskMutants: readonly Mutant[] = [
  ...mutantsOf('server/disks/check.ts', facts, [
    ['bytes.subarray(86)', 'bytes.subarray(96)', 'bytes 86 to 95 of a footer are not looked at'],
    [
      'zero(bytes, 768, headerBytes)',
      'zero(bytes, 800, headerBytes)',
      'bytes 768 to 799 of a header are not looked at',
    ],
    [
      'else if (entry > highest) high++',
      'else if (entry >= highest) high++',
      'a last block that ends with the disk is damage',
    ],
    [
      'entry - before >= apart) return',
      'entry - before >= apart - 1) return',
      'blocks that overlap by a sector are sound',
    ],
    ['footer.saved <= 1', 'footer.saved <= 2', 'a saved state of 2 is sound'],
    [
      'header.tableOffset % 512n === 0n',
      'header.tableOffset % 256n === 0n',
      'a table off the sectors is sound',
    ],
    [
      'BigInt(header.tableEntries) >= blocks',
      'BigInt(header.tableEntries) >= blocks - 1n',
      'a table that is an entry short is sound',
    ],
  ]),
  ...mutantsOf('server/disks/locate.ts', facts, [
    ['sectorBytes - 1 ? [511, 512]', 'sectorBytes - 1 ? [512]', 'a footer of 511 bytes is not found'],
    [
      'if (equalBytes(front, bytes)) return at > Number(footer.dataOffset);',
      '',
      'a disk with bytes behind it and no header is no VHD',
    ],
    ['footer.type > 6', 'footer.type > 3', 'a differencing disk without its cookie is no VHD'],
  ]),
  ...mutantsOf('server/disks/format/geometry.ts', facts, [
    ['Math.ceil(tracks / 1024)', 'Math.floor(tracks / 1024)', 'the geometry of a small disk is too small'],
  ]),
  ...mutantsOf('server/disks/format/vhd.ts', facts, [
    [
      '+\n    (blocks * blockSize - vhd.virtualSize)',
      '',
      'a full dynamic disk whose last block is cut is refused for its size',
    ],
  ]),
  ...mutantsOf(
    'server/disks/format/sniff.ts',
    ['disks/edges', 'disks/facts', 'language/disks'],
    [['starts(mark, 0x8001)', 'starts(mark, 0x8000)', 'an ISO is not recognised']],
  ),
  ...mutantsOf(
    'server/disks/format/chain.ts',
    ['disks/edges', 'disks/chain', 'disks/ova'],
    [
      ['sources.length > longest', 'sources.length >= longest', 'a chain of 30 disks is not read'],
      [
        "links === 'order' || !vhd.header",
        '!vhd.header',
        'an OVA whose parts name other parents is not unpacked',
      ],
    ],
  ),
  ...mutantsOf(
    'server/disks/repair.ts',
    ['disks/edges', 'commands/disk', 'disks/write', 'disks/fuzz'],
    [
      [
        '.every((byte) => byte === 0);\n}\n\n/** Carries',
        '.length > 0;\n}\n\n/** Carries',
        'a repair cuts data off',
      ],
      [
        'if (size > plan.size) before.push',
        'if (size > plan.size + 512) before.push',
        'an undone repair lacks the bytes that were cut',
      ],
      [
        "footer.creator === 'qemu' || footer.creator === 'qem2'",
        "footer.creator === 'qemu'",
        'a repair leaves the creator qem2',
      ],
      [
        'if (now !== size && now !== after.size) return false;',
        '',
        'the undo of a repair overwrites a disk that has grown',
      ],
    ],
  ),
  ...mutantsOf(
    'server/disks/guest/partitions.ts',
    ['disks/guests', 'disks/facts'],
    [
      ['?? (await gpt(disk, last))', '', 'a disk whose first partition table is lost shows no Windows'],
      ['(status & 0x7f) === 0', '(status & 0xff) === 0', 'a disk with an active partition has no table'],
    ],
  ),
  ...mutantsOf(
    'server/disks/guest/guest.ts',
    ['disks/guests', 'disks/facts'],
    [
      [
        "volume.type === 'ntfs' ? ['NTFS",
        "volume.type === 'fat' ? ['NTFS",
        'NTFS over a whole disk is no sign of Windows',
      ],
    ],
  ),
];
