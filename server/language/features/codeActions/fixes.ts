import { draftEdits } from '../../../manifests/edits/textEdits.ts';
import { type PlannedEdits, readEdited } from '../../../manifests/edits/verify.ts';
import { type Spelling, spellings } from '../../../manifests/edits/yamlEdits.ts';
import type { ManifestFile } from '../../../manifests/file.ts';
import { changeBetween } from '../../../manifests/incremental/textChange.ts';
import type { TextEdit, TextRepair } from '../../../manifests/nodes.ts';
import type { DataEdit } from '../../../rules/rule.ts';
import type { Analysis } from '../../analysis/analysis.ts';
import { judge } from '../../analysis/analyze.ts';
import type { PlacedFinding } from '../../analysis/placedFinding.ts';
import { draftTextRepairs, hasTextRepairs, type TextDraft } from './textRepairs.ts';

export interface Repair {
  readonly title: string;
  readonly edits: readonly TextEdit[];
  readonly finding: PlacedFinding;
  /** The one that "fix" without further choice takes. */
  readonly preferred: boolean;
}

/** Each repair is proven by reading and judging its text, which takes milliseconds where a text is long. */
const mostFindings = 10;

/** The fixes of the findings between two offsets, as text edits; of many, those of the first. */
export function findRepairs(
  analysis: Analysis,
  start: number,
  end: number,
  proven: Proven = new WeakMap(),
): Repair[] {
  return analysis.findings
    .filter((placed) => placed.start <= end && placed.end >= start && isRepairable(placed))
    .slice(0, mostFindings)
    .flatMap((placed) =>
      proveRepairs(analysis, placed, proven).map(({ title, edits }, at) => ({
        title,
        edits,
        finding: placed,
        // Which side of a conflict is right nobody knows beforehand.
        preferred: at === 0 && placed.finding.rule !== 'manifest/conflict',
      })),
    );
}

function isRepairable({ finding, repairs = [] }: PlacedFinding): boolean {
  return (finding.fixes?.length ?? 0) + repairs.length > 0 || hasTextRepairs(finding.rule);
}

/** Repairs that are proven already: an editor asks for the repairs at its cursor again and again. */
export type Proven = WeakMap<PlacedFinding, TextRepair[]>;

/** The repairs of one finding that are proven, of its data and of the text itself. */
export function proveRepairs(
  analysis: Analysis,
  placed: PlacedFinding,
  proven: Proven = new WeakMap(),
): TextRepair[] {
  const known = proven.get(placed);
  if (known) return known;
  const drafts: Draft[] = [...draftsOf(placed), ...draftTextRepairs(analysis.file, placed)];
  const repairs = drafts.flatMap((draft): TextRepair[] => {
    const planned = plan(analysis, placed, draft);
    if (planned) return [{ title: draft.title, edits: planned.text, safe: draft.safe === true }];
    return planShared(analysis, placed, draft);
  });
  proven.set(placed, repairs);
  return repairs;
}

/**
 * What an anchor marks is the value of its aliases, too. Where each of these places is to be mended in the same way, the
 * edit is made at the anchor alone.
 */
function planShared(analysis: Analysis, placed: PlacedFinding, { title, text, edits }: Draft): TextRepair[] {
  const { file, findings } = analysis;
  const document = file.documents[placed.document];
  if (text || edits.length === 0 || !document || file.format === 'json') return [];
  const places = findings.flatMap((one) => {
    const fix = one.document === placed.document && one.finding.fixes?.find((own) => own.title === title);
    return fix ? [{ placed: one, edits: fix.edits, isAlias: file.text[one.start] === '*' }] : [];
  });
  const [anchor, ...others] = places.filter(({ isAlias }) => !isAlias);
  if (!anchor || others.length > 0 || places.length === 1) return [];
  // At an alias there is nothing to be put in quotes.
  const marked = file.text.slice(anchor.placed.start, anchor.placed.end);
  const asData = (edit: DataEdit): DataEdit =>
    edit.do === 'quote' && !edit.onKey ? { do: 'set', pointer: edit.pointer, value: marked } : edit;
  const all = places.flatMap((place) => (place.isAlias ? place.edits.map(asData) : place.edits));
  for (const spelling of spellings) {
    const own = draftEdits(file, document, anchor.edits, spelling);
    const planned = own && plan(analysis, anchor.placed, { title, edits: all, text: own });
    if (planned)
      return [{ title: `${title}, in all ${places.length} places that share it`, edits: planned.text }];
  }
  return [];
}

