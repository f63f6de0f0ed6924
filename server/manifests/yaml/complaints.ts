import type { YAMLError } from 'yaml';
import type { TextProblem } from '../nodes.ts';

/** What a parser of YAML complains of, in the order of the text: of one cause once, at its place, and what to do. */
export function explainComplaints(
  errors: readonly YAMLError[],
  warnings: readonly YAMLError[],
  text: string,
): TextProblem[] {
  const isWrong = ({ message }: YAMLError) => message.endsWith(' ending in : is ambiguous');
  const tags = (one: YAMLError) => one.code === 'TAG_RESOLVE_FAILED' && one.message.startsWith('Unresolved');
  const all = [...errors, ...warnings.filter(isWrong)];
  return [
    ...withoutEchoes(withTabs(withoutRest(all.toSorted(inOrder), text), text), text).map((one) =>
      problem(one, 'error', text),
    ),
    ...warnings.filter((one) => !isWrong(one) && !tags(one)).map((one) => problem(one, 'warning', text)),
    ...warnings.filter(tags).flatMap((one) => explainTag(one, text)),
  ];
}

type Complaint = Pick<YAMLError, 'pos' | 'message'>;

/** Of two at one place, what is said of keys is said since something else is wrong. */
function inOrder(a: Complaint, b: Complaint): number {
  const aside = ({ message }: Complaint) => Number(message.startsWith('Implicit '));
  return a.pos[0] - b.pos[0] || aside(a) - aside(b);
}

/** Behind the end of what it could read of a document, the parser complains of token after token: the first says it. */
function withoutRest(errors: readonly YAMLError[], text: string): YAMLError[] {
  const isOfRest = ({ message }: YAMLError) => / token in YAML /.test(message);
  return errors.filter((error, at) => {
    const before = errors[at - 1];
    if (!before || !isOfRest(error) || !(isOfRest(before) || / at node end/.test(before.message)))
      return true;
    return text.slice(before.pos[1], error.pos[0]).trim() !== '';
  });
}

const tabMessage = 'Tabs are not allowed as indentation. Indent with spaces.';

/** What the parser complains of in a line that a tab indents is the tab, once a line; bad indentation follows from it. */
function withTabs(errors: readonly YAMLError[], text: string): Complaint[] {
  const lines = new Set<number>();
  return errors.flatMap((error): Complaint[] => {
    const line = lineStart(text, error.pos[0]);
    const [layout = ''] = /^[ ]*(?:-[ \t]*)*\t/.exec(text.slice(line, error.pos[1])) ?? [];
    const isBehind =
      error.code === 'BAD_INDENT' && text[line] !== '-' && lines.has(lineStart(text, line - 1));
    if (layout === '') return isBehind ? [] : [error];
    if (lines.has(line)) return [];
    lines.add(line);
    const start = line + layout.indexOf('\t');
    return [{ pos: [start, line + layout.length], message: tabMessage }];
  });
}

/** Complaints that stand for themselves; others in the same line, or the next, follow from what went before. */
const causes =
  /^(?:Plain value cannot|Invalid escape|Missing closing|Tabs are|Nested mappings|A(?:nchor|lias) |Tags and|Block scalar header|Comments must)/;

/** What follows from what is complained of before. */
function withoutEchoes(errors: readonly Complaint[], text: string): Complaint[] {
  const kept: Complaint[] = [];
  let before: Complaint | undefined;
  for (const error of errors) {
    const [last] = kept.slice(-1);
    if (before && last && isCauseOf(error, before, text)) {
      if (error.message === tabMessage) kept[kept.length - 1] = error; // and the quote before it is closed
    } else kept.push(error);
    before = error;
  }
  return kept;
}

function isCauseOf(error: Complaint, before: Complaint, text: string): boolean {
  const [start] = error.pos;
  if (before.pos[0] === start) return true;
  const line = lineStart(text, start);
  // What begins at the margin, an item or a document, is read by itself too; a complaint there is of what ends there.
  const isOfNext = text[line] !== '-';
  const [from] = before.pos;
  const at = text[from] === '-' && lineStart(text, from) === from ? from - 1 : from;
  if (error.message === tabMessage)
    return isOfNext && before.message.startsWith('Missing closing') && before.pos[1] >= line;
  if (causes.test(error.message)) return false;
  return at >= line || (isOfNext && at >= lineStart(text, line - 1));
}

function lineStart(text: string, at: number): number {
  return at <= 0 ? 0 : text.lastIndexOf('\n', at - 1) + 1;
}

