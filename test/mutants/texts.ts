import { type Mutant, mutantsOf } from './mutant.ts';

const reading = [
  'manifests/words',
  'language/edges',
  'manifests/read',
  'manifests/kinds',
  'manifests/units',
  'language/textProblems',
  'language/reading',
];

/** Breaks of how manifests are read, found and edited. */
export const textMutants: readonly Mutant[] = [
  ...mutantsOf('server/manifests/ambiguousScalars.ts', reading, [
    ["['n', 'no', 'off']", "['no', 'off']", 'n is not said to be false elsewhere'],
    ['parseInt(digits, 8)', 'parseInt(digits, 10)', '0644 is said to be 644 elsewhere'],
    ['sum * 60', 'sum * 100', '1:30 is said to be 130 elsewhere'],
  ]),
  ...mutantsOf('server/manifests/conflicts.ts', reading, [
    ['(base ?? middle).start', 'middle.start', 'ours of a conflict takes the common base with it'],
  ]),
  ...mutantsOf('server/manifests/yaml.ts', reading, [
    [
      'start: place.start + 1, end: place.end + 1',
      'start: place.start, end: place.end',
      'behind a byte order mark each place is a column too low',
    ],
    ['from <= at && at < to', 'from > at', 'an alias within its own anchor is read'],
  ]),
  ...mutantsOf('server/manifests/bounds.ts', reading, [
    ['found.depth > deepest', 'found.depth >= deepest', 'a text nested 100 levels deep is not read'],
    ['found.values > values', 'found.values > 10 * values', 'a text of a million values holds the editor up'],
  ]),
  ...mutantsOf('server/manifests/kinds.ts', reading, [
    ['kinds.findLast(', 'kinds.find(', 'a document that fits two kinds is of the wider one'],
  ]),
  ...mutantsOf(
    'server/manifests/edits/quoting.ts',
    ['manifests/quoting', 'language/edges', 'manifests/edits', 'manifests/fixes'],
    [
      [
        "point > 0xffff && format === 'yaml'",
        "point > 0xffff && format === 'json'",
        'a fix writes an escape that YAML does not read',
      ],
    ],
  ),
  ...mutantsOf(
    'server/manifests/edits/flowEdits.ts',
    ['manifests/quoting', 'language/edges', 'manifests/edits', 'manifests/fixes'],
    [
      [
        'if (!gap.comments && gap.comma !== undefined)',
        'if (gap.comma !== undefined)',
        'a fix takes a comment away',
      ],
    ],
  ),
  ...mutantsOf(
    'server/language/analysis/suppressions.ts',
    [
      'language/edges',
      'language/server',
      'language/slices',
      'language/ruleLinks',
      'lint/lint',
      'language/textProblems',
    ],
    [
      ['start < to', 'start <= to', 'a comment that ignores its line ignores the beginning of the next'],
      ['start >= from', 'start > from', 'a comment before a line does not ignore its first column'],
    ],
  ),
  ...mutantsOf(
    'server/workspace/globs.ts',
    ['language/kinds', 'lint/lint', 'commands/preCommit', 'client/manifestNames'],
    [['globs.findLast(', 'globs.find(', 'the first pattern of the settings counts']],
  ),
];
