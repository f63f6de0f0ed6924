import { type Mutant, mutantsOf } from './mutant.ts';

const requests = [
  'agreement/decisions',
  'rules/rules',
  'rules/patch',
  'rules/newImage',
  'rules/tags',
  'emulator/refusals',
  'emulator/edges',
];
const tasks = ['agreement/decisions', 'rules/rules', 'agreement/agreement'];

/** Breaks of the rules: what a request or a task is refused for. */
export const ruleMutants: readonly Mutant[] = [
  ...mutantsOf('server/rules/service/attributes.ts', requests, [
    [
      'codePoints(value) > maximum',
      'codePoints(value) >= maximum',
      'a name of exactly 255 characters is refused',
    ],
    ['for (const _ of text) count++;', 'count = text.length;', 'an emoji counts as two characters'],
    ['name.startsWith(prefix)', 'name.toLowerCase().startsWith(prefix)', 'Com.Rackspace is protected too'],
    [
      "name.startsWith('os_glance')",
      "name.startsWith('os_glance_')",
      'os_glancex is a property of one’s own',
    ],
    [
      "value === null || (typeof value === 'string' && uuid",
      "(typeof value === 'string' && uuid",
      'kernel_id cannot be set to null',
    ],
    ['if (value === null) return undefined;', '', 'a name of null is refused'],
  ]),
  ...mutantsOf('server/rules/service/changes.ts', requests, [
    [
      'codePoints(name) > profile',
      'codePoints(name) >= profile',
      'a property name of exactly 255 characters is refused',
    ],
    ['/^disabled$/i', '/^disabled$/', 'auto_disk_config: DISABLED is accepted'],
    ["return name === 'owner' ? {", "return name === 'nobody' ? {", 'a customer gives an image away'],
    [
      "name === 'visibility' && value === 'public'",
      "name === 'visibility' && value === 'nobody'",
      'a customer makes an image public',
    ],
    ['value > maximumInteger', 'value >= maximumInteger', 'min_ram of 2147483647 is refused'],
    ["'number' && value < 0", "'number' && value <= 0", 'min_disk of 0 is refused'],
    ['if (profile.images.wideNames) return undefined;', '', 'an emoji is refused where it is taken'],
  ]),
  ...mutantsOf('server/rules/service/tagNames.ts', requests, [
    ['length > maximum', 'length >= maximum', 'a tag of exactly 255 characters is refused'],
    ['/^[A-Za-z0-9\\-._~]*$/; // RFC', '/^[A-Za-z0-9\\-._]*$/; // RFC', 'a tilde in a tag is marked'],
    [" && !tag.includes('/')", '', 'a tag with a slash can be set by route'],
    [".normalize('NFKD')", ".normalize('NFC')", 'Café becomes Caf'],
    ["while (rewritten[end - 1] === '_') end--;", '', 'the rewrite of a tag ends in _'],
  ]),
  ...mutantsOf(
    'server/rules/service/sharing.ts',
    ['rules/members', 'emulator/sharing', 'agreement/decisions'],
    [
      ['members.size >= maximum', 'members.size > maximum', 'an image has one member too many'],
      ["member.trim() === ''", "member === ''", 'an account of blanks is meant so'],
      ['caller.account !== member', 'caller.account === member', 'the owner answers for the member'],
      [
        "visibilities.includes('shared')",
        "!visibilities.includes('shared')",
        'the refusal of a share is that of the other profile',
      ],
    ],
  ),
  ...mutantsOf('server/rules/service/patchBody.ts', requests, [
    [
      "image.get('status') !== 'queued'",
      "image.get('status') === 'active'",
      'the formats of a deactivated image can be changed',
    ],
    [
      "present && context.form === 'v2.0'",
      "present && context.form === 'v2.1'",
      'add overwrites in v2.0 and not in v2.1',
    ],
    ['/~(?![01])/', '/~(?![012])/', 'the pointer /a~2b is accepted'],
    ['count > profile.limits.tags', 'count >= profile.limits.tags', '128 tags are refused'],
    ['return properties > maximum', 'return properties >= maximum', '128 properties are refused'],
    [
      "operation.op !== 'add' && !seen",
      "operation.op === 'remove' && !seen",
      'replace makes a property that is missing',
    ],
    ["path.length > 1 && path.endsWith('/')", "path.endsWith('/')", "the property '' has no pointer"],
    ['ops.length !== 1', 'ops.length === 0', 'an operation of v2.0 with two verbs is accepted'],
    [
      "op !== 'replace' && isLocation(path) ?",
      'isLocation(path) ?',
      'replace of /locations/0 is another refusal',
    ],
  ]),
  ...mutantsOf(
    'server/rules/service/newImage.ts',
    [...requests, 'emulator/glanceOrder'],
    [
      [
        "name === 'owner' && value === caller?.account",
        "name === 'owner'",
        'an image is created for another account',
      ],
      [
        "  'schema',\n  'reserved',",
        "  'reserved',\n  'schema',",
        'a reserved name is named before the schema',
      ],
      ['id.toLowerCase()', 'id', 'an id in capitals stays so'],
    ],
  ),
  ...mutantsOf(
    'server/rules/service/differences.ts',
    ['rules/patch', 'cloud/plan', 'agreement/decisions'],
    [
      ['left.size === right.size && ', '', 'a tag that was taken away is no change'],
      [
        'here.includes(tag) || !was.includes(tag)',
        'here.includes(tag)',
        'a tag that another added is lost in a merge',
      ],
    ],
  ),
  ...mutantsOf('server/rules/families/export.ts', tasks, [
    ["asText(options) === '0'", 'Number(asText(options)) === 0', 'a licence of 00 or nothing is exported'],
    [
      "id: 'export/status',\n    order: 5",
      "id: 'export/status',\n    order: 3.5",
      'the status is named before the licence',
    ],
    ['/[/?.]/.exec(name)', '/[/?]/.exec(name)', 'a container with a dot receives an export'],
    ['length > 256', 'length >= 256', 'a container of 256 bytes is refused'],
  ]),
  ...mutantsOf('server/rules/families/windows.ts', tasks, [
    ["['os_type', /^windows$/i]", "['os_type', /^windows$/]", 'os_type: WINDOWS is no Windows'],
    ["['os_distro', /^windows$/i]", "['os_distro', /^windows$/]", 'os_distro: Windows is no Windows'],
    ['/^com\\.microsoft(\\.|$)/i', '/^com\\.microsoft\\./i', 'com.microsoft is no Windows'],
    ['proof.length > 0', 'proof.length > 1', 'a disk with one proof of Windows is imported'],
  ]),
  ...mutantsOf('server/rules/families/import.ts', tasks, [
    [
      "id: 'import/physical-size', order: 8",
      "id: 'import/physical-size', order: 6.5",
      '609 is named before 413',
    ],
    [
      'importPhysicalBytes + vhd.metadataSize',
      'importPhysicalBytes',
      'a full fixed disk of 40 GiB is refused',
    ],
    ['vhd.virtualSize <= limit', 'vhd.virtualSize < limit', 'a disk of exactly 40 GiB is refused'],
    [
      "id: 'import/parent', order: 5",
      "id: 'import/parent', order: 8.5",
      'the size is named before the parent',
    ],
  ]),
  ...mutantsOf(
    'server/rules/service/patchBody.ts',
    [...requests, 'agreement/agreement'],
    [
      [
        'const count = Array.isArray(tags) ? tags.length : 0;',
        'const count = Array.isArray(tags) ? new Set(tags).size : 0;',
        'the quota of tags counts each once that is sent twice',
      ],
    ],
  ),
  ...mutantsOf(
    'server/rules/service/tagNames.ts',
    [...requests, 'agreement/agreement'],
    [
      [
        "return tags === undefined ? image : { ...image, tags: eachTagOnce('tags', tags) };",
        'return image;',
        'the quota of tags of a new image counts duplicates of its manifest',
      ],
    ],
  ),
  ...mutantsOf(
    'server/rules/families/property.ts',
    ['language/edges', ...requests],
    [
      [
        "id: 'property/name',\n    marks: 'key'",
        "id: 'property/name'",
        'a name that is too long is marked at its value',
      ],
    ],
  ),
  ...mutantsOf(
    'server/rules/profile/roles.ts',
    ['cloud/runEdges', 'cloud/plan', 'commands/apply', 'commands/undo'],
    [["!may('administer') && may('tag')", "may('tag')", 'an administrator’s tags are set one by one']],
  ),
  ...mutantsOf(
    'server/rules/profile/propertyProtection.ts',
    ['emulator/edges', 'emulator/protection'],
    [['rules.find(', 'rules.findLast(', 'the last rule of the protection decides']],
  ),
];
