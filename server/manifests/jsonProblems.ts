import type { TextProblem } from './nodes.ts';

/**
 * What a reader of JSON complains about, said once and with a repair: comments, and commas behind the last member, which
 * the reader reports as whatever it expected instead.
 */
export function explained(text: string, problems: readonly TextProblem[]): TextProblem[] {
  const comments = problems.filter(({ rule }) => rule === 'json/comment');
  const found: TextProblem[] = [];
  const said = new Set<number>();
  for (const problem of problems) {
    if (problem.rule === 'json/comment') {
      found.push({ ...problem, repairs: [{ title: 'Remove the comment', edits: [removal(text, problem)] }] });
    } else if (problem.rule !== 'json/syntax') {
      found.push(problem);
    } else {
      if (said.has(problem.start)) continue;
      said.add(problem.start);
      const comma = commaBefore(text, problem.start, comments);
      found.push(comma === undefined ? problem : trailingComma(comma));
    }
  }
  return found;
}

function trailingComma(start: number): TextProblem {
  const end = start + 1;
  return {
    rule: 'json/trailing-comma',
    severity: 'error',
    start,
    end,
    message: 'JSON has no comma behind the last member. Remove it, or name the file .jsonc.',
    repairs: [{ title: 'Remove the comma', edits: [{ start, end, text: '' }], safe: true }],
  };
}

/** The comma that stands before a closing bracket, with nothing but space and comments between. */
function commaBefore(text: string, at: number, comments: readonly TextProblem[]): number | undefined {
  if (text[at] !== '}' && text[at] !== ']') return undefined;
  let before = at - 1;
  for (;;) {
    while (/\s/.test(text[before] ?? '')) before--;
    const comment = lastBefore(comments, before);
    if (!comment || comment.end <= before) break;
    before = comment.start - 1;
  }
  return text[before] === ',' && !/[,[{]\s*$/.test(text.slice(Math.max(0, before - 100), before))
    ? before
    : undefined;
}

/** A comment that has its line for itself goes with the line; one behind something, with the space between. */
function removal(text: string, { start, end }: TextProblem): { start: number; end: number; text: string } {
  let behind = start;
  while (text[behind - 1] === ' ' || text[behind - 1] === '\t') behind--;
  const rest = /^[ \t]*(\r?\n|$)/.exec(text.slice(end, end + 1000));
  if (!rest) return { start, end, text: '' };
  const hasLine = behind === 0 || text[behind - 1] === '\n';
  return { start: behind, end: hasLine ? end + rest[0].length : end, text: '' };
}

/** The last that begins at a place or before it, of problems in the order of the text. */
function lastBefore(problems: readonly TextProblem[], place: number): TextProblem | undefined {
  let [from, to] = [0, problems.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((problems[middle]?.start ?? 0) <= place) from = middle + 1;
    else to = middle;
  }
  return problems[from - 1];
}