/** An edit of the text that leaves the data alone and takes a finding away, if it does just that. */
export function proveText(
  analysis: Analysis,
  placed: PlacedFinding,
  title: string,
  text: readonly TextEdit[],
): TextRepair | undefined {
  const planned = plan(analysis, placed, { title, edits: [], text });
  return planned && { title, edits: planned.text };
}

/** A repair before it is proven. `text`: where the text itself is what is wrong, and its data right. */
interface Draft extends Omit<TextDraft, 'text'> {
  readonly safe?: boolean;
  readonly text?: readonly TextEdit[];
}

function draftsOf({ finding, repairs = [] }: PlacedFinding): Draft[] {
  return [
    ...(finding.fixes ?? []).map(({ title, edits, safe = false }) => ({ title, safe, edits })),
    ...repairs.map(({ title, edits: text, safe = false }) => ({ title, safe, edits: [], text })),
  ];
}

/** A repair of one finding as edits of the text, in the first spelling that is proven. */
interface Plan extends PlannedEdits {
  readonly rule: string;
}

function plan(analysis: Analysis, placed: PlacedFinding, draft: Draft): Plan | undefined {
  for (const spelling of draft.text ? spellings.slice(0, 1) : spellings) {
    const planned = drafted(analysis.file, placed, draft, spelling);
    // Behind the markers of a conflict nothing could be read yet that a side could be compared with.
    if (
      planned &&
      (draft.misread ||
        planned.rule === 'manifest/conflict' ||
        carryOut(analysis, [planned], hidesOthers(planned.rule)))
    )
      return planned;
  }
  return undefined;
}

function drafted(
  file: ManifestFile,
  { document: index, finding: { rule } }: PlacedFinding,
  { edits, text }: Draft,
  spelling: Spelling,
): Plan | undefined {
  const document = file.documents[index];
  const own = text ?? (document && draftEdits(file, document, edits, spelling));
  return own && { document: index, edits, text: own, rule };
}

/** What is wrong with a text or its shape hides what is wrong with its content. */
function hidesOthers(rule: string): boolean {
  return /^(?:manifest|yaml|json)\/|\/shape$|^export\/image-id$/.test(rule);
}

/**
 * The analysis after repairs; undefined where one of them does not do what it is for: its data is not what it means, its
 * finding is still there, or another has come up (`hides`: that it did not hide).
 */
function carryOut(analysis: Analysis, plans: readonly Plan[], hides = false): Analysis | undefined {
  const file = readEdited(analysis.file, plans);
  if (!file) return undefined;
  const { judged } = analysis;
  // What is judged here is not what the next edit of the text goes on from.
  const lists = judged?.lists.map((list) => list && { ...list, distinct: undefined });
  const own = judged && { ...judged, clean: [...judged.clean], lists: lists ?? [] };
  const findings = judge(file, analysis.facts, analysis.settings, own);
  const allowed = new Map<string, number>();
  const add = (rule: string, count: number) => allowed.set(rule, (allowed.get(rule) ?? 0) + count);
  for (const { finding } of analysis.findings) add(finding.rule, 1);
  for (const { rule } of plans) add(rule, -1);
  for (const { finding } of findings) add(finding.rule, -1);
  const counted = hides ? new Set(plans.map(({ rule }) => rule)) : allowed.keys();
  return [...counted].every((rule) => (allowed.get(rule) ?? 0) >= 0)
    ? { ...analysis, file, findings }
    : undefined;
}

/** Tells whether at least `least` findings (of one rule, or of all) have a fix that asks nothing; it is not proven yet. */
export function hasSafeFix({ findings }: Analysis, rule: string | undefined, least: number): boolean {
  const fixable = findings.filter(
    (placed) =>
      (rule === undefined || placed.finding.rule === rule) && draftsOf(placed).some(({ safe }) => safe),
  );
  return fixable.length >= least;
}

