import { t } from '@vscode/l10n';
import { answeredText, refusalText } from '../../server/cloud/run/show.ts';
import type { Rehearsed } from '../../server/commands/rehearsal.ts';

/** What a rehearsal says of one document, as a test. */
export type Outcome =
  | { readonly type: 'passed' }
  | { readonly type: 'skipped'; readonly reason: string }
  | {
      readonly type: 'failed';
      /** The cloud's words, a line for each refusal. */
      readonly answered: string;
      /** What was wanted instead, as many lines. */
      readonly wanted: string;
      /** Where the cause stands, where the rules know it; counted from 1. */
      readonly place?: { readonly line: number; readonly column: number };
    };

/** Sums up what was rehearsed of one document: a list of images is several. */
export function summarizeDocument(parts: readonly Rehearsed[]): Outcome {
  const unmet = parts.flatMap(({ expected }) => (expected && !expected.met ? expected : []));
  const [place] = parts.flatMap(({ lint, expected }) => (expected?.met ? [] : (readPlace(lint) ?? [])));
  const placed = place ? { place } : {};
  if (unmet.length > 0)
    return {
      type: 'failed',
      answered: unmet.flatMap(({ failures }) => failures).join('\n'),
      wanted: unmet.map(({ wanted }) => wanted).join('\n'),
      ...placed,
    };
  if (parts.length > 0 && parts.every(({ expected }) => expected)) return { type: 'passed' };
  const refused = parts.flatMap((part) => (part.refused ? { ...part, refused: part.refused } : []));
  const [first] = refused;
  if (first)
    return {
      type: 'failed',
      answered: refused.map((part) => refusalText(part.refused)).join('\n'),
      wanted: refused.map(() => t('accepted')).join('\n'),
      ...placed,
    };
  const unrun = parts.find(({ outcome }) => outcome === 'not rehearsed');
  return unrun ? { type: 'skipped', reason: unrun.why ?? t('It was not rehearsed.') } : { type: 'passed' };
}

/** What a rehearsal did, for the output of a test run. */
export function describeRehearsed({ calls, refused, notes, why, result }: Rehearsed): string[] {
  return [
    ...calls.map(answeredText),
    ...(refused && !calls.some(({ text }) => text === refused.text) ? [`  ${refusalText(refused)}`] : []),
    ...(result === undefined ? [] : [`  → ${result}`]),
    ...(why === undefined ? [] : [`  ${why}`]),
    ...notes.map((note) => t`  note: ${note.replaceAll('\n', ' ')}`),
  ];
}

/** Reads `FILE:LINE:COLUMN RULE`. */
function readPlace(lint: string | null | undefined): { line: number; column: number } | undefined {
  const [, line, column] = /:(\d+):(\d+) \S+$/.exec(lint ?? '') ?? [];
  return line === undefined ? undefined : { line: Number(line), column: Number(column) };
}
