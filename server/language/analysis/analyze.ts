import { placeOf } from '../../manifests/edits/applyEdits.ts';
import type { ManifestDocument, ManifestFile } from '../../manifests/file.ts';
import { foreignFormat, isImageTest } from '../../manifests/kinds.ts';
import { readManifest } from '../../manifests/read.ts';
import type { Facts, Kind } from '../../rules/facts.ts';
import { severityUnder } from '../../rules/presets.ts';
import type { Finding } from '../../rules/rule.ts';
import { kindByGlobs } from '../../workspace/globs.ts';
import { judgeImageTest } from '../../workspace/imageTest.ts';
import type { Settings } from '../../workspace/settings.ts';
import { decodeUri } from '../lsp/uris.ts';
import type { Analysis, Host } from './analysis.ts';
import { gatherFacts } from './facts.ts';
import { judgeForeign } from './foreign.ts';
import { type Judged, judgeDocument, nothingJudged } from './judging.ts';
import type { PlacedFinding } from './placedFinding.ts';
import { suppress } from './suppressions.ts';

export interface Source {
  readonly uri: string;
  readonly text: string;
  /** From the editor's language id; else the path's ending says. */
  readonly format?: ManifestFile['format'];
  /** The kind, where the caller knows it and the name of the file does not say. */
  readonly kind?: Kind | undefined;
}

/** Reads a manifest, gathers what its rules need to know, and judges it. What `previous` read of it is not read again. */
export async function analyze(source: Source, host: Host, previous?: Analysis): Promise<Analysis> {
  const { uri, text, format, kind } = source;
  const settings = await host.settings(uri);
  const byGlobs = kindByGlobs(host.pathOrUri(uri), settings.manifests);
  const file = readManifest({
    text,
    path: pathOf(uri),
    previous: previous?.file,
    told: !kind || byGlobs?.format ? byGlobs : { kind, why: 'as requested' },
    ...(format ? { format } : {}),
  });
  const gathered = gatherFacts(file, uri, settings, host);
  const facts = gathered instanceof Promise ? await gathered : gathered;
  const judged = (previous?.settings === settings && previous.judged) || nothingJudged();
  return { uri, file, settings, facts, judged, findings: judge(file, facts, settings, judged) };
}

/** The findings of a file under facts that are known already. */
export function judge(
  file: ManifestFile,
  facts: readonly Facts[],
  settings: Settings,
  judged: Judged = nothingJudged(),
): PlacedFinding[] {
  const format = foreignFormat(file.path, file.told);
  const findings: PlacedFinding[] = format ? judgeForeign(format, file, facts) : [];
  for (const [index, document] of file.documents.entries()) {
    const known = facts[index];
    if (!known) continue;
    if (isImageTest(file.path)) findings.push(...judgeTest(document, file, known));
    for (const one of judgeDocument(document, file, known, judged))
      findings.push({ document: index, ...one });
  }
  const read = file.problems.length === 0 ? findings : withoutConsequences(findings, file);
  const all = [...read, ...file.problems.map((problem) => placedProblem(file, problem))];
  all.sort((a, b) => a.start - b.start || a.end - b.end);
  return suppress(file.text, all).flatMap((placed) => {
    const severity =
      settings.severities[placed.finding.rule] ?? severityUnder(settings.isStrict, placed.finding);
    return severity === 'off' ? [] : [{ ...placed, finding: { ...placed.finding, severity } }];
  });
}

/** A test is the first document of its file; there are no more. */
function judgeTest(
  { root, data, index, start }: ManifestDocument,
  { documents }: ManifestFile,
  { isOrphan }: Facts,
): PlacedFinding[] {
  const isEmpty = documents.every((document) => !document.root);
  if (!root && !isEmpty) return [];
  const alone = 'A test is one document: `expect` may be a list of answers, one a document of its manifest.';
  const findings: Finding[] =
    index === 0
      ? judgeImageTest(data, isOrphan === true)
      : [{ rule: 'image-test/shape', severity: 'error', pointer: '', message: alone }];
  return findings.map((finding) => ({
    document: index,
    finding,
    ...placeOf({ root, start: root?.start ?? start }, finding.pointer, finding.onKey),
  }));
}

/**
 * The findings that do not merely follow from what could not be read: what an alias that leads nowhere should be, and what
 * is missing where a document is not YAML or JSON to its end.
 */
function withoutConsequences(findings: readonly PlacedFinding[], file: ManifestFile): PlacedFinding[] {
  const unread = new Set<string>();
  const broken = new Set<number>();
  for (const problem of file.problems) {
    if (problem.rule === 'yaml/aliases') unread.add(`${problem.start}-${problem.end}`);
    if (problem.rule === 'yaml/syntax' || problem.rule === 'json/syntax')
      broken.add(placedProblem(file, problem).document);
  }
  return findings.filter(
    ({ start, end, document, finding: { rule } }) =>
      !unread.has(`${start}-${end}`) &&
      !(
        broken.has(document) &&
        (rule.endsWith('/shape') || rule === 'export/image-id' || rule === 'image-test/manifest')
      ),
  );
}

function placedProblem(file: ManifestFile, problem: ManifestFile['problems'][number]): PlacedFinding {
  const index = file.documents.findLastIndex(({ start }) => start <= problem.start);
  const { rule, severity, message, start, end, repairs } = problem;
  const finding = { rule, severity, message, pointer: '' };
  return { document: Math.max(index, 0), finding, start, end, ...(repairs ? { repairs } : {}) };
}

function pathOf(uri: string): string {
  return decodeUri(uri.replace(/[?#].*$/, ''));
}
