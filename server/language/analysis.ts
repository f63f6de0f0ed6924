import * as validators from '../../schemas/generated/validators.js';
import { placeOf } from '../manifests/edits.ts';
import { kindByGlobs } from '../manifests/globs.ts';
import { type ManifestFile, wordsOf } from '../manifests/nodes.ts';
import { readManifest } from '../manifests/read.ts';
import { evaluate } from '../rules/evaluate.ts';
import { severityUnder } from '../rules/presets.ts';
import { type ShapeError, shapeFindings } from '../rules/shapes.ts';
import { imagesOf } from '../rules/subjects.ts';
import type { Facts, Finding, Json, Kind } from '../rules/types.ts';
import { gatherFacts } from './facts.ts';
import { suppress } from './suppressions.ts';
import type { Analysis, Host, PlacedFinding, Settings } from './types.ts';
import { pathOf as localPathOf } from './uris.ts';

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
  const file = readManifest({
    text,
    path: pathOf(uri),
    previous: previous?.file,
    told: kind ? { kind, why: 'as it was told' } : kindByGlobs(localPathOf(uri), settings.manifests),
    ...(format ? { format } : {}),
  });
  const facts = await Promise.all(
    file.documents.map((document) => gatherFacts(file, document, uri, settings, host)),
  );
  return { uri, file, settings, facts, findings: judge(file, facts, settings) };
}

/** The findings of a file under facts that are known already. */
export function judge(file: ManifestFile, facts: readonly Facts[], settings: Settings): PlacedFinding[] {
  const findings = file.documents.flatMap((document, index) => {
    const known = facts[index];
    if (!document.kind || !document.root || !known) return [];
    const words = wordsOf(document.root, file.text);
    return findingsOf(document.kind, document.data, { ...known, words }).map((finding) => ({
      document: index,
      finding,
      ...placeOf(document, finding.pointer, finding.onKey),
    }));
  });
  const all = [...findings, ...file.problems.map((problem) => placedProblem(file, problem))];
  return suppress(file.text, all).flatMap((placed) => {
    const { rule, severity: own } = placed.finding;
    const severity = settings.severities[rule] ?? severityUnder(settings.preset, own);
    return severity === 'off' ? [] : [{ ...placed, finding: { ...placed.finding, severity } }];
  });
}

/** What the rules say, and of the shape what they did not say already at that place. */
function findingsOf(kind: Kind, data: Json, facts: Facts): Finding[] {
  const findings = evaluate(kind, data, facts).map((finding) => likely(finding, facts));
  const said = findings.filter(({ severity }) => severity === 'error').map(({ pointer }) => pointer);
  const shape = shapeOf(kind, data).filter(
    ({ pointer }) => !said.some((other) => other === pointer || other.startsWith(`${pointer}/`)),
  );
  return [...shape, ...findings];
}

/** Refusals that rest on what the image has; by a manifest, which need not say all of it, they are only likely. */
const ofTheImage = [
  'patch/no-op',
  'patch/missing',
  'patch/present',
  'image/locked-format',
  'tag/count',
  'property/count',
];

function likely(finding: Finding, { imageFrom }: Facts): Finding {
  if (imageFrom === undefined || !ofTheImage.includes(finding.rule)) return finding;
  const { answer: _, ...rest } = finding;
  return {
    ...rest,
    severity: finding.severity === 'error' ? 'warning' : finding.severity,
    message: `By ${imageFrom}: ${finding.message}`,
  };
}

function shapeOf(kind: Kind, data: Json): Finding[] {
  if (kind === 'image') {
    const images = imagesOf(data);
    if (images.length === 0 && !Array.isArray(data))
      return shapeFindings(kind, errorsOf(validators.image, data));
    return images.flatMap(({ pointer, image }) =>
      shapeFindings(kind, errorsOf(validators.image, image)).map((finding) => ({
        ...finding,
        pointer: pointer + finding.pointer,
      })),
    );
  }
  return shapeFindings(kind, errorsOf(validatorOf[kind], data));
}

const validatorOf = {
  import: validators.imageImport,
  export: validators.imageExport,
  patch: validators.imagePatch,
  'server-image': validators.serverImage,
  server: validators.server,
} as const;

function errorsOf(
  validate: { (data: unknown): boolean; errors?: ShapeError[] | null },
  data: Json,
): ShapeError[] {
  return validate(data) ? [] : [...(validate.errors ?? [])];
}

function placedProblem(file: ManifestFile, problem: ManifestFile['problems'][number]): PlacedFinding {
  const index = file.documents.findLastIndex(({ start }) => start <= problem.start);
  const { rule, severity, message, start, end, repairs } = problem;
  const finding = { rule, severity, message, pointer: '' };
  return { document: Math.max(index, 0), finding, start, end, ...(repairs ? { repairs } : {}) };
}

function pathOf(uri: string): string {
  return decodeURIComponent(uri.replace(/[?#].*$/, ''));
}
