import type { TextEdit } from './edits.ts';
import type { ManifestNode, Member } from './nodes.ts';

/** Takes a member out of `{…}` or `[…]`, with the one comma that goes with it; comments around it stay. */
export function removeFromFlow(text: string, parent: ManifestNode, member: Member): TextEdit[] {
  const at = parent.members.indexOf(member);
  const [previous, next] = [parent.members[at - 1], parent.members[at + 1]];
  const [start, end] = [startOf(member), endOf(member)];
  const gap = next
    ? { start: end, end: startOf(next) }
    : { start: previous ? endOf(previous) : start, end: start };
  const { comma, comments } = readGap(text, gap.start, gap.end);
  if (!comments || comma === undefined)
    return [{ start: Math.min(start, gap.start), end: Math.max(end, gap.end), text: '' }];
  const follows = next && text.slice(end, comma).trim() === '';
  const own = wholeLines(text, start, follows ? comma + 1 : end);
  return follows ? [own] : [own, { start: comma, end: comma + 1, text: '' }];
}

export function startOf(member: Member): number {
  return member.key?.start ?? member.node.start;
}

function endOf({ node, key }: Member): number {
  return Math.max(node.end, key?.end ?? 0);
}

/** What stands between two members: a comma, white space and comments. */
function readGap(text: string, start: number, end: number): { comma?: number; comments: boolean } {
  const comment = /\/\/.*|\/\*[\s\S]*?\*\/|#.*/g;
  const gap = text.slice(start, end);
  const blank = gap.replace(comment, (found) => ' '.repeat(found.length));
  const at = blank.indexOf(',');
  return { comments: blank !== gap, ...(at === -1 ? {} : { comma: start + at }) };
}

/** Widened to whole lines where nothing else stands on them. */
function wholeLines(text: string, start: number, end: number): TextEdit {
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  const after = /^[ \t]*(\r?\n)/.exec(text.slice(end, end + 200));
  const alone = after && text.slice(lineStart, start).trim() === '';
  return alone ? { start: lineStart, end: end + after[0].length, text: '' } : { start, end, text: '' };
}
