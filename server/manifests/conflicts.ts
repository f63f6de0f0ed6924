import type { TextProblem } from './nodes.ts';

/** Offsets of one conflict that Git left in a text, and of its sides, which are whole lines. */
interface Conflict {
  readonly start: number;
  readonly end: number;
  /** Of the first marker's line, without its break. */
  readonly markerEnd: number;
  readonly ours: string;
  readonly theirs: string;
  /** What the markers say: branches, commits. */
  readonly oursName: string;
  readonly theirsName: string;
}

/** Each conflict as one problem, to be repaired by taking a side: nothing else in such a text can be judged. */
export function conflictsIn(text: string): TextProblem[] {
  if (!text.includes('<<<<<<<')) return [];
  const conflicts = read(text);
  const everywhere = (side: (conflict: Conflict) => string) =>
    conflicts.map((conflict) => replacement(conflict, side(conflict)));
  return conflicts.map((conflict) => {
    const { ours, theirs, oursName, theirsName, start, markerEnd } = conflict;
    const repairs = [
      { title: `Take ours${oursName}`, edits: [replacement(conflict, ours)] },
      { title: `Take theirs${theirsName}`, edits: [replacement(conflict, theirs)] },
      { title: 'Take both, ours first', edits: [replacement(conflict, ours + theirs)] },
    ];
    const all = [
      { title: `Take ours in all ${conflicts.length} conflicts`, edits: everywhere((one) => one.ours) },
      { title: `Take theirs in all ${conflicts.length} conflicts`, edits: everywhere((one) => one.theirs) },
    ];
    return {
      rule: 'manifest/conflict',
      severity: 'error',
      start,
      end: markerEnd,
      message: 'A merge left both sides here. Take one of them; until then nothing else is judged.',
      repairs: conflicts.length > 1 ? [...repairs, ...all] : repairs,
    };
  });
}

function replacement({ start, end }: Conflict, text: string): { start: number; end: number; text: string } {
  return { start, end, text };
}

/** `<<<<<<<`, ours, perhaps `|||||||` and the common base (diff3), `=======`, theirs, `>>>>>>>`. */
function read(text: string): Conflict[] {
  const found: Conflict[] = [];
  let at: { readonly first: Marker; readonly base?: Marker; readonly middle?: Marker } | undefined;
  for (const marker of markersOf(text)) {
    if (marker.is === '<') at = { first: marker };
    else if (at && marker.is === '|' && !at.base && !at.middle) at = { ...at, base: marker };
    else if (at && marker.is === '=' && !at.middle) at = { ...at, middle: marker };
    else if (at?.middle && marker.is === '>') {
      const { first, base, middle } = at;
      found.push({
        start: first.start,
        end: marker.next,
        markerEnd: first.end,
        ours: text.slice(first.next, (base ?? middle).start),
        theirs: text.slice(middle.next, marker.start),
        oursName: named(first.label),
        theirsName: named(marker.label),
      });
      at = undefined;
    } else at = undefined;
  }
  return found;
}

interface Marker {
  readonly is: string;
  readonly label: string;
  readonly start: number;
  readonly end: number;
  /** Where the next line begins. */
  readonly next: number;
}

function markersOf(text: string): Marker[] {
  return [...text.matchAll(/^(?:<{7}|\|{7}|={7}|>{7})([ \t][^\r\n]*)?(?=\r?$)/gm)].map((match) => {
    const start = match.index;
    const end = start + match[0].length;
    const next = text.startsWith('\r\n', end) ? end + 2 : Math.min(end + 1, text.length);
    return { is: match[0].slice(0, 1), label: match[1] ?? '', start, end, next };
  });
}

function named(label: string): string {
  return label.trim() === '' ? '' : ` (${label.trim()})`;
}
