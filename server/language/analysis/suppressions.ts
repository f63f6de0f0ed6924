import type { TextEdit } from '../../manifests/nodes.ts';
import type { PlacedFinding } from './placedFinding.ts';

/**
 * Comments that switch rules off: `# cloud-images-ignore RULE…` for its own line, `…-ignore-next-line RULE…`,
 * `…-ignore-file RULE…`. One that suppresses nothing is reported, so that none outlives its reason.
 */
export function suppress(text: string, findings: readonly PlacedFinding[]): PlacedFinding[] {
  if (!text.includes('cloud-images-ignore')) return [...findings];
  const suppressions = suppressionsOf(text);
  const kept = findings.filter(({ finding, start }) => {
    const hits = suppressions.filter(
      ({ rule, from, to }) => rule === finding.rule && start >= from && start < to,
    );
    for (const hit of hits) hit.used = true;
    return hits.length === 0;
  });
  return [...kept, ...suppressions.filter(({ used }) => !used).map((one) => unused(one, text))];
}

interface Suppression {
  readonly rule: string;
  /** Offsets that it covers. */
  readonly from: number;
  readonly to: number;
  /** The comment's own place. */
  readonly start: number;
  readonly end: number;
  used: boolean;
}

const comment = /(?:#|\/\/)\s*cloud-images-ignore(-next-line|-file)?[ \t]+([\w/-]+(?:[\s,]+[\w/-]+)*)[ \t]*$/;

function suppressionsOf(text: string): Suppression[] {
  const found: Suppression[] = [];
  let start = 0;
  for (const line of text.split('\n')) {
    const match = comment.exec(line.replace(/\r$/, ''));
    const end = start + line.length + 1;
    if (match) {
      const [all, where, rules = ''] = match;
      const next = text.indexOf('\n', end);
      const span =
        where === '-file'
          ? { from: 0, to: Number.POSITIVE_INFINITY }
          : where === '-next-line'
            ? { from: end, to: next === -1 ? Number.POSITIVE_INFINITY : next + 1 }
            : { from: start, to: end };
      const place = { start: start + match.index, end: start + match.index + all.length };
      for (const rule of rules.split(/[\s,]+/)) found.push({ rule, ...span, ...place, used: false });
    }
    start = end;
  }
  return found;
}

function unused({ rule, start, end }: Suppression, text: string): PlacedFinding {
  const message = `This comment suppresses nothing: there is no '${rule}' there. Remove it.`;
  return {
    document: 0,
    start,
    end,
    finding: { rule: 'manifest/unused-suppression', severity: 'warning', pointer: '', message },
    repairs: [
      {
        title: `Remove '${rule}' from the comments`,
        edits: [withoutRule(rule, start, end, text)],
        safe: true,
      },
    ],
  };
}

/** One rule of several, else the comment: with its line where it stands alone, with the space before it where not. */
function withoutRule(rule: string, start: number, end: number, text: string): TextEdit {
  const comment = text.slice(start, end);
  const own = new RegExp(`[\\s,]+${rule}(?![\\w/-])`).exec(comment);
  const isOnly =
    own &&
    !/[\w/-]/.test(comment.slice(comment.indexOf(own[0]) + own[0].length)) &&
    /ignore(?:-next-line|-file)?$/.test(comment.slice(0, own.index));
  if (own && !isOnly) return { start: start + own.index, end: start + own.index + own[0].length, text: '' };
  const line = text.lastIndexOf('\n', start - 1) + 1;
  const before = text.slice(line, start);
  if (before.trim() !== '' || before.includes('\ufeff'))
    return { start: start - (before.length - before.trimEnd().length), end, text: '' };
  const next = text.indexOf('\n', end);
  return { start: line, end: next === -1 ? text.length : next + 1, text: '' };
}
