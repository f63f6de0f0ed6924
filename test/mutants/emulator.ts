import { type Mutant, mutantsOf } from './mutant.ts';

const lists = ['emulator/edges', 'emulator/list', 'emulator/listPlan', 'emulator/images', 'emulator/glance'];
const objects = [
  'emulator/objects',
  'emulator/objectsMore',
  'emulator/objectsAccess',
  'emulator/objectsLarge',
];
const tasks = [
  'emulator/edges',
  'emulator/fairness',
  'emulator/refusals',
  'emulator/identity',
  'emulator/operator',
  'emulator/exports',
  'emulator/sharing',
];

/** Breaks of the emulator's services. */
export const emulatorMutants: readonly Mutant[] = [
  ...mutantsOf('server/emulator/services/tasks/routes.ts', tasks, [
    [
      'tasks.list(region, whose, page)',
      'tasks.list(region, undefined, page)',
      'GET /tasks shows every account’s tasks',
    ],
    [
      'const row = tasks.find(region, whose, id);',
      'const row = tasks.find(region, undefined, id);',
      'a task of another account can be read',
    ],
  ]),
  ...mutantsOf(
    'server/emulator/services/tasks/records.ts',
    ['emulator/controlClock', 'emulator/exports', 'emulator/images'],
    [['const life = 48 * 60', 'const life = 47 * 60', 'a task vanishes an hour early']],
  ),
  ...mutantsOf('server/emulator/services/tasks/steps.ts', tasks, [
    ['limitPerAccount(5)', 'limitPerAccount(6)', 'six tasks of an account run at once'],
  ]),
  ...mutantsOf(
    'server/emulator/services/tasks/exportJob.ts',
    ['emulator/exports'],
    [
      ["padStart(5, '0')", "padStart(4, '0')", 'the segments of an export have four digits'],
      [
        '...(made ? {} : { image })',
        'image',
        'an export fails of an image that was deleted when it was merged already',
      ],
    ],
  ),
  ...mutantsOf(
    'server/emulator/services/images/tags.ts',
    ['emulator/edges', 'emulator/images', 'emulator/glance', 'emulator/refusals'],
    [['if (tags.includes(tag)) return;', '', 'a tag that is set again changes the image']],
  ),
  ...mutantsOf(
    'server/emulator/services/images/access.ts',
    ['emulator/edges', 'emulator/sharing', 'emulator/glance', 'emulator/images'],
    [
      ["row.visibility === 'community' ||", '', 'a community image is seen by its owner alone'],
      [
        'forbidden ?? refuseForeign',
        'refuseForeign',
        'a reader changes an image by another request than a patch',
      ],
    ],
  ),
  ...mutantsOf(
    'server/emulator/services/images/members.ts',
    ['emulator/sharing', 'emulator/glance', 'cloud/members'],
    [['seesAll || member === caller.account', 'seesAll || true', 'a member sees the other members']],
  ),
  ...mutantsOf(
    'server/emulator/services/images/data.ts',
    ['emulator/glance', 'emulator/images', 'emulator/glanceImports'],
    [
      [
        "row.status === 'deactivated' && !isCloudAdmin(profile, caller)",
        "row.status === 'deactivated'",
        'the administrator cannot download a deactivated image',
      ],
      [
        "if (status !== 'queued')",
        "if (status !== 'queued' && status !== 'active')",
        'the data of an active image is replaced',
      ],
    ],
  ),
  ...mutantsOf('server/emulator/services/images/list/filters.ts', lists, [
    ["gt: ['>=', 'end']", "gt: ['>=', 'start']", 'created_at=gt: includes its own second'],
    ['coalesce(i.size, -1) <= ?', 'coalesce(i.size, -1) < ?', 'size_max leaves its own size out'],
    ["name === 'name' || name === 'id'", "name === 'name'", 'a colon in an id is an operator at Rackspace'],
    [
      "const word = name === 'os_hidden' ? value.toLowerCase() : value;",
      'const word = value;',
      'os_hidden=True is another word',
    ],
    [
      "i.status <> 'active' AND i.status IN",
      'i.status IN',
      'status is looked up in an index that lacks it',
      'The index is looked into only where active is not asked for: the list is the same.',
    ],
  ]),
  ...mutantsOf(
    'server/emulator/kernel/ranges.ts',
    ['emulator/edges', 'emulator/objects', 'emulator/glance', 'cloud/ranges', 'emulator/objectsMore'],
    [['Math.max(0, size - (last ?? 0))', 'size - (last ?? 0)', 'the last 1000 bytes of 10 are not found']],
  ),
  ...mutantsOf('server/emulator/services/objects/transfer/conditions.ts', objects, [
    [
      "time > Date.parse(headers['if-unmodified",
      "time >= Date.parse(headers['if-unmodified",
      'If-Unmodified-Since of its own second is refused',
    ],
    [
      "time <= Date.parse(headers['if-modified",
      "time < Date.parse(headers['if-modified",
      'If-Modified-Since of its own second is sent again',
    ],
    ["tags.includes('*') || ", '', 'If-None-Match: * matches nothing'],
  ]),
  ...mutantsOf(
    'server/emulator/services/objects/rangeHeader.ts',
    ['emulator/edges', ...objects, 'emulator/safety'],
    [['overlaps > 2', 'overlaps > 3', 'three overlapping ranges are served']],
  ),
  ...mutantsOf(
    'server/emulator/services/objects/temporaryUrl.ts',
    ['emulator/objectsAuthority', 'emulator/objectsAccess'],
    [['expires * 1000 <= context.clock.now()', 'expires * 1000 < 0', 'a temporary URL never expires']],
  ),
  ...mutantsOf(
    'server/emulator/services/identity/identity.ts',
    ['emulator/identity', 'emulator/identityV2', 'emulator/identityV3', 'emulator/controlClock'],
    [['return found.expires > clock.now()', 'return found.expires > 0', 'a token never expires']],
  ),
];
