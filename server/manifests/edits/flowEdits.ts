import type { ManifestNode, Member, Place, TextEdit } from '../nodes.ts';

/** Takes a member out of `{…}` or `[…]`, with the one comma that goes with it; comments around it stay. */
export function removeFromFlow(text: string, parent: ManifestNode, member: Member): TextEdit[] {
  const at = parent.members.indexOf(member);
  const [previous, next] = [parent.members[at - 1], parent.members[at + 1]];
  const [start, end] = [startOf(text, member), endOf(member)];
  const behind = next && { start: end, end: startOf(text, next) };
  const before = previous && { start: endOf(previous), end: start };
  // With the comma before it, so that its neighbour can go at the same time.
  if (before && !(behind && readGap(text, behind).comments)) {
    const gap = readGap(text, before);
    if (!gap.comments && gap.comma !== undefined) return [{ start: before.start, end, text: '' }];
  }
  const around = behind ?? before ?? { start, end: start };
  const { comma, comments } = readGap(text, around);
  if (!comments || comma === undefined)
    return [{ start: Math.min(start, around.start), end: Math.max(end, around.end), text: '' }];
  const follows = behind && text.slice(end, comma).trim() === '';
  const own = wholeLines(text, start, follows ? comma + 1 : end);
  return follows ? [own] : [own, { start: comma, end: comma + 1, text: '' }];
}

export function wrapInBrackets({ start, end }: Place): TextEdit[] {
  return [
    { start, end: start, text: '[' },
    { start: end, end, text: ']' },
  ];
}

/** With what stands before it in YAML: `? `, an anchor, a tag. */
function startOf(text: string, { key, node }: Member): number {
  const { start } = key ?? node;
  // A line may hold all of a text; what stands before one member does not.
  const line = text.slice(Math.max(text.lastIndexOf('\n', start - 1) + 1, start - 1000), start);
  return start - (/(?:\?[ \t]+)?(?:(?<=^|[\s,[{])[&!][^\s,[\]{}]*[ \t]+)*$/.exec(line)?.[0].length ?? 0);
}

function endOf({ node, key }: Member): number {
  return Math.max(node.end, key?.end ?? 0);
}

/** What stands between two members: a comma, white space and comments. */
function readGap(text: string, { start, end }: Place): { comma?: number; comments: boolean } {
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
