/** How many fixes were offered and how many declined, by rule and by style: a proof that declines everything proves nothing. */

/** Of a hundred fixes so many are offered at least; of what is not named, 85. */
const floors: Readonly<Record<string, number>> = {
  // A change there would change what the anchor marks, elsewhere in the text.
  'style within an alias': 0,
  'style alias': 50,
  'style anchor': 80,
  'style file: merge key': 35,
  // `!!int "7"` is a number as before, so quotes are no fix.
  'style tag': 60,
  // With its slash a path may be one that is refused for another reason, or that a later operation overwrites.
  'rule  patch/pointer': 50,
  // A second account number that is text already would be there twice.
  'rule  share/member': 60,
  // What is meant by 'tags\n' may hold what no tag may be, and would be refused by its right name.
  'rule  property/misspelt': 60,
  // Of an image with members another visibility may be refused for these.
  'rule  image/visibility': 75,
  // What no longer removes the tags may be what a later operation overwrites.
  'rule  patch/not-removable': 75,
  'format YAML': 40,
  'convert YAML': 70,
};

/** Each must have come up, so that a style that is no longer generated is noticed. */
const styles = [
  ...['literal', 'folded'].flatMap((name) =>
    ['clip', 'strip', 'keep'].flatMap((chomping) => [
      `${name}, ${chomping}`,
      `${name}, ${chomping}, indented`,
    ]),
  ),
  ...['plain', 'double quotes', 'double quotes with escapes', 'single quotes'].flatMap((name) => [
    name,
    `${name} of several lines`,
  ]),
  ...['flow collection', 'block collection', 'explicit key', 'anchor', 'alias', 'within an alias', 'tag'],
  ...['on the line after its key', 'JSON', 'JSON: escapes', 'JSON: comments'],
  ...[
    'CRLF',
    'byte order mark',
    'tabs',
    'comments',
    'several documents',
    '%YAML',
    '%TAG',
    'end of a document',
  ].map((name) => `file: ${name}`),
  ...['merge key', 'no line break at its end'].map((name) => `file: ${name}`),
  ...['CRLF', 'byte order mark', 'tabs', 'no line break at its end'].map((name) => `JSON file: ${name}`),
].map((name) => `style ${name}`);

interface Row {
  readonly name: string;
  readonly offered: number;
  readonly all: number;
}

function rowsOf(counts: ReadonlyMap<string, number>): Row[] {
  const names = new Set(
    [...counts.keys()].flatMap((key) => /^(.*): (?:offered|declined)$/.exec(key)?.[1] ?? []),
  );
  return [...names].sort().map((name) => {
    const offered = counts.get(`${name}: offered`) ?? 0;
    return { name, offered, all: offered + (counts.get(`${name}: declined`) ?? 0) };
  });
}

export function tableOf(counts: ReadonlyMap<string, number>): string {
  const rows = rowsOf(counts).map(
    ({ name, offered, all }) =>
      `${name.padEnd(60)}${String(offered).padStart(9)} of ${String(all).padStart(8)}  ${((100 * offered) / all).toFixed(1).padStart(5)} %`,
  );
  return rows.join('\n');
}

/** Come up in one of some hundred texts. */
const rare = ['style alias', 'style within an alias', 'style file: merge key'];

/** What was offered less than it should, or never came up in so many cases; of few fixes nothing is said. */
export function tooFew(counts: ReadonlyMap<string, number>, cases: number): string[] {
  const rows = rowsOf(counts);
  const low = rows.filter(
    ({ name, offered, all }) => all >= 50 && (100 * offered) / all < (floors[name] ?? 85),
  );
  const absent = styles.filter(
    (style) => !rows.some(({ name }) => name === style) && (cases >= 5000 || !rare.includes(style)),
  );
  return [
    ...low.map(({ name, offered, all }) => `${name}: only ${offered} of ${all} fixes are offered`),
    ...absent.map((style) => `${style} never came up`),
  ];
}