/** More rounds than this would mean that fixes undo each other. */
const maximumRounds = 500;
/** Readings in one round: where hardly any fix holds, the rest is left to a person. */
const maximumAttempts = 60;
/** Characters that are read for it in all: a long text with fixes that do not hold would be read for minutes. */
const maximumRead = 4 * 2 ** 20;

/**
 * Applies every safe fix (of one rule, or of all) until none is left, and returns the change as one edit; undefined
 * where there is nothing to fix. A round takes those that do not touch each other.
 */
export function fixAll(analysis: Analysis, rule?: string): TextEdit | undefined {
  let fixed = analysis;
  let read = 0;
  const mayRead = ({ file }: Analysis): boolean => {
    const may = read < maximumRead;
    read += file.text.length;
    return may;
  };
  for (let round = 0; round < maximumRounds; round++) {
    const next = fixRound(fixed, rule, mayRead);
    if (!next) break;
    fixed = next;
  }
  const [before, after] = [analysis.file.text, fixed.file.text];
  return before === after ? undefined : difference(before, after);
}

/** Undefined where no fix is left that holds. */
function fixRound(
  analysis: Analysis,
  rule: string | undefined,
  mayRead: (analysis: Analysis) => boolean,
): Analysis | undefined {
  const candidates = analysis.findings.flatMap((placed) => {
    const draft = draftsOf(placed).find(({ safe }) => safe);
    return draft && (rule === undefined || placed.finding.rule === rule) ? [{ placed, draft }] : [];
  });
  let accepted: readonly Plan[] = [];
  let result: Analysis | undefined;
  let attempts = 0;
  /** All at once where that holds; else by halves, down to the one that does not. */
  const settle = (some: typeof candidates): void => {
    for (const spelling of spellings) {
      const free = apart(accepted.flatMap(({ text }) => text));
      const plans = some.flatMap(({ placed, draft }) => {
        const planned = drafted(analysis.file, placed, draft, spelling);
        return planned && free(planned.text) ? [planned] : [];
      });
      if (plans.length === 0 || attempts++ >= maximumAttempts || !mayRead(analysis)) return;
      const after = carryOut(analysis, [...accepted, ...plans]);
      if (!after) continue;
      accepted = [...accepted, ...plans];
      result = after;
      return;
    }
    if (some.length < 2) return;
    settle(some.slice(0, some.length >> 1));
    settle(some.slice(some.length >> 1));
  };
  settle(candidates);
  return result;
}

/** Says of edits, one after the other, whether they touch none of those before, which it knows in their order. */
function apart(edits: readonly TextEdit[]): (more: readonly TextEdit[]) => boolean {
  const taken = edits.toSorted((a, b) => a.start - b.start);
  /** How many begin before an edit's end. */
  const before = ({ end }: TextEdit): number => {
    let low = 0;
    for (let high = taken.length; low < high; ) {
      const middle = (low + high) >> 1;
      if ((taken[middle]?.start ?? 0) < end) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return (more) => {
    const isTaken = more.some((edit) => (taken[before(edit) - 1]?.end ?? 0) > edit.start);
    if (!isTaken) for (const edit of more) taken.splice(before(edit), 0, edit);
    return !isTaken;
  };
}

/** One edit that turns `before` into `after`, without what both begin and end with. */
function difference(before: string, after: string): TextEdit {
  const found = changeBetween(before, after) ?? { start: 0, before: 0, after: 0 };
  let { start } = found;
  let tail = before.length - found.before;
  // A position of LSP cannot stand within a character or a line break.
  while (isWithin(before, start) || isWithin(after, start)) start--;
  while (isWithin(before, before.length - tail) || isWithin(after, after.length - tail)) tail--;
  return { start, end: before.length - tail, text: after.slice(start, after.length - tail) };
}

function isWithin(text: string, at: number): boolean {
  return /^(?:\r\n|[\ud800-\udbff][\udc00-\udfff])$/.test(text.slice(at - 1, at + 1));
}
