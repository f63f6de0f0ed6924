import { answeredText, placeText, refusalText } from '../cloud/run/show.ts';
import { xml } from '../lint/formats.ts';
import type { JsonObject } from '../rules/json.ts';
import { isFailure } from './expectations.ts';
import type { Rehearsal, Rehearsed } from './rehearsal.ts';

/** One document, for a person, as soon as it is done. */
export function rehearsedText(one: Rehearsed): string {
  const at = placeText({ path: one.file, index: one.document - 1, of: one.of });
  const lines = [
    `${at}: ${one.outcome}${one.why === undefined ? '' : `: ${one.why}`}${one.result === undefined ? '' : `, ${one.result}`}`,
    ...one.calls.map(answeredText),
    ...(one.refused && !one.calls.some(({ text }) => text === one.refused?.text)
      ? [`  ${refusalText(one.refused)}`]
      : []),
    ...(one.lint ? [`  warning: cloud-images lint says so before: ${one.lint}`] : []),
    ...one.notes.map((note) => `  note: ${note.replaceAll('\n', ' ')}`),
    ...(one.expected?.met ? [`  ${one.expected.file}: as expected`] : []),
    ...(one.expected?.failures ?? []).map((failure) => `  ${one.expected?.file}: ${failure}`),
  ];
  return lines.join('\n');
}

/** Sums up what there is at the end, and how it went. */
export function endText({ documents, images }: Rehearsal): string {
  const count = (outcome: Rehearsed['outcome']): number =>
    documents.filter((one) => one.outcome === outcome).length;
  const lines = images.map((image) => `  ${imageText(image)}`);
  return [
    '',
    `Images at the end: ${images.length === 0 ? 'none' : ''}`.trimEnd(),
    ...lines,
    `${count('accepted')} accepted, ${count('refused')} refused, ${count('not rehearsed')} not rehearsed`,
    ...summarizeTests(documents),
  ].join('\n');
}

function summarizeTests(documents: Rehearsal['documents']): string[] {
  const held = documents.filter(({ expected }) => expected);
  if (held.length === 0) return [];
  return [`${held.filter(({ expected }) => expected?.met).length} of ${held.length} as their tests expect`];
}

function imageText({ id, name, status, tags, ...rest }: JsonObject): string {
  const left = Object.entries(rest).map(
    ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return `${String(name)} (${String(id)}) ${String(status)}; tags: ${(Array.isArray(tags) ? tags : []).join(', ') || 'none'}; ${left.join(' ')}`;
}

/** JUnit: a suite a file, a case a document. */
export function rehearsalJunit({ documents }: Rehearsal): string {
  const files = [...new Set(documents.map(({ file }) => file))];
  const suites = files.map((file) => {
    const own = documents.filter((one) => one.file === file);
    const failures = own.filter(isFailure).length;
    const skipped = own.filter((one) => one.outcome === 'not rehearsed' && !isFailure(one)).length;
    return `  <testsuite name="${xml(file)}" tests="${own.length}" failures="${failures}" skipped="${skipped}">\n${own.map(testcase).join('')}  </testsuite>\n`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.join('')}</testsuites>`;
}

function testcase(one: Rehearsed): string {
  const open = `    <testcase name="${xml(`${one.kind}, document ${one.document}`)}" classname="${xml(one.file)}"`;
  if (one.expected && isFailure(one))
    return `${open}><failure type="expected" message="${xml(one.expected.failures.join('; '))}"/></testcase>\n`;
  if (one.outcome === 'accepted' || one.expected) return `${open}/>\n`;
  if (one.outcome === 'not rehearsed')
    return `${open}><skipped message="${xml(one.why ?? '')}"/></testcase>\n`;
  const { refused } = one;
  return `${open}><failure type="${xml(refused?.rule ?? 'refused')}" message="${xml(refused ? refusalText(refused) : '')}"/></testcase>\n`;
}
