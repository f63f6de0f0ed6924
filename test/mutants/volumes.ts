import { type Mutant, mutantsOf } from './mutant.ts';

const volumes = 'server/emulator/services/volumes';
const network = 'server/emulator/services/network';
const suites = ['emulator/volumes', 'emulator/volumesApi'];

/** Breaks of volumes and networks; each was seen to be noticed. */
export const volumeMutants: readonly Mutant[] = [
  ...mutantsOf(`${volumes}/service.ts`, suites, [
    [
      "{ table: 'volumes', column: 'blob'",
      "{ table: 'volume_snapshots', column: 'blob'",
      'a volume loses its content with its image',
    ],
  ]),
  ...mutantsOf(`${volumes}/quotas.ts`, suites, [
    ['> volumeQuotas[name]', '>= volumeQuotas[name]', 'the tenth volume is refused'],
  ]),
  ...mutantsOf(`${volumes}/list.ts`, suites, [
    ['rows.length >= limit', 'rows.length > limit', 'a full page has no link to the next'],
    ["last.way === 'asc' ? '>' : '<'", "last.way === 'asc' ? '>=' : '<='", 'a page begins with its marker'],
  ]),
  ...mutantsOf(`${volumes}/orders.ts`, suites, [
    ['if (isHeld || isBusy ||', 'if (isHeld ||', 'a volume with snapshots is deleted'],
  ]),
  ...mutantsOf(`${volumes}/requests.ts`, suites, [
    ['hasProject && named !== session.account.id', 'false', 'any project may stand in a path'],
  ]),
  ...mutantsOf(`${volumes}/upload.ts`, suites, [
    ['? 0 : row.size * 2 ** 30', '? 0 : 0', 'an image of a volume is smaller than the volume'],
  ]),
  ...mutantsOf(
    `${network}/list.ts`,
    ['emulator/network'],
    [['names.every((name)', 'names.some((name)', 'one filter of several is enough']],
  ),
  ...mutantsOf(
    `${network}/records.ts`,
    ['emulator/network'],
    [
      [
        'const reserved = Math.min(10, size / 4);',
        'const reserved = 0;',
        'a server gets the address of the gateway',
      ],
    ],
  ),
  ...mutantsOf(
    `${network}/ports.ts`,
    ['emulator/network'],
    [['OR account = ?2)', 'OR account <> ?2)', 'ports of other accounts are listed']],
  ),
  ...mutantsOf(
    'server/emulator/seed/seed.ts',
    ['emulator/network'],
    [['cidr.size < leastAddresses', 'false', 'a seed makes a network that has no room for servers']],
  ),
];
