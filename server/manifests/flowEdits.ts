import type { TextEdit } from './edits.ts';
import type { ManifestNode, Member } from './nodes.ts';

/** Takes a member out of `{…}` or `[…]`, with the one comma that goes with it. */
export function removeFromFlow(parent: ManifestNode, member: Member): TextEdit {
  const at = parent.members.indexOf(member);
  const next = parent.members[at + 1];
  const previous = parent.members[at - 1];
  const start = startOf(member);
  if (next) return { start, end: startOf(next), text: '' };
  const end = Math.max(member.node.end, member.key?.end ?? 0);
  return { start: previous ? Math.max(previous.node.end, previous.key?.end ?? 0) : start, end, text: '' };
}

export function startOf(member: Member): number {
  return member.key?.start ?? member.node.start;
}