/** By what the parser says; the first that fits. */
const explanations: readonly (readonly [RegExp, string])[] = [
  [
    /^Nested mappings are not allowed/,
    "The ':' makes a key within a value. Put the value in quotes, or begin the key in a line of its own.",
  ],
  [
    /^Implicit (?:map )?keys need/,
    "No ':' stands behind this key. Add it, or indent the line if it belongs to the value above.",
  ],
  [
    /^(?:All (?:mapping|sequence) items must|Sequence item without)/,
    'This line is indented otherwise than those above that it belongs to. Indent it as they are.',
  ],
  [/^Missing closing (.)quote/, 'The closing $1 is missing, or a line of this text is not indented.'],
  [
    /^Flow (?:map|sequence) .*must .*end with a (.)$/,
    "The closing '$1' is missing, or a line before it is not indented.",
  ],
  [
    / at node end$/,
    'The value before this is complete, and this belongs to nothing. Put all of it in quotes, or begin a line that is indented as what it belongs to.',
  ],
  [
    /^Unexpected block-seq-ind/,
    "A list begins below its key, not behind it. Put '- ' in a line of its own, or the text in quotes.",
  ],
  [/^Unexpected , in flow/, 'Nothing stands before this comma. Remove it.'],
  [/^Missing , /, 'A comma is missing before this.'],
  [
    /^Block collections are not/,
    "Within brackets '- ' begins no item. Remove it, or put the text in quotes.",
  ],
  [/^Plain value cannot start with .* (.)$/, "A text that begins with '$1' needs quotes."],
  [/^Invalid escape sequence/, 'YAML has no such escape. Double the backslash, or use single quotes.'],
  [/^Comments must be separated/, "A comment needs a space before its '#'."],
  [
    /^Block scalar header/,
    "Behind '|' or '>' stand '+', '-' or a digit alone. Begin the text in the next line.",
  ],
  [/^Block collection cannot start on same line/, "Begin the document in the line below its '---'."],
  [/^Missing directives-end/, "'---' is missing below the lines that begin with '%'."],
  [/^Tags and anchors must be separated/, 'A space is missing behind the anchor or the tag.'],
  [
    /^A(?:nchor|lias) cannot be an empty/,
    'A name is missing here. Put the text in quotes if no alias is meant.',
  ],
  [/ ending in : is ambiguous$/, "A space is missing before this ':'."],
  [/^An alias node must not/, 'An alias takes neither an anchor nor a tag. Remove it.'],
  [/^Unsupported YAML version/, 'YAML 1.2 is read here, whatever version is named. Remove the line.'],
  [/^Unknown directive/, 'YAML has no such directive. Remove the line.'],
  [/^Implicit keys of flow sequence|^Unexpected map-value-ind token/, "Put the ':' in the line of its key."],
  [
    /^Unexpected .* token in YAML (?:stream|document): "(.*)"$/s,
    "Nothing needs '$1' here. Remove it, or put the text in quotes.",
  ],
];

function explain(message: string): string {
  const found = explanations.find(([pattern]) => pattern.test(message));
  // A text of YAML's own may be long.
  if (!found) return message.length > 300 ? `${message.slice(0, 299)}…` : message;
  const [, first = ''] = found[0].exec(message) ?? [];
  return found[1].replace('$1', () => (first.length > 30 ? `${first.slice(0, 29)}…` : first));
}

function problem(complaint: Complaint, severity: TextProblem['severity'], text: string): TextProblem {
  const [from, to] = complaint.pos;
  let start = Math.min(from, Math.max(text.length - 1, 0));
  // What stands too far in, not the space before it.
  const [space = ''] = /^ +(?=\S)/.exec(text.slice(start, start + 1000)) ?? [];
  start += space.length;
  return {
    rule: 'yaml/syntax',
    severity,
    start,
    end: Math.max(Math.min(to, text.length), start + Math.min(space.length, 1)),
    message: explain(complaint.message),
  };
}

/** Of `!!omap` and the like, and of `!!seq` where a mapping stands. */
export const notOfJson = 'This type does not fit its value, or is none that JSON has. Remove the tag.';

/** Tags of scalars are judged with their values. */
export const scalarTag = /^tag:yaml\.org,2002:(bool|int|float|null)$/;

/** A tag that says no type of JSON is refused by some readers, and means nothing to others. */
function explainTag({ pos: [start, end], message }: Complaint, text: string): TextProblem[] {
  const tag = message.replace('Unresolved tag: ', '');
  if (scalarTag.test(tag) || tag.endsWith(':merge')) return [];
  const written = text.slice(start, end);
  const isOfYaml = tag.startsWith('tag:yaml.org,2002:');
  return [
    {
      rule: 'yaml/syntax',
      severity: isOfYaml ? 'error' : 'warning',
      start,
      end,
      message: isOfYaml
        ? notOfJson
        : `'${written}' means nothing here, and other readers refuse it. Remove it.`,
    },
  ];
}

/** Characters that YAML takes in escapes only, and line ends of YAML 1.1 alone. */
export function explainCharacters(text: string): TextProblem[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  const found = text.matchAll(/[\0-\x08\v\f\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]+|[\x85\u2028\u2029]/g);
  return Array.from(found, ({ 0: characters, index }): TextProblem => {
    const code = characters.charCodeAt(0);
    const written = code > 0xff ? `\\u${code.toString(16)}` : `\\x${code.toString(16).padStart(2, '0')}`;
    const endsLine = /[\x85\u2028\u2029]/.test(characters);
    return {
      rule: 'yaml/syntax',
      severity: endsLine ? 'warning' : 'error',
      start: index,
      end: index + characters.length,
      message: endsLine
        ? `YAML 1.1 readers end the line at this character. Write it as "${written}" in double quotes.`
        : `This character stands in YAML as "${written}" in double quotes only. Write it so, or remove it.`,
    };
  });
}
