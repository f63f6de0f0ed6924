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
    const comment = comments.find(({ start, end }) => start <= before && before < end);
    if (!comment) break;
    before = comment.start - 1;
  }
  return text[before] === ',' && !/[,[{]\s*$/.test(text.slice(Math.max(0, before - 100), before))
    ? before
    : undefined;
}

/** A comment that has its line for itself goes with the line; one behind something, with the space between. */
function removal(text: string, { start, end }: TextProblem): { start: number; end: number; text: string } {
  const line = text.lastIndexOf('\n', start - 1) + 1;
  const from = line + (/\S/.exec(text.slice(line, start))?.index ?? start - line);
  const rest = /^[ \t]*(\r?\n|$)/.exec(text.slice(end, end + 1000));
  if (!rest) return { start, end, text: '' };
  if (from === start) return { start: line, end: end + rest[0].length, text: '' };
  return { start: start - (/[ \t]*$/.exec(text.slice(line, start))?.[0].length ?? 0), end, text: '' };
}
