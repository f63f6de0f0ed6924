import type { TextProblem } from './nodes.ts';

/**
 * What is read at once: a list of images item by item, a file of several documents one by one, all else as a whole. More
 * than this would hold the editor up for a second, or break the parsers off: yaml takes 7 to 13 µs a value, JSON 0.4.
 */
const bounds = {
  yaml: { length: 4 << 20, values: 60_000 },
  json: { length: 16 << 20, values: 1_000_000 },
} as const;
const deepest = 100;

/** Says why a text is not read, at its beginning; undefined where it is. */
export function refusedSize(text: string, format: keyof typeof bounds): TextProblem | undefined {
  const { length, values } = bounds[format];
  if (text.length > length)
    return problem(text, `more than ${length >> 20} MiB of text in one piece are not read. Split it.`);
  const found = measured(text, format === 'json');
  if (found.values > values)
    return problem(text, `more than ${values} values in one piece are not read. Split it.`);
  return found.depth > deepest
    ? problem(text, `it is nested more than ${deepest} levels deep. No manifest is.`)
    : undefined;
}

/** At least as many values and levels as the parser would meet, brackets in YAML's quotes counted too. */
function measured(text: string, strings: boolean): { values: number; depth: number } {
  let values = 1;
  let depth = 0;
  let open = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x2c || code === 0x3a) values++;
    else if (code === 0x5b || code === 0x7b) depth = Math.max(depth, ++open);
    else if (code === 0x5d || code === 0x7d) open = Math.max(open - 1, 0);
    else if (code === 0x22 && strings) at = afterString(text, at);
    else if (code === 0x0a && !strings) {
      const levels = levelsAt(text, at + 1);
      depth = Math.max(depth, levels);
      values += 1 + levels;
    }
  }
  return { values, depth: strings ? depth : Math.max(depth, levelsAt(text, 0)) };
}

/** Levels that a line of YAML opens by itself (`- - ? -`), or stands at by its indentation at least. */
function levelsAt(text: string, start: number): number {
  let levels = 0;
  let at = start;
  while (text[at] === ' ') at++;
  if (at - start > 20 * deepest) return deepest + 1;
  for (; /[-?:]/.test(text[at] ?? '') && text[at + 1] === ' '; levels++) {
    at++;
    while (text[at] === ' ') at++;
  }
  return levels;
}

function afterString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x5c) at++;
    else if (code === 0x22 || code === 0x0a) return at;
  }
  return text.length;
}

function problem(text: string, why: string): TextProblem {
  const end = text.indexOf('\n');
  const message = `This cannot be checked: ${why}`;
  return { rule: 'manifest/size', severity: 'error', start: 0, end: end === -1 ? text.length : end, message };
}
